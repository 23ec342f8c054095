import { escaped } from "../observe/safe-text.js";

/**
 * A value as one line of JSON for programs such as jq: a Map is a list of pairs, a Set a list, a Date its ISO text, a
 * BigInt its digits as a text, bytes are base64, a RegExp and a URL their texts, an error its name, message and code; what
 * JSON has no word for is null. Nothing in it can move the terminal's cursor.
 */
export function jsonText(value: unknown): string {
  // JSON.stringify leaves some control characters as they are; in texts, where alone they stand, an escape is the same.
  return escaped(JSON.stringify(value, inJson) ?? "null");
}

function inJson(_name: string, value: unknown): unknown {
  if (typeof value === "bigint") return String(value);
  if (typeof value === "function" || typeof value === "symbol") return null;
  if (value instanceof Map || value instanceof Set) return [...value];
  if (value instanceof RegExp) return String(value);
  if (value instanceof ArrayBuffer) return Buffer.from(value).toString("base64");
  if (ArrayBuffer.isView(value)) return inView(value);
  if (value instanceof Error) return inError(value);
  return value;
}

function inView(value: ArrayBufferView): unknown {
  const isBytes = value instanceof Uint8Array || value instanceof Uint8ClampedArray || value instanceof DataView;
  if (isBytes) return Buffer.from(value.buffer, value.byteOffset, value.byteLength).toString("base64");
  return [...(value as unknown as Iterable<number | bigint>)];
}

function inError(error: Error): unknown {
  const { name, message } = error;
  const { code } = error as { readonly code?: unknown };
  return { name, message, ...(typeof code === "string" && code !== "" && { code }) };
}
