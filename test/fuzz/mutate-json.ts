import { ANNOTATED_JSON, EDGE_NUMBERS, HOSTILE_NAMES, NAUGHTY_TEXTS, NUMBER_TEXTS } from "./hostile-values.js";
import type { Random } from "./random.js";

/** An object of these properties; an own `__proto__` among them stays one. */
export function record(entries: readonly (readonly [string, unknown])[]): Record<string, unknown> {
  return Object.fromEntries(entries);
}

/** Any JSON value, small, of names and numbers that mean something somewhere. */
export function hostileJson(random: Random, depth = 3): unknown {
  const inner = (): unknown => hostileJson(random, depth - 1);
  return random.weighted<unknown>([
    [2, () => random.pick([null, true, false])],
    [3, () => random.pick(EDGE_NUMBERS)],
    [2, () => random.pick(HOSTILE_NAMES)],
    [2, () => random.pick(NAUGHTY_TEXTS)],
    [3, () => random.pick(ANNOTATED_JSON)],
    [depth > 0 ? 3 : 0, () => random.list(random.below(4), inner)],
    [depth > 0 ? 4 : 0, () => record(random.list(random.below(4), () => [hostileName(random), inner()]))],
  ]);
}

export function hostileName(random: Random): string {
  return random.oneIn(3) ? random.pick(HOSTILE_NAMES) : random.pick(["a", "b", "c", "d"]);
}

/** Changes a tree of JSON in one place. The tree is copied. */
export function mutateJson(tree: unknown, random: Random): unknown {
  const copy = structuredCloneJson(tree);
  const places = placesOf(copy);
  if (places.length === 0) return hostileJson(random);
  const { holder, key } = random.pick(places);
  const value = at(holder, key);
  put(
    holder,
    key,
    random.weighted<unknown>([
      [4, () => hostileJson(random)],
      [2, () => random.pick(ANNOTATED_JSON)],
      [2, () => nested(value, random)],
      [2, () => [value, value]],
      // A part of the tree at another place of it.
      [3, () => structuredCloneJson(at(...pair(random.pick(places))))],
      [2, () => (typeof value === "number" ? value + random.pick([-1, 1]) : random.pick(EDGE_NUMBERS))],
      [2, () => (typeof value === "string" ? value + random.pick(NAUGHTY_TEXTS) : random.pick(HOSTILE_NAMES))],
      [1, () => undefined],
    ]),
  );
  if (random.oneIn(4)) rename(holder, key, hostileName(random));
  return copy;
}

/** The text of a tree, sometimes with what `JSON.stringify` never writes. */
export function textOf(tree: unknown, random: Random): string {
  const text = JSON.stringify(tree) ?? "null";
  if (!random.oneIn(16)) return text;
  const numbers = [...text.matchAll(/(?<=[[,:])-?\d+(?=[\],}])/g)];
  const found = numbers.length === 0 ? undefined : random.pick(numbers);
  if (found === undefined) return text;
  return text.slice(0, found.index) + random.pick(NUMBER_TEXTS) + text.slice(found.index + found[0].length);
}

/** Texts that lack parts, for finding the least that still fails. */
export function* smallerTexts(text: string): Iterable<string> {
  for (let size = text.length >> 1; size >= 1; size >>= 1) {
    for (let start = 0; start < text.length; start += size) yield text.slice(0, start) + text.slice(start + size);
  }
}

interface Place {
  readonly holder: object;
  readonly key: string;
}

/** Every place of a tree where a value stands, up to a number of them. */
function placesOf(tree: unknown): readonly Place[] {
  const places: Place[] = [];
  const waiting: unknown[] = [tree];
  while (waiting.length > 0 && places.length < 500) {
    const value = waiting.pop();
    if (typeof value !== "object" || value === null) continue;
    for (const key of Object.keys(value).slice(0, 100)) {
      places.push({ holder: value, key });
      waiting.push(at(value, key));
    }
  }
  return places;
}

function nested(value: unknown, random: Random): unknown {
  let result = value;
  const levels = random.oneIn(4) ? random.between(60, 300) : random.between(1, 3);
  for (let level = 0; level < levels; level++) result = level % 2 === 0 ? [result] : record([["a", result]]);
  return result;
}

function rename(holder: object, key: string, name: string): void {
  if (Array.isArray(holder)) return;
  const value = at(holder, key);
  delete (holder as Record<string, unknown>)[key];
  put(holder, name, value);
}

function pair({ holder, key }: Place): readonly [object, string] {
  return [holder, key];
}

function at(holder: object, key: string): unknown {
  return Object.getOwnPropertyDescriptor(holder, key)?.value;
}

function put(holder: object, key: string, value: unknown): void {
  Object.defineProperty(holder, key, { value, configurable: true, enumerable: true, writable: true });
}

function structuredCloneJson(tree: unknown): unknown {
  return JSON.parse(JSON.stringify(tree) ?? "null");
}
