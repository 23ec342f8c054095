import { inspect } from "node:util";
import { isRemote } from "../client/proxy-functions.js";
import { escaped } from "../observe/safe-text.js";
import type { CommandIo } from "./command-io.js";
import { isColoured, printable } from "./output.js";

/** Width of what stands on several lines. */
const LINE_LENGTH = 100;

/**
 * A value of the other side for people: a text as it is, everything else as Node shows it, whole. Nothing in it can move
 * the terminal's cursor.
 *
 * @param shape `isLine`: without line breaks, for lists in which a line is an item
 */
export function valueText(
  io: CommandIo,
  value: unknown,
  { isLine = false }: { readonly isLine?: boolean } = {},
): string {
  if (typeof value === "string") return isLine ? escaped(value) : printable(value);
  if (isRemote(value)) return String(value);
  const text = inspect(value, {
    depth: null,
    maxArrayLength: null,
    maxStringLength: null,
    colors: isColoured(io),
    ...(isLine ? { breakLength: Number.POSITIVE_INFINITY, compact: true } : { breakLength: LINE_LENGTH }),
  });
  // Inspect escapes texts, but neither stacks of errors nor regular expressions; of its own it adds colours alone.
  return text.replace(/(\u001b\[\d{1,2}m)|[^\n\t\u001b]+|\u001b/g, (part, colour?: string) => colour ?? escaped(part));
}
