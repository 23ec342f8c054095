import { MAX_MEMBER_LENGTH } from "../wire/object-id.js";

const forbidden: ReadonlySet<string> = new Set([
  ...Object.getOwnPropertyNames(Object.prototype),
  "constructor",
  "prototype",
  "__proto__",
  // Would make a proxy look like a promise, and JSON.stringify call the peer.
  "then",
  "toJSON",
  // The empty name calls a function itself (protocol.md section 6) and exists nowhere else.
  "",
]);

/**
 * Whether a name can never be exposed: it begins with `_`, or means something to the language itself, or is dotted, which
 * both sides refuse, or is longer than a message may carry.
 */
export function isForbiddenName(name: string): boolean {
  return name.startsWith("_") || name.includes(".") || name.length > MAX_MEMBER_LENGTH || forbidden.has(name);
}
