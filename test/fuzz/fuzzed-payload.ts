import { joinPath } from "../../src/serializers/annotation.js";
import type { PayloadSerializer } from "../../src/serializers/payload.js";
import { LoopBody, travelling } from "../serializers/bodies.js";
import { leaves, plain, rich } from "../serializers/values.js";
import { ANNOTATED_JSON, ANNOTATION_TYPES, EDGE_NUMBERS, HOSTILE_NAMES } from "./hostile-values.js";
import { hostileJson, hostileName, mutateJson, record } from "./mutate-json.js";
import type { Random } from "./random.js";

/** What honest programs send, to be spoilt. The largest are left out: each mutation copies all of it. */
const HONEST: readonly unknown[] = [...plain, ...leaves, ...rich]
  .map(([, value]) => value)
  .filter((value) => !(value instanceof RegExp) && sizeOf(value) < 4000);

const honestTrees = new WeakMap<PayloadSerializer, readonly unknown[]>();

/**
 * A payload `{json, meta?}` as a tree: what an honest sender writes, spoilt in a few places; or written by the grammar of
 * annotations, with paths that lead to what is there, or past it; or large.
 * @param writer writes honest values as superjson does
 */
export function fuzzedPayload(random: Random, writer: PayloadSerializer): unknown {
  const tree = random.weighted<unknown>([
    [5, () => random.pick(honestPayloads(writer))],
    [8, () => annotated(random)],
    [1, () => gadget(random)],
    [2, () => hostileJson(random)],
    [2, () => ({ json: hostileJson(random, 5) })],
  ]);
  if (random.oneIn(1500)) return large(random);
  return spoilt(tree, random);
}

function spoilt(tree: unknown, random: Random): unknown {
  let result = tree;
  for (let times = random.pick([0, 0, 0, 1, 1, 2, 4]); times > 0; times--) result = mutateJson(result, random);
  return result;
}

function honestPayloads(writer: PayloadSerializer): readonly unknown[] {
  let trees = honestTrees.get(writer);
  if (trees === undefined) {
    trees = HONEST.flatMap((value) => treeOf(value, writer));
    honestTrees.set(writer, trees);
  }
  return trees;
}

/** The payload of a value; none when this serializer can't write it. */
function treeOf(value: unknown, writer: PayloadSerializer): readonly unknown[] {
  try {
    return [JSON.parse(writer.encode(value, travelling, "args").finish(new LoopBody())) as unknown];
  } catch {
    return [];
  }
}

/** What worked against careless readers: code under a name that is called, a foreign prototype, an inherited function. */
function gadget(random: Random): unknown {
  const name = random.pick(["then", "catch", "finally", "toJSON", "toString", "valueOf", "inspect"]);
  const [leaf, type] = random.pick<readonly [unknown, string]>([
    [[0, 1, "function"], "ref"],
    [[0, 2, "object"], "ref"],
    [[1, "iterable"], "stream"],
  ]);
  const values = record([[`a.${name}`, [["custom", type]]]]);
  return random.pick<() => unknown>([
    () => ({ json: { a: record([[name, leaf]]) }, meta: { values, v: 1 } }),
    () => ({ json: { a: record([["__proto__", { polluted: 1 }]]) } }),
    () => ({ json: { a: 1 }, meta: { values: record([["a.constructor.prototype.polluted", ["undefined"]]]), v: 1 } }),
    () => ({ json: [null], meta: { values: record([["length", ["number"]]]), v: 1 } }),
    () => ({
      json: { a: null, b: {} },
      meta: { v: 1, referentialEqualities: record([["b", ["a.then", "__proto__"]]]) },
    }),
  ])();
}

/** JSON and annotations that belong together, for the most part. */
function annotated(random: Random): unknown {
  const values: [string, unknown][] = [];
  const json = place(random, { path: [], values, depth: 4 });
  const meta: [string, unknown][] = [["v", random.oneIn(30) ? hostileJson(random, 0) : 1]];
  if (values.length > 0) meta.push(["values", values[0]![0] === "" ? values[0]![1] : record(values)]);
  if (random.oneIn(20)) meta.push(["referentialEqualities", equalities(random)]);
  return record([
    ["json", json],
    ["meta", record(meta)],
  ]);
}

interface Placing {
  readonly path: readonly string[];
  readonly values: [string, unknown][];
  readonly depth: number;
}

/** A value, and in `values` what is said of it. */
function place(random: Random, { path, values, depth }: Placing): unknown {
  const said = (annotation: unknown): void => void values.push([pathText(path, random), annotation]);
  const inner = (key: string): unknown => place(random, { path: [...path, key], values, depth: depth - 1 });
  return random.weighted<unknown>([
    [3, () => hostileJson(random, 1)],
    [1, () => (said([random.pick(ANNOTATION_TYPES)]), random.pick(ANNOTATED_JSON))],
    [8, () => honestScalar(random, said)],
    [depth > 0 ? 4 : 0, () => random.list(random.below(4), (index) => inner(String(index)))],
    [
      depth > 0 ? 4 : 0,
      () =>
        record(
          random
            .list(random.below(4), () => hostileName(random))
            .filter((name, index, names) => names.indexOf(name) === index)
            .map((name) => [name, inner(name)] as const),
        ),
    ],
    [depth > 0 ? 3 : 0, () => container(random, { said, depth })],
  ]);
}

