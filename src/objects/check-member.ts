import { ConfigError } from "../errors/hearthwire-error.js";
import { closestName } from "./closest-name.js";
import { isForbiddenName } from "./forbidden-name.js";
import { descriptorOf, describeMember, prototypeChain, type Declaration, type Member } from "./member.js";

/** A name as it was listed, and where, for the error that refuses it. */
export interface Listing {
  readonly name: unknown;
  readonly declaration: Declaration;
  /** Such as `"members" of expose(Warehouse)`. */
  readonly place: string;
  /** Name of the class. */
  readonly owner: string;
}

/**
 * Checks that a listed name can be exposed as it was declared.
 * @param source the class's prototype, or the object itself, where the member is looked for without running it
 * @throws ConfigError `HW_CANNOT_EXPOSE` with the remedy
 */
export function checkMember(source: object, { name, declaration, place, owner }: Listing): Member {
  const refuse = (reason: string): never => {
    throw new ConfigError("HW_CANNOT_EXPOSE", `${place} names ${quoted(name)}${reason}`);
  };
  if (typeof name !== "string") return refuse(": members are named by strings");
  if (isForbiddenName(name)) {
    return refuse(
      ', which can\'t be exposed: names that are empty, dotted or begin with "_", constructor, prototype, then, toJSON ' +
        "and those of Object.prototype stay private. Give the method another name",
    );
  }
  const descriptor = descriptorOf(source, name);
  if (descriptor === undefined) {
    const meant = closestName(name, exposableNames(source));
    const remedy =
      meant === undefined
        ? "List methods and accessors; a function kept in a field must become a method"
        : `Did you mean "${meant}"?`;
    return refuse(`, which is no method or accessor of ${owner}. ${remedy}`);
  }
  const member = describeMember(name, descriptor, declaration);
  if (member === undefined) {
    return refuse(
      descriptor.set === undefined
        ? ", which holds data: only methods and accessors can be exposed. Write a getter"
        : ", which can only be written: peers read accessors too. Write a getter",
    );
  }
  const isAccessor = member.kind === "get" || member.kind === "get set";
  if (declaration.isOneway && member.kind !== "oneway") {
    return refuse(` as one-way, but ${isAccessor ? "an accessor" : "a stream"} has an answer`);
  }
  if (declaration.isWritable && member.kind !== "get set") return refuse(" as writable, but it has no setter");
  if (declaration.input !== undefined && isAccessor) return refuse(' with "input", but an accessor has no parameters');
  return member;
}

/** The names of all methods and readable accessors that an object or prototype could expose. */
export function exposableNames(source: object): string[] {
  const names = new Set<string>();
  for (const level of prototypeChain(source)) {
    for (const [name, descriptor] of Object.entries(Object.getOwnPropertyDescriptors(level))) {
      const isMember = typeof descriptor.value === "function" || descriptor.get !== undefined;
      if (isMember && !isForbiddenName(name)) names.add(name);
    }
  }
  return [...names];
}

function quoted(name: unknown): string {
  return typeof name === "string" ? JSON.stringify(name) : String(name);
}
