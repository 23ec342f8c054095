import type { DetailedMember, MemberDetails, MemberKind, MemberShape } from "../wire/message.js";
import type { AnyFunction } from "./member-name.js";
import type { StandardSchema } from "./standard-schema.js";

/** One member that a peer can use. Names from a peer are only ever looked up in a table of these. */
export interface Member {
  readonly name: string;
  readonly kind: MemberKind;
  readonly isIdempotent: boolean;
  readonly input: readonly StandardSchema<unknown>[] | undefined;
  /** What `look` with details tells besides the kind; undefined for nothing. It takes the table that the member is in. */
  readonly details?: ((table: ExposureTable) => MemberDetails | undefined) | undefined;
  /** A function taken as a snapshot; undefined means the one that the object has when it is called. */
  readonly method?: AnyFunction;
}

/** The members of an object by name. */
export type ExposureTable = ReadonlyMap<string, Member>;

/** What was said about a member when it was exposed. */
export interface Declaration {
  readonly isOneway: boolean;
  readonly isIdempotent: boolean;
  readonly isWritable: boolean;
  readonly input: readonly StandardSchema<unknown>[] | undefined;
  readonly details?: Member["details"];
}

export const PLAIN_DECLARATION: Declaration = {
  isOneway: false,
  isIdempotent: false,
  isWritable: false,
  input: undefined,
};

/** What a property is to a peer; undefined when it is neither a method nor an accessor that can be read. */
export function describeMember(
  name: string,
  descriptor: PropertyDescriptor | undefined,
  declaration: Declaration,
): Member | undefined {
  const kind = descriptor === undefined ? undefined : kindOf(descriptor, declaration);
  if (kind === undefined) return undefined;
  // An override of a method may be an accessor: what was declared of its calls says nothing of that.
  if (kind === "get" || kind === "get set") return { name, kind, isIdempotent: false, input: declaration.input };
  const { isIdempotent, input, details } = declaration;
  return { name, kind, isIdempotent, input, details };
}

function kindOf(descriptor: PropertyDescriptor, declaration: Declaration): MemberKind | undefined {
  if (typeof descriptor.value === "function") {
    if (isGeneratorFunction(descriptor.value)) return "stream";
    return declaration.isOneway ? "oneway" : "method";
  }
  if (descriptor.get === undefined) return undefined;
  return declaration.isWritable && descriptor.set !== undefined ? "get set" : "get";
}

export function isGeneratorFunction(value: unknown): boolean {
  const tag = Object.prototype.toString.call(value);
  return tag === "[object GeneratorFunction]" || tag === "[object AsyncGeneratorFunction]";
}

/** The nearest property of a name, on the object or above it, without running a getter. */
export function descriptorOf(object: object, name: string): PropertyDescriptor | undefined {
  for (const level of prototypeChain(object)) {
    const descriptor = Object.getOwnPropertyDescriptor(level, name);
    if (descriptor !== undefined) return descriptor;
  }
  return undefined;
}

/** An object and what it inherits from, up to `Object.prototype`, which is left out. */
export function prototypeChain(object: object): object[] {
  const chain: object[] = [];
  for (
    let level: object | null = object;
    level !== null && level !== Object.prototype;
    level = Object.getPrototypeOf(level) as object | null
  ) {
    chain.push(level);
  }
  return chain;
}

const shapes = new WeakMap<ExposureTable, readonly MemberShape[]>();

/** A table as `look` answers it: sorted by name, the same array each time. */
export function shapesOf(table: ExposureTable): readonly MemberShape[] {
  let sorted = shapes.get(table);
  if (sorted === undefined) {
    sorted = [...table.values()]
      .map(({ name, kind, isIdempotent }): MemberShape => (isIdempotent ? [name, kind, 1] : [name, kind]))
      .sort(([a], [b]) => (a < b ? -1 : 1));
    shapes.set(table, sorted);
  }
  return sorted;
}

/** Members of a table as `look` with details answers them. */
export function detailed(shapes: readonly MemberShape[], table: ExposureTable): readonly DetailedMember[] {
  return shapes.map(([name, kind]) => {
    const details = table.get(name)?.details?.(table);
    return details === undefined ? [name, kind] : [name, kind, details];
  });
}
