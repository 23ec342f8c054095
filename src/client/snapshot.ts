import { MAX_PAYLOAD_DEPTH } from "../wire/constants.js";
import { standInOf } from "./stand-in.js";

/**
 * Copies what a program could change in plain data: arrays, plain objects, Map, Set, Date, URL and bytes. Everything else
 * stays the same object: what travels by reference, and what a serializer will refuse with its path.
 */
export function snapshot(args: readonly unknown[]): readonly unknown[] {
  const copies = new Map<object, object>();
  return args.map((value) => copyOf(value, copies, MAX_PAYLOAD_DEPTH));
}

/** @param copies what was copied, so that cycles stay cycles, which the serializer refuses */
function copyOf(value: unknown, copies: Map<object, object>, depth: number): unknown {
  if (typeof value !== "object" || value === null || depth === 0) return value;
  const copied = copies.get(value);
  if (copied !== undefined) return copied;
  const deeper = (inner: unknown): unknown => copyOf(inner, copies, depth - 1);
  if (Array.isArray(value)) {
    const copy: unknown[] = value.slice();
    copies.set(value, copy);
    // Holes stay holes.
    for (const [index, item] of copy.entries()) if (index in copy) copy[index] = deeper(item);
    return copy;
  }
  if (value instanceof Map) {
    const copy = new Map<unknown, unknown>();
    copies.set(value, copy);
    for (const [key, item] of value) copy.set(deeper(key), deeper(item));
    return copy;
  }
  if (value instanceof Set) {
    const copy = new Set<unknown>();
    copies.set(value, copy);
    for (const item of value) copy.add(deeper(item));
    return copy;
  }
  if (value instanceof Date) return new Date(value);
  if (value instanceof URL) return new URL(value);
  if (value instanceof ArrayBuffer) return value.slice(0);
  if (ArrayBuffer.isView(value)) return copyOfView(value);
  return isPlain(value) ? copyOfObject(value, copies, deeper) : value;
}

function copyOfView(view: ArrayBufferView): ArrayBufferView {
  const bytes = Uint8Array.from(new Uint8Array(view.buffer, view.byteOffset, view.byteLength));
  // Node's Buffer, whose constructor is deprecated, is a Uint8Array to the peer.
  if (view instanceof Uint8Array) return bytes;
  return new (view.constructor as new (buffer: ArrayBuffer) => ArrayBufferView)(bytes.buffer);
}

function copyOfObject(value: object, copies: Map<object, object>, deeper: (inner: unknown) => unknown): object {
  const copy: object = Object.create(Object.getPrototypeOf(value) as object | null);
  copies.set(value, copy);
  for (const [key, item] of Object.entries(value)) {
    // Not an assignment: an own `__proto__` must stay one, for the serializer to refuse.
    Object.defineProperty(copy, key, { value: deeper(item), enumerable: true, writable: true, configurable: true });
  }
  return copy;
}

function isPlain(value: object): boolean {
  if (standInOf(value) !== undefined) return false;
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === Object.prototype || prototype === null;
}
