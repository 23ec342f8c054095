import type { InboundCall } from "../session/call-handler.js";
import type { Member } from "./member.js";
import { wrongUse } from "./refusal.js";

/**
 * Checks that a member which the peer may use is used as what it is.
 * @throws CallError `HW_NO_SUCH_MEMBER` that says how to use it
 */
export function checkUse(member: Member, call: InboundCall): void {
  const isAccessor = member.kind === "get" || member.kind === "get set";
  if (call.kind === "get" && !isAccessor) throw wrongUse(call, "is a method: call it");
  if (call.kind === "set" && member.kind !== "get set") throw wrongUse(call, "can't be written");
  if (call.kind === "call" && isAccessor) throw wrongUse(call, "is an accessor: read it, without calling it");
  if (call.isOneway && member.kind !== "oneway") {
    throw wrongUse(call, "was called without an answer, but isn't declared one-way: it did not run");
  }
}