/** Maps and sets have annotations of their own inside. */
function container(random: Random, { said, depth }: { said: (annotation: unknown) => void; depth: number }): unknown {
  const inside: [string, unknown][] = [];
  const isMap = random.oneIn(2);
  const entry = (path: readonly string[]): unknown => place(random, { path, values: inside, depth: depth - 1 });
  const json = random.list(random.below(4), (index) =>
    isMap ? [entry([String(index), "0"]), entry([String(index), "1"])] : entry([String(index)]),
  );
  said(inside.length === 0 ? [isMap ? "map" : "set"] : [isMap ? "map" : "set", record(inside)]);
  return json;
}

function honestScalar(random: Random, said: (annotation: unknown) => void): unknown {
  const [type, json] = random.pick<readonly [unknown, unknown]>([
    ["undefined", null],
    ["number", random.pick(["NaN", "-0", "Infinity", "-Infinity"])],
    ["bigint", String(random.pick(EDGE_NUMBERS.filter(Number.isInteger)))],
    ["Date", new Date(random.below(2 ** 32)).toISOString()],
    ["URL", "https://example.org/"],
    [
      ["custom", "bytes"],
      [random.below(3), random.pick(["Uint8Array", "Float64Array", "ArrayBuffer", "DataView"])],
    ],
    [
      ["custom", "ref"],
      [0, random.between(1, 6), random.pick(["function", "object", "writable"])],
    ],
    [
      ["custom", "stream"],
      [random.between(1, 6), random.pick(["iterable", "readable", "signal"])],
    ],
    [["custom", "error"], { name: "Error", message: "m" }],
    [["custom", "money"], 250],
  ]);
  said([type]);
  return json;
}

/** The path as a sender writes it, or nearly. */
function pathText(path: readonly string[], random: Random): string {
  const text = joinPath(path);
  if (!random.oneIn(25)) return text;
  return random.pick([`${text}.`, `.${text}`, `${text}.0`, `${text}\\`, text.replace("0", "00"), `${text}.__proto__`]);
}

function equalities(random: Random): unknown {
  return record(random.list(4, () => [hostileName(random), [hostileName(random), "constructor.prototype", "then"]]));
}

/**
 * What is dear to check: many, long or deep, near the limits and beyond. Of names and annotations there are fewer than a
 * frame may hold: each costs a microsecond or two, parsing included, so a whole frame of them takes longer than an input
 * may here, and would hide what takes longer than it should.
 */
function large(random: Random): unknown {
  const count = random.pick([1000, 10_000, 99_999, 100_001]);
  const few = Math.min(count, 20_000);
  return random.weighted<unknown>([
    [2, () => ({ json: random.list(count, (index) => index) })],
    [2, () => ({ json: random.list(few, () => random.pick(HOSTILE_NAMES)), meta: { values: ["set"], v: 1 } })],
    [
      2,
      () => ({ json: random.list(Math.min(count, 9000), (index) => index * 2 ** 32), meta: { values: ["set"], v: 1 } }),
    ],
    [2, () => ({ json: record(random.list(few, (index) => [`k${index}`, index])) })],
    [1, () => ({ json: "x".repeat(count * 10) })],
    [1, () => ({ json: record([["k".repeat(count * 10), 1]]) })],
    [2, () => manyAnnotations(Math.min(count, 10_000))],
    [1, () => ({ json: deep(random.pick([63, 64, 65, 200])), meta: { v: 1 } })],
    [1, () => ({ json: [], meta: { values: deepSets(random.pick([31, 32, 33])), v: 1 } })],
    [1, () => ({ json: random.list(few, () => "9".repeat(60)), meta: { v: 1 } })],
  ]);
}

function manyAnnotations(count: number): unknown {
  const json = Array.from({ length: count }, () => null);
  return { json, meta: { values: record(json.map((_, index) => [String(index), ["undefined"]])), v: 1 } };
}

function deep(levels: number): unknown {
  let value: unknown = null;
  for (let level = 0; level < levels; level++) value = [value];
  return value;
}

function deepSets(levels: number): unknown {
  let node: unknown = ["set"];
  for (let level = 1; level < levels; level++) node = ["set", { 0: node }];
  return node;
}

function sizeOf(value: unknown): number {
  if (typeof value === "string") return value.length;
  if (typeof value !== "object" || value === null) return 1;
  return Object.values(value).reduce<number>((sum, each) => sum + sizeOf(each), 1);
}
