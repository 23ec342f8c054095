import { RemoteError } from "../../src/errors/hearthwire-error.js";
import { Violation } from "./fuzz-target.js";
import { Money } from "../serializers/values.js";

/** Prototypes of what a payload may become. Errors are told by their class. */
const TypedArray = Object.getPrototypeOf(Uint8Array) as { readonly prototype: object };
const EXPECTED: ReadonlySet<unknown> = new Set<unknown>([
  Object.prototype,
  Array.prototype,
  Date.prototype,
  Map.prototype,
  Set.prototype,
  URL.prototype,
  ArrayBuffer.prototype,
  DataView.prototype,
  Blob.prototype,
  File.prototype,
  Money.prototype,
]);

// By themselves and not by the tables of the gate, which may be what is wrong.
const FORBIDDEN_KEYS: ReadonlySet<string> = new Set(["__proto__", "constructor", "prototype"]);
const CALLED_BY_THE_LANGUAGE: ReadonlySet<string> = new Set([
  "then",
  "catch",
  "finally",
  "toJSON",
  "toString",
  "valueOf",
  "inspect",
]);
/** Containers in containers. */
const MAX_DEPTH = 64;

/** A payload has at most so many nodes, so what came of it has no more. */
const MAX_VALUES = 100_001;

export interface RevivedFacts {
  /** Whether this is something that the session gave for a reference or stream of the payload. */
  readonly isTravelling: (value: object) => boolean;
  readonly allowsRegExp: boolean;
}

/**
 * Walks a value that the gate let pass.
 * @returns whether errors are in it, which change when they are sent on
 * @throws Violation when there is something in it that no payload may become: a function, a hostile key, a foreign class,
 * an accessor, a hole, more than the budget allows.
 */
export function checkRevived(root: unknown, facts: RevivedFacts): { readonly hasErrors: boolean } {
  const seen = new Set<object>();
  const waiting: Inside[] = [{ value: root, key: undefined, depth: 0 }];
  let values = 0;
  let hasErrors = false;
  for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
    const { value, key, depth } = next;
    if (++values > MAX_VALUES) throw new Violation("more values came out of a payload than the budget allows");
    if (typeof value === "function" || typeof value === "symbol") {
      throw new Violation(`a ${typeof value} came out of a payload`);
    }
    if (typeof value !== "object" || value === null) continue;
    if (facts.isTravelling(value)) {
      if (key !== undefined && CALLED_BY_THE_LANGUAGE.has(key)) throw new Violation(`something callable under ${key}`);
      continue;
    }
    if (seen.has(value)) throw new Violation("a value stands in two places, or in itself");
    seen.add(value);
    checkClass(value, facts);
    hasErrors ||= value instanceof Error;
    const inside = contentsOf(value, depth);
    if (depth >= MAX_DEPTH && isContainer(value)) throw new Violation(`a value ${depth} deep came out of a payload`);
    for (const each of inside) waiting.push(each);
  }
  return { hasErrors };
}

function checkClass(value: object, { allowsRegExp }: RevivedFacts): void {
  const prototype: unknown = Object.getPrototypeOf(value);
  if (EXPECTED.has(prototype) || value instanceof Error) return;
  if (ArrayBuffer.isView(value) && Object.getPrototypeOf(prototype) === TypedArray.prototype) return;
  if (value instanceof RegExp && allowsRegExp) return;
  throw new Violation(`an instance of ${String(value.constructor?.name)} came out of a payload`);
}

/** What the wire writes as an array or object. */
function isContainer(value: object): boolean {
  if (value instanceof Map || value instanceof Set || Array.isArray(value)) return true;
  return Object.getPrototypeOf(value) === Object.prototype;
}

interface Inside {
  readonly value: unknown;
  /** The name of the property that it stands in, if that is what it stands in. */
  readonly key: string | undefined;
  readonly depth: number;
}

function contentsOf(value: object, depth: number): Inside[] {
  if (ArrayBuffer.isView(value) || value instanceof Blob) return [];
  const inside: Inside[] = [];
  const add = (held: unknown, levels: number, key?: string): void => {
    inside.push({ value: held, key, depth: depth + levels });
  };
  if (value instanceof Map) {
    // A pair is an array in an array.
    for (const [key, held] of value) {
      add(key, 2);
      add(held, 2);
    }
  } else if (value instanceof Set) {
    for (const held of value) add(held, 1);
  } else if (Array.isArray(value)) {
    if (Object.keys(value).length !== value.length) throw new Violation("an array with holes, or with names");
  }
  for (const key of Reflect.ownKeys(value)) {
    const descriptor = Object.getOwnPropertyDescriptor(value, key)!;
    const isOfError = value instanceof Error && (key === "stack" || typeof key === "symbol");
    if (isOfError || value instanceof URL) continue;
    if (typeof key === "symbol" || descriptor.get !== undefined || descriptor.set !== undefined) {
      if (!(value instanceof RemoteError)) throw new Violation(`the property ${String(key)} came out of a payload`);
      continue;
    }
    if (FORBIDDEN_KEYS.has(key)) throw new Violation(`the key ${key} came out of a payload`);
    // An error's own fields stand beside its data on the wire, and what a registered class holds in the place of it.
    add(descriptor.value, isContainer(value) ? 1 : 0, key);
  }
  return inside;
}
