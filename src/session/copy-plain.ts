import { MAX_PAYLOAD_DEPTH } from "../wire/constants.js";

/** Said by a replacer about an object that it has no replacement for: plain containers are copied, the rest kept. */
export const WALK: unique symbol = Symbol("walk");

/**
 * Copies what a program could change in plain data (arrays, plain objects, Maps, Sets, Dates, URLs, bytes), and puts
 * what `replace` gives in the place of the objects that it knows. Everything else stays the same object. Cycles stay
 * cycles and what is too deep stays as it is, for the serializer to refuse with its path.
 */
export function copyPlain(value: unknown, replace: (value: object) => unknown): unknown {
  return new PlainCopier(replace).copy(value, MAX_PAYLOAD_DEPTH + 1);
}

/** Whether an object is a literal, or has no prototype. */
export function isPlain(value: object): boolean {
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === Object.prototype || prototype === null;
}

class PlainCopier {
  readonly #replace: (value: object) => unknown;
  readonly #copies = new Map<object, object>();

  constructor(replace: (value: object) => unknown) {
    this.#replace = replace;
  }

  copy(value: unknown, depth: number): unknown {
    if ((typeof value !== "object" && typeof value !== "function") || value === null || depth === 0) return value;
    const copied = this.#copies.get(value);
    if (copied !== undefined) return copied;
    const replacement = this.#replace(value);
    if (replacement !== WALK) return replacement;
    if (Array.isArray(value)) return this.#array(value, depth - 1);
    if (value instanceof Map) return this.#map(value, depth - 1);
    if (value instanceof Set) return this.#set(value, depth - 1);
    if (value instanceof Date) return new Date(value);
    if (value instanceof URL) return new URL(value);
    if (value instanceof ArrayBuffer) return value.slice(0);
    if (ArrayBuffer.isView(value)) return copyOfView(value);
    // A literal with an asyncIterator is a stream, and no data.
    return isPlain(value) && !(Symbol.asyncIterator in value) ? this.#object(value, depth - 1) : value;
  }

  #array(array: readonly unknown[], depth: number): unknown[] {
    const copy = array.slice();
    this.#copies.set(array, copy);
    // Holes stay holes.
    for (const [index, item] of copy.entries()) if (index in copy) copy[index] = this.copy(item, depth);
    return copy;
  }

  #map(map: ReadonlyMap<unknown, unknown>, depth: number): Map<unknown, unknown> {
    const copy = new Map<unknown, unknown>();
    this.#copies.set(map, copy);
    for (const [key, item] of map) copy.set(this.copy(key, depth), this.copy(item, depth));
    return copy;
  }

  #set(set: ReadonlySet<unknown>, depth: number): Set<unknown> {
    const copy = new Set<unknown>();
    this.#copies.set(set, copy);
    for (const item of set) copy.add(this.copy(item, depth));
    return copy;
  }

  #object(object: object, depth: number): object {
    const copy: object = Object.create(Object.getPrototypeOf(object) as object | null);
    this.#copies.set(object, copy);
    for (const [key, item] of Object.entries(object)) {
      // Not an assignment: an own `__proto__` must stay one, for the serializer to refuse.
      const value = this.copy(item, depth);
      Object.defineProperty(copy, key, { value, enumerable: true, writable: true, configurable: true });
    }
    return copy;
  }
}

function copyOfView(view: ArrayBufferView): ArrayBufferView {
  const bytes = Uint8Array.from(new Uint8Array(view.buffer, view.byteOffset, view.byteLength));
  // Node's Buffer, whose constructor is deprecated, is a Uint8Array to the peer.
  if (view instanceof Uint8Array) return bytes;
  return new (view.constructor as new (buffer: ArrayBuffer) => ArrayBufferView)(bytes.buffer);
}
