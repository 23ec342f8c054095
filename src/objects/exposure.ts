import { ConfigError } from "../errors/hearthwire-error.js";
import {
  describeMember,
  descriptorOf,
  PLAIN_DECLARATION,
  prototypeChain,
  type Declaration,
  type ExposureTable,
  type Member,
} from "./member.js";
import type { AnyFunction, Constructor } from "./member-name.js";

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

/** Another number after each exposure by a list; whoever keeps a table asks whether it is still the newest. */
export function exposureGeneration(): number {
  return generation;
}

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
