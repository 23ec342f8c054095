import { isForbiddenName } from "../objects/forbidden-name.js";

/** Names under which React, matchers and DOM tools look at any object, calling what they find. */
const PROBED: ReadonlySet<string> = new Set(["$$typeof", "asymmetricMatch", "nodeType"]);

/**
 * Whether a proxy whose members are not known yet has nothing under this name: what no peer may expose, and what tools
 * probe for. Members of such a name can be used once their object's members are known.
 */
export function isNeverMember(name: string): boolean {
  return isForbiddenName(name) || PROBED.has(name);
}
