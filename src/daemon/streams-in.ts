import { standInOf } from "../client/stand-in.js";
import { isPlain } from "../session/copy-plain.js";
import { type IncomingStream, incomingStreamOf } from "../session/incoming-stream.js";

/** The streams of peers in a value, which may stand anywhere in plain data. */
export function streamsIn(value: unknown): readonly IncomingStream[] {
  const found: IncomingStream[] = [];
  const seen = new Set<unknown>();
  const waiting: unknown[] = [value];
  while (waiting.length > 0) {
    const one = waiting.pop();
    if (typeof one !== "object" || one === null || seen.has(one) || standInOf(one) !== undefined) continue;
    seen.add(one);
    const stream = incomingStreamOf(one);
    if (stream !== undefined) found.push(stream);
    else if (one instanceof Map) for (const entry of one) waiting.push(...entry);
    else for (const part of partsOf(one)) waiting.push(part);
  }
  return found;
}

function partsOf(value: object): Iterable<unknown> {
  if (Array.isArray(value) || value instanceof Set) return value;
  return isPlain(value) ? Object.values(value) : [];
}
