import { Access } from "../objects/access.js";
import type { CallHandlerOptions } from "../objects/call-handler-options.js";
import type { ObjectRegistry } from "../objects/object-registry.js";
import type { DetailedMember } from "../wire/message.js";

/** An object that a peer may use something of. */
export interface VisibleObject {
  readonly id: string;
  readonly members: readonly DetailedMember[];
}

/** The named objects that a session's peer may use, with the members that it may; each is asked for when it is reached. */
export async function* visibleObjects(
  registry: ObjectRegistry,
  options: CallHandlerOptions,
): AsyncGenerator<VisibleObject, void> {
  const access = new Access(options);
  // A copy: objects come and go while the peer reads.
  for (const { id, table } of [...registry.entries()]) {
    if (id === undefined) continue;
    const members = await access.permitted(id, table);
    if (members.length > 0) yield { id, members };
  }
}
