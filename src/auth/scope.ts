import { ConfigError, ProtocolError } from "../errors/hearthwire-error.js";
import { isObjectId, MAX_MEMBER_LENGTH, OBJECT_ID_RULE } from "../wire/object-id.js";

/** What a ticket allows, as an app's server gives it. */
export interface ScopeOptions {
  /** Whole objects, by id. */
  objects?: readonly string[] | undefined;
  /** Single members, as `object/member`. */
  members?: readonly string[] | undefined;
}

const ALL = "*";

/**
 * What a ticket allows: all, or named objects and members. On the wire it is lines of `object` or `object/member`; the
 * line `*` alone is all (protocol.md section 3).
 */
export class Scope {
  /** Undefined: all. A value of undefined: the whole object. */
  readonly #objects: ReadonlyMap<string, ReadonlySet<string> | undefined> | undefined;

  private constructor(objects: ReadonlyMap<string, ReadonlySet<string> | undefined> | undefined) {
    this.#objects = objects;
  }

  /** @throws ProtocolError when the text is empty or a line is none of the three. */
  static parse(text: string): Scope {
    if (text === ALL) return new Scope(undefined);
    const objects = new Map<string, Set<string> | undefined>();
    for (const line of text.split("\n")) {
      const [object, member] = parseLine(line) ?? [];
      if (object === undefined) throw new ProtocolError("ticket: a line of the scope must be object or object/member");
      if (member === undefined) objects.set(object, undefined);
      else if (!objects.has(object)) objects.set(object, new Set([member]));
      else objects.get(object)?.add(member);
    }
    return new Scope(objects);
  }

  allows(object: string, member: string): boolean {
    if (this.#objects === undefined) return true;
    if (!this.#objects.has(object)) return false;
    return this.#objects.get(object)?.has(member) ?? true;
  }

  /** Whether it allows any member of an object. */
  allowsSome(object: string): boolean {
    return this.#objects?.has(object) ?? true;
  }
}

/**
 * The text of a scope as it stands in a ticket; without options it is all.
 * @throws ConfigError `HW_OPTION_INVALID` when nothing is allowed or an entry is malformed.
 */
export function formatScope(options: ScopeOptions | undefined): string {
  if (options === undefined) return ALL;
  const objects = entries(options, "objects");
  const members = entries(options, "members");
  for (const object of objects) {
    const line = typeof object === "string" ? parseLine(object) : undefined;
    if (line === undefined || line[1] !== undefined) {
      throw invalid(
        `"scope.objects" must hold object ids, ${OBJECT_ID_RULE}, got ${JSON.stringify(object)}; leave "scope" out to allow all`,
      );
    }
  }
  for (const member of members) {
    const line = typeof member === "string" ? parseLine(member) : undefined;
    if (line?.[1] === undefined) {
      throw invalid(`"scope.members" must hold entries of the form "object/member", got ${JSON.stringify(member)}`);
    }
  }
  const lines = [...objects, ...members];
  if (lines.length === 0)
    throw invalid('"scope" must allow something: name objects or members, or leave it out to allow all');
  return lines.join("\n");
}

/** `[object]` or `[object, member]`. An object called `*` can't be named: alone in a ticket it would be all. */
function parseLine(line: string): readonly [object: string, member?: string] | undefined {
  const slash = line.indexOf("/");
  const object = slash === -1 ? line : line.slice(0, slash);
  if (!isObjectId(object) || object === ALL) return undefined;
  if (slash === -1) return [object];
  const member = line.slice(slash + 1);
  return member === "" || member.length > MAX_MEMBER_LENGTH || /\p{Cc}/u.test(member) ? undefined : [object, member];
}

/** A text would be taken for its letters. */
function entries(options: ScopeOptions, name: keyof ScopeOptions): readonly string[] {
  const listed: unknown = (options as ScopeOptions | null)?.[name] ?? [];
  if (Array.isArray(listed)) return listed;
  throw invalid(`"scope.${name}" must be an array, got a value of type ${typeof listed}`);
}

function invalid(message: string): ConfigError {
  return new ConfigError("HW_OPTION_INVALID", message);
}
