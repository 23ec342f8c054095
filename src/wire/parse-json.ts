import { ProtocolError } from "../errors/hearthwire-error.js";
import { MAX_PAYLOAD_NODES } from "./constants.js";

const BACKSLASH = 0x5c;
/** No text out of UTF-8 holds half a surrogate pair, but as an escape. */
const MARK = "\ud800";
/** What JSON writes as an escape only, or `MARK` could be taken for. */
const NEEDS_ESCAPE = /["\\\0-\x1f\ud800-\udfff]/;
/** A name, its quotes and the colon. */
const AFTER_STRING = /[ \t\n\r]*:/y;

interface Name {
  readonly start: number;
  /** After the closing quote. */
  readonly end: number;
}

/**
 * `JSON.parse` for a text out of UTF-8, right where an engine's own is not: V8 from 12.8 on takes a name that is written
 * with an escape, such as `"\n"`, for one that another object had there before, such as `"\\"` (Chromium issue 521080746,
 * nodejs/node issue 63785). So one peer could change what another has signed. Such names are rare, and read apart.
 * @throws SyntaxError
 * @throws ProtocolError above 100 000 such names, which no frame may hold
 */
export function parseJson(text: string): unknown {
  const names = escapedNames(text);
  return names.length === 0 ? JSON.parse(text) : parseApart(text, names);
}

/** Looks only at strings with an escape. */
function escapedNames(text: string): readonly Name[] {
  const names: Name[] = [];
  let end = 0;
  for (let at = text.indexOf("\\"); at !== -1; at = text.indexOf("\\", end)) {
    const start = text.lastIndexOf('"', at);
    end = endOfString(text, at);
    AFTER_STRING.lastIndex = end;
    if (AFTER_STRING.test(text) && names.push({ start, end }) > MAX_PAYLOAD_NODES) {
      throw new ProtocolError(`a frame holds at most ${MAX_PAYLOAD_NODES} names that are written with an escape`);
    }
  }
  return names;
}

/** @param backslash where the string's first one is. */
function endOfString(text: string, backslash: number): number {
  let quote = text.indexOf('"', backslash);
  while (quote !== -1 && isEscaped(text, quote)) quote = text.indexOf('"', quote + 1);
  return quote === -1 ? text.length : quote + 1;
}

/** Whether an odd number of backslashes stands before it. */
function isEscaped(text: string, at: number): boolean {
  let before = at;
  while (text.charCodeAt(before - 1) === BACKSLASH) before--;
  return (at - before) % 2 === 1;
}

/** Each escaped name is written without escapes before the text is parsed; where that can't be, it has a stand-in. */
function parseApart(text: string, names: readonly Name[]): unknown {
  JSON.parse(text); // throws for what is no JSON, and so nothing below becomes JSON that was none
  const standIns = new Map<string, string>();
  const parts: string[] = [];
  let done = 0;
  for (const { start, end } of names) {
    const name = JSON.parse(text.slice(start, end)) as string;
    parts.push(text.slice(done, start), '"', NEEDS_ESCAPE.test(name) ? standInFor(name, standIns) : name, '"');
    done = end;
  }
  const parsed: unknown = JSON.parse(parts.join("") + text.slice(done));
  if (standIns.size === 0) return parsed;
  return restore(parsed, new Map(Array.from(standIns, ([name, standIn]) => [standIn, name])));
}

function standInFor(name: string, standIns: Map<string, string>): string {
  let standIn = standIns.get(name);
  if (standIn === undefined) standIns.set(name, (standIn = MARK + standIns.size));
  return standIn;
}

function restore(json: unknown, originals: ReadonlyMap<string, string>): unknown {
  if (typeof json !== "object" || json === null) return json;
  if (Array.isArray(json)) return json.map((item) => restore(item, originals));
  // Makes own properties, whatever their names are.
  return Object.fromEntries(
    Object.entries(json).map(([name, value]) => [originals.get(name) ?? name, restore(value, originals)]),
  );
}
