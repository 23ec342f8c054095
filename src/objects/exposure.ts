import { ConfigError } from "../errors/hearthwire-error.js";
import type { MemberKind, MemberShape } from "../wire/message.js";
import type { AnyFunction, Constructor } from "./member-name.js";
import type { StandardSchema } from "./standard-schema.js";

/** One member that a peer can use. Names from a peer are only ever looked up in a table of these. */
export interface Member {
  readonly name: string;
  readonly kind: MemberKind;
  readonly isIdempotent: boolean;
  readonly input: readonly StandardSchema<unknown>[] | undefined;
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
}

export const PLAIN_DECLARATION: Declaration = {
  isOneway: false,
  isIdempotent: false,
  isWritable: false,
  input: undefined,
};

/** What a decorator said about a function. */
interface Mark {
  readonly isExposed: boolean;
  readonly isOneway: boolean;
}

// Registered symbols, so that a class exposed by one copy of this package is known to another.
const EXPOSURE = Symbol.for("hearthwire.exposed/1");
const MARK = Symbol.for("hearthwire.exposed-member/1");

/** Grows with each exposure: a table made before one is made again after it. */
let generation = 0;
const tables = new WeakMap<object, { readonly generation: number; readonly table: ExposureTable | undefined }>();

/** Adds to what a class exposes. Its subclasses inherit it. */
export function declareMembers(Class: Constructor, members: ReadonlyMap<string, Declaration>): void {
  const value = new Map([...(ownDeclarations(Class) ?? []), ...members]);
  Object.defineProperty(Class, EXPOSURE, { value, configurable: true });
  generation++;
}

/** Marks a function for the table of the class that it will stand in. */
export function markFunction(method: object, mark: Partial<Mark>): void {
  const value: Mark = { isExposed: false, isOneway: false, ...markOf(method), ...mark };
  Object.defineProperty(method, MARK, { value, configurable: true });
}

/**
 * The members that an instance has through its class and the classes above it; undefined when none of them is exposed.
 * An override of an exposed member is exposed too, and is what runs. No getter runs here.
 */
export function exposureOf(instance: object): ExposureTable | undefined {
  const prototype = Object.getPrototypeOf(instance) as object | null;
  return prototype === null ? undefined : exposureOfPrototype(prototype);
}

/** As `exposureOf`, for instances that are yet to be made. */
export function exposureOfClass(Class: Constructor): ExposureTable | undefined {
  return exposureOfPrototype(Class.prototype as object);
}

function exposureOfPrototype(prototype: object): ExposureTable | undefined {
  const known = tables.get(prototype);
  if (known?.generation === generation) return known.table;
  const table = buildTable(prototype);
  tables.set(prototype, { generation, table });
  return table;
}

function buildTable(prototype: object): ExposureTable | undefined {
  const levels = prototypeChain(prototype).reverse();
  const declared = new Map<string, Declaration>();
  let isExposed = false;
  for (const level of levels) {
    const own = ownDeclarations(classOf(level));
    for (const [name, declaration] of own ?? []) declared.set(name, declaration);
    const marked = markedDeclarations(level, declared);
    for (const [name, declaration] of marked) declared.set(name, declaration);
    isExposed ||= own !== undefined || marked.size > 0;
  }
  if (!isExposed) return undefined;
  const table = new Map<string, Member>();
  for (const [name, declaration] of declared) {
    const member = describeMember(name, descriptorOf(prototype, name), declaration);
    if (member !== undefined) table.set(name, member);
  }
  return table;
}

/** What decorators said about the members that one prototype has itself. */
function markedDeclarations(
  prototype: object,
  declared: ReadonlyMap<string, Declaration>,
): ReadonlyMap<string, Declaration> {
  const found = new Map<string, Declaration>();
  for (const name of Object.getOwnPropertyNames(prototype)) {
    const descriptor = Object.getOwnPropertyDescriptor(prototype, name);
    const read = markOf(descriptor?.value ?? descriptor?.get);
    const write = markOf(descriptor?.set);
    if (write?.isExposed === true && read?.isExposed !== true) {
      throw new ConfigError(
        "HW_CANNOT_EXPOSE",
        `@expose stands on the setter "${name}" of ${classOf(prototype)?.name ?? "a class"} alone: ` +
          "peers read accessors too, so write @expose before its getter as well",
      );
    }
    const earlier = declared.get(name);
    if (read === undefined || (earlier === undefined && !read.isExposed)) continue;
    const { isOneway, isWritable, ...rest } = earlier ?? PLAIN_DECLARATION;
    found.set(name, {
      ...rest,
      isOneway: isOneway || read.isOneway,
      isWritable: isWritable || write?.isExposed === true,
    });
  }
  return found;
}

/** What a property is to a peer; undefined when it is neither a method nor an accessor that can be read. */
export function describeMember(
  name: string,
  descriptor: PropertyDescriptor | undefined,
  declaration: Declaration,
): Member | undefined {
  const kind = descriptor === undefined ? undefined : kindOf(descriptor, declaration);
  if (kind === undefined) return undefined;
  return { name, kind, isIdempotent: declaration.isIdempotent, input: declaration.input };
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
      .map(({ name, kind }): MemberShape => [name, kind])
      .sort(([a], [b]) => (a < b ? -1 : 1));
    shapes.set(table, sorted);
  }
  return sorted;
}

function classOf(prototype: object): AnyFunction | undefined {
  const value: unknown = Object.getOwnPropertyDescriptor(prototype, "constructor")?.value;
  return typeof value === "function" && value.prototype === prototype ? (value as AnyFunction) : undefined;
}

function ownDeclarations(Class: object | undefined): ReadonlyMap<string, Declaration> | undefined {
  if (Class === undefined) return undefined;
  return Object.getOwnPropertyDescriptor(Class, EXPOSURE)?.value as ReadonlyMap<string, Declaration> | undefined;
}

function markOf(method: unknown): Mark | undefined {
  if (typeof method !== "function") return undefined;
  return Object.getOwnPropertyDescriptor(method, MARK)?.value as Mark | undefined;
}
