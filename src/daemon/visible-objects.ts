import { Access } from "../objects/access.js";
import type { CallHandlerOptions } from "../objects/call-handler-options.js";
import type { ObjectRegistry } from "../objects/object-registry.js";
import { after } from "../wire/after.js";
import type { ToldMember } from "../wire/message.js";

/** An object that a peer may use something of. */
export interface VisibleObject {
  readonly id: string;
  readonly members: readonly ToldMember[];
}

/**
 * The named objects that a session's peer may use, with the members that it may. It is asked about all at once:
 * one after another, the time would tell how many the peer may not use.
 */
export async function* visibleObjects(
  registry: ObjectRegistry,
  options: CallHandlerOptions,
): AsyncGenerator<VisibleObject, void> {
  const access = new Access(options);
  const asked: (VisibleObject | Promise<VisibleObject>)[] = [];
  for (const { id, table } of registry.entries()) {
    if (id !== undefined) asked.push(after(access.permitted(id, table), (members) => ({ id, members })));
  }
  for (const object of await Promise.all(asked)) if (object.members.length > 0) yield object;
}
