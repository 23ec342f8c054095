import { FinalText } from "./encoded-payload.js";
import type { EncodedPayload } from "./payload.js";

/** Longer arrays are as fast by the walk and `JSON.stringify`. */
const MAX_ITEMS = 8;

/**
 * The payload of what most calls carry, such as `5` or `[2, "a"]`: a JSON scalar, or a short array of them. The same text
 * as the walk gives, without its bookkeeping. Undefined for all else, and for what the walk has to refuse.
 */
export function encodedScalars(value: unknown): EncodedPayload | undefined {
  if (typeof value !== "object" || value === null) {
    const text = textOf(value);
    return text === undefined ? undefined : new FinalText(`{"json":${text}}`, 1);
  }
  try {
    return Array.isArray(value) ? encodedItems(value) : undefined;
  } catch {
    // Code of the program, such as a getter: the walk names the path of what throws.
    return undefined;
  }
}

function encodedItems(items: readonly unknown[]): EncodedPayload | undefined {
  const { length } = items;
  if (length > MAX_ITEMS) return undefined;
  let text = '{"json":[';
  for (let index = 0; index < length; index++) {
    const item = textOf(items[index]);
    if (item === undefined) return undefined;
    text += index === 0 ? item : `,${item}`;
  }
  return new FinalText(`${text}]}`, length + 1);
}

function textOf(value: unknown): string | undefined {
  switch (typeof value) {
    case "number":
      return Number.isFinite(value) && !Object.is(value, -0) ? String(value) : undefined;
    case "string":
      return JSON.stringify(value);
    case "boolean":
      return String(value);
    default:
      return value === null ? "null" : undefined;
  }
}
