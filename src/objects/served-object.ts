import { ConfigError } from "../errors/hearthwire-error.js";
import { checkMember } from "./check-member.js";
import { exposureOf, exposureOfClass } from "./exposure.js";
import { isForbiddenName } from "./forbidden-name.js";
import { InstancesOfClass, notExposed } from "./instances-of.js";
import { isGeneratorFunction, PLAIN_DECLARATION, type ExposureTable, type Member } from "./member.js";
import type { AnyFunction, Constructor } from "./member-name.js";
import type { Relay } from "./relay.js";
import { ServedByClass } from "./served-by-class.js";

/** What a call's target stands for: an object, or instances to be made. */
export interface ServedObject {
  /** Undefined for what is reached by reference only. */
  readonly id: string | undefined;
  readonly table: ExposureTable;
  readonly source: object | InstancesOfClass<object>;
  /** Runs its calls elsewhere: it is another peer's. */
  readonly relay?: Relay | undefined;
}

/**
 * Finds out what peers can use of an object that is to be served.
 * @param options `expose`: members of an object whose class isn't exposed; they count instead of what its class exposes
 * @throws ConfigError `HW_CANNOT_EXPOSE` with the remedy
 */
export function servedObject(
  servable: object,
  { id, expose }: { id: string; expose: readonly string[] | undefined },
): ServedObject {
  const source = servable instanceof InstancesOfClass || !isClass(servable) ? servable : sessionInstances(servable);
  const table = expose === undefined ? tableOf(source) : listedTable(source, expose);
  if (table === undefined || table.size === 0) throw nothingExposed(servable);
  const isOfClass = expose === undefined && typeof source !== "function" && !isLiteral(source);
  return isOfClass ? new ServedByClass(id, source) : { id, table, source };
}

/** What an object or function that a peer was given by reference lets it use; undefined for nothing. */
export function referencedObject(source: object): ServedObject | undefined {
  const table = typeof source === "function" ? tableOfFunction(source) : exposureOf(source);
  return table === undefined ? undefined : { id: undefined, table, source };
}

const FUNCTION_TABLE = functionTable("method");
const GENERATOR_TABLE = functionTable("stream");

/** The one member of a function: itself, under the empty name. */
function tableOfFunction(method: object): ExposureTable {
  return isGeneratorFunction(method) ? GENERATOR_TABLE : FUNCTION_TABLE;
}

function functionTable(kind: "method" | "stream"): ExposureTable {
  return new Map<string, Member>([["", { name: "", kind, isIdempotent: false, input: undefined }]]);
}

function tableOf(source: object): ExposureTable | undefined {
  if (source instanceof InstancesOfClass) return source.table;
  if (typeof source === "function") return tableOfFunction(source);
  return isLiteral(source) ? literalTable(source) : exposureOf(source);
}

/** An object literal's own functions as they are now: never its data, no accessor, nothing added later. */
function literalTable(literal: object): ExposureTable {
  const table = new Map<string, Member>();
  for (const name of Object.keys(literal)) {
    const value: unknown = Object.getOwnPropertyDescriptor(literal, name)?.value;
    if (typeof value !== "function" || isClass(value) || isForbiddenName(name)) continue;
    const kind = isGeneratorFunction(value) ? "stream" : "method";
    table.set(name, { name, kind, isIdempotent: false, input: undefined, method: value as AnyFunction });
  }
  return table;
}

function listedTable(source: object, names: readonly string[]): ExposureTable {
  if (source instanceof InstancesOfClass || typeof source === "function") {
    throw new ConfigError(
      "HW_CANNOT_EXPOSE",
      '"expose" of register is for single objects. For a class write expose(Class, [...]); a function has no members',
    );
  }
  const owner = className(source);
  const place = `"expose" of register(${owner})`;
  const members = names.map((name) => checkMember(source, { name, declaration: PLAIN_DECLARATION, place, owner }));
  return new Map(members.map((member) => [member.name, member]));
}

function sessionInstances(Class: Constructor<object>): InstancesOfClass<object> {
  return new InstancesOfClass(Class, { mode: "session" });
}

function nothingExposed(servable: object): ConfigError {
  if (!isLiteral(servable)) return notExposed(className(servable));
  return new ConfigError(
    "HW_CANNOT_EXPOSE",
    "An object literal serves its own functions, and this one has none that a peer could use. Give it functions",
  );
}

/** Whether an object was written as a literal: it travels by value. */
export function isLiteral(object: object): boolean {
  const prototype: unknown = Object.getPrototypeOf(object);
  return prototype === null || prototype === Object.prototype;
}

/** Only a class has a `prototype` that can't be replaced; a class compiled to a function counts once it is exposed. */
function isClass(value: object): value is Constructor<object> {
  if (typeof value !== "function") return false;
  const prototype = Object.getOwnPropertyDescriptor(value, "prototype");
  if (typeof prototype?.value !== "object" || prototype.value === null) return false;
  return prototype.writable === false || exposureOfClass(value as Constructor) !== undefined;
}

function className(object: object): string {
  const { constructor } = object;
  return typeof constructor === "function" ? constructor.name : "";
}
