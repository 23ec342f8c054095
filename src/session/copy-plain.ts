/** Said by a replacer about an object that it has no replacement for: plain containers are copied, the rest kept. */
export const WALK: unique symbol = Symbol("walk");

/**
 * Copies plain data (arrays, plain objects, Maps, Sets, bytes, Dates) and puts what `replace` gives in the place of the
 * objects that it knows. The value has passed an encoder or a gate, so it has no cycles and is no deeper than a payload.
 */
export function copyPlain(value: unknown, replace: (value: object) => unknown): unknown {
  if ((typeof value !== "object" && typeof value !== "function") || value === null) return value;
  const replacement = replace(value);
  if (replacement !== WALK) return replacement;
  if (Array.isArray(value)) return value.map((element) => copyPlain(element, replace));
  if (value instanceof Map) {
    return new Map([...value].map(([key, element]) => [copyPlain(key, replace), copyPlain(element, replace)]));
  }
  if (value instanceof Set) return new Set([...value].map((element) => copyPlain(element, replace)));
  if (value instanceof Date) return new Date(value);
  if (value instanceof ArrayBuffer || ArrayBuffer.isView(value)) return structuredClone(value);
  if (!isPlain(value)) return value;
  const copy: Record<string, unknown> = {};
  for (const [key, element] of Object.entries(value)) copy[key] = copyPlain(element, replace);
  return copy;
}

/** Whether an object is a literal, or has no prototype. */
export function isPlain(value: object): boolean {
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === Object.prototype || prototype === null;
}
