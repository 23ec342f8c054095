import { CallError } from "../errors/hearthwire-error.js";
import { escaped } from "../observe/safe-text.js";
import type { InboundCall, InboundTarget } from "../session/call-handler.js";

const SHOWN_CHARACTERS = 64;

/** The answer for an object that is missing and for one that the peer may not use: nobody can tell them apart. */
export function noSuchObject(target: InboundTarget): CallError {
  return new CallError(
    "HW_NO_SUCH_OBJECT",
    `There is ${targetName(target, "no such object", "no object")} that you can use`,
  );
}

/** The answer for a member that is missing, private, forbidden, or not for this peer. */
export function noSuchMember(call: Pick<InboundCall, "target" | "member">): CallError {
  const object = targetName(call.target, "This object", "The object");
  return new CallError("HW_NO_SUCH_MEMBER", `${object} has no member ${quoted(call.member)} that you can use`);
}

/** The answer for a member that the peer may use, but not this way. */
export function wrongUse(call: Pick<InboundCall, "target" | "member">, remedy: string): CallError {
  const object = targetName(call.target, "this object", "the object");
  return new CallError("HW_NO_SUCH_MEMBER", `${quoted(call.member)} of ${object} ${remedy}`);
}

/** A name as the peer sent it, fit for one line of a log: cut and escaped. */
export function quoted(name: string): string {
  return escaped(JSON.stringify(name.length > SHOWN_CHARACTERS ? `${name.slice(0, SHOWN_CHARACTERS)}...` : name));
}

function targetName(target: InboundTarget, reference: string, named: string): string {
  return typeof target === "string" ? `${named} ${quoted(target)}` : reference;
}
