import { ConfigError } from "../errors/hearthwire-error.js";
import type { Authorizer } from "./call-handler-options.js";
import type { MemberName } from "./member-name.js";
import type { Served } from "./served.js";

/** Who may use something: everybody who may connect (`true`), nobody (`false`), or whom the function says. */
export type AccessRule = boolean | Authorizer;

/** One rule for an object, or one for each of its members; `"*"` stands for the members that are not named. */
export type ObjectRules<T> = AccessRule | { readonly [M in MemberName<T> | "*"]?: AccessRule | undefined };

/**
 * Rules by object id; `"*"` stands for the objects that are not named, and `""` for what a peer holds by reference only,
 * which is allowed unless a rule stands there: whoever holds it was given it by a call that was allowed.
 */
export type AccessRules<O> = {
  readonly [K in keyof Named<O> & string]?: ObjectRules<Named<O>[K]> | undefined;
} & {
  readonly [K in "*" | "" | "hearthwire.daemon" | "hearthwire.names"]?:
    | ObjectRules<Readonly<Record<string, unknown>>>
    | undefined;
};

/** What the ids of a served record stand for; any id goes where none is known. */
type Named<O> = string extends keyof O ? O : Served<O>;

type MemberRules = ReadonlyMap<string, AccessRule>;

const ALL_OTHERS = "*";
const BY_REFERENCE = "";

/**
 * Makes an `authorize` of a table. What the table doesn't name is denied, an object or member that the program gets later
 * too, so nothing is open because it was forgotten. The names are checked by the compiler.
 * @throws ConfigError `HW_OPTION_INVALID` for a rule that is neither a boolean nor a function, nor an object of those
 * @example
 * ```ts
 * const isStaff: Authorizer = ({ principal }) => staff.has(principal.subject);
 * await serve(objects, {
 *   authorize: accessRules<typeof objects>({
 *     catalogue: true,
 *     vault: { "*": isStaff, remove: ({ principal }) => principal.id === "key:owner" },
 *   }),
 * });
 * ```
 */
export function accessRules<O = Readonly<Record<string, Readonly<Record<string, unknown>>>>>(
  rules: AccessRules<O>,
): Authorizer {
  const objects = new Map<string, AccessRule | MemberRules>();
  for (const [id, rule] of entriesOf(rules, "rules")) objects.set(id, objectRule(rule, id));
  return (request) => {
    const { object, member } = request;
    const ofObject = objects.get(object) ?? (object === BY_REFERENCE ? true : objects.get(ALL_OTHERS));
    const rule =
      ofObject instanceof Map ? ((ofObject.get(member) ?? ofObject.get(ALL_OTHERS)) as AccessRule) : ofObject;
    return typeof rule === "function" ? rule(request) : rule === true;
  };
}

function objectRule(rule: unknown, id: string): AccessRule | MemberRules {
  if (isRule(rule)) return rule;
  const members = new Map<string, AccessRule>();
  for (const [name, one] of entriesOf(rule, id)) {
    if (!isRule(one)) throw invalid(`${id}.${name}`, one);
    members.set(name, one);
  }
  return members;
}

/** What is undefined counts as left out. */
function entriesOf(rules: unknown, place: string): [string, unknown][] {
  if (typeof rules !== "object" || rules === null) throw invalid(place, rules);
  return Object.entries(rules as Readonly<Record<string, unknown>>).filter(([, rule]) => rule !== undefined);
}

function isRule(rule: unknown): rule is AccessRule {
  return typeof rule === "boolean" || typeof rule === "function";
}

function invalid(place: string, rule: unknown): ConfigError {
  const got = rule === null ? "null" : typeof rule;
  return new ConfigError(
    "HW_OPTION_INVALID",
    `${JSON.stringify(place)} of accessRules must be true, false or a function, or an object of those by name, got ${got}`,
  );
}
