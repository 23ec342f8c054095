import { ConfigError } from "../errors/hearthwire-error.js";
import { isNeverMember } from "./never-member.js";
import type { CallRequest } from "./pending-call.js";
import type { Shape } from "./shape.js";

/** Stands for a call that was written down. */
class Recorded {
  /** So that `await` says what is wrong, instead of giving the record itself. */
  get then(): never {
    throw refused("a recorded call has no result yet, and can't be awaited: await what batch returns");
  }
}

/**
 * Runs the callback of a batch and gives the calls that it wrote down. Nothing is sent here.
 * @param shape the members of the object, when they are known
 * @throws ConfigError `HW_OPTION_INVALID` when it does anything else than record calls and return them in their order;
 *   whatever the callback throws
 */
export function recordCalls(
  record: (recorder: never) => readonly unknown[],
  shape: Shape | undefined,
): readonly CallRequest[] {
  const requests: CallRequest[] = [];
  const recorded: Recorded[] = [];
  let isOver = false;
  const recorder = new Proxy(Object.freeze({}), {
    get(_target, name) {
      if (typeof name === "symbol") return undefined;
      const kind = shape?.get(name)?.[1];
      if (shape === undefined ? isNeverMember(name) : kind === undefined) return undefined;
      if (kind === "get" || kind === "get set") {
        throw refused(`"${name}" is an accessor, and a batch records methods: read it by await proxy.${name}`);
      }
      return (...args: readonly unknown[]): Recorded => {
        if (isOver) throw refused(`"${name}" was recorded after the callback of batch had returned`);
        if (args.some((arg) => arg instanceof Recorded)) {
          throw refused(`"${name}" was given a recorded call, which has no result yet: make it outside of the batch`);
        }
        requests.push({ kind: "call", member: name, args });
        const call = new Recorded();
        recorded.push(call);
        return call;
      };
    },
  });
  let returned: unknown;
  try {
    returned = record(recorder as never);
  } finally {
    isOver = true;
  }
  if (!Array.isArray(returned)) {
    if (returned instanceof Promise) {
      // It may go on to reject, which nobody would see.
      returned.catch(() => undefined);
      throw refused('"record" must not be async: it only writes calls down, and none of them has a result yet');
    }
    throw refused(`"record" must return an array of the calls that it recorded, got ${typeof returned}`);
  }
  if (returned.length !== recorded.length || !recorded.every((call, index) => returned[index] === call)) {
    throw refused(
      `"record" must return the ${recorded.length} calls that it recorded, in their order, ` +
        `got ${returned.length} values${otherThanCall(returned)}`,
    );
  }
  return requests;
}

/** What stands among the returned values and is no recorded call. */
function otherThanCall(returned: readonly unknown[]): string {
  const index = returned.findIndex((value) => !(value instanceof Recorded));
  if (index === -1) return "";
  const type = typeof returned[index];
  // An accessor of an object whose members are not known reads as a method.
  const remedy =
    type === "function" ? ": an accessor, or a member that was not called, can't be recorded; call it" : "";
  return `, of which [${index}] is a ${type}${remedy}`;
}

function refused(message: string): ConfigError {
  return new ConfigError("HW_OPTION_INVALID", message);
}
