import { describe, expect, test } from "vitest";
import { jsonSerializer } from "../../src/serializers/json-serializer.js";
import { superjsonSerializer } from "../../src/serializers/superjson-serializer.js";
import { arrived, Exposed, sent } from "./bodies.js";
import { serializers } from "./byte-serializers.js";
import { leaves, money, plain, rich } from "./values.js";

const superjson = superjsonSerializer({ types: [money], allowRegExp: true });
const json = jsonSerializer();

describe.each(serializers)("%s", (_name, make) => {
  const serializer = make({ types: [money], allowRegExp: true });

  test.each([...plain, ...leaves, ...rich])("carries %s", (_, value) => {
    expect(arrived(serializer, value)).toStrictEqual(value);
    expect(arrived(serializer, [() => 1, { value }])).toStrictEqual([expect.any(Function), { value }]);
  });
  test("carries functions, exposed objects and streams as what they stand for", () => {
    const value = { call: () => 1, object: new Exposed("shelf"), items: (async function* () {})() };
    const result = arrived(serializer, value) as typeof value;
    expect([result.call, result.object, result.items]).toEqual([value.call, value.object, value.items]);
    expect(result.call).toBe(value.call);
  });

  test("carries references in maps and sets", () => {
    const call = (): number => 1;
    const result = arrived(serializer, new Map([["all", new Set([call])]])) as ReadonlyMap<
      string,
      ReadonlySet<unknown>
    >;
    expect([...result.get("all")!]).toEqual([call]);
  });

  test("carries an object without prototype as a plain one", () => {
    expect(arrived(serializer, Object.assign(Object.create(null), { a: 1n }))).toStrictEqual({ a: 1n });
  });

  test("carries what is shared as copies", () => {
    const shared = { when: new Date(0) };
    const result = arrived(serializer, { left: shared, right: shared }) as Record<string, unknown>;
    expect(result).toStrictEqual({ left: shared, right: shared });
    expect(result["left"]).not.toBe(result["right"]);
  });
});

describe("superjson", () => {
  test.each(plain)("writes %s as JSON does", (_, value) => {
    expect(sent(superjson, value)).toStrictEqual({ json: value });
  });
});

describe("json", () => {
  test.each([...plain, ...leaves, ["undefined", undefined] as const])("carries %s", (_, value) => {
    expect(arrived(json, value)).toStrictEqual(value);
  });

  test("carries functions, exposed objects and streams as what they stand for", () => {
    const value = { call: () => 1, object: new Exposed("shelf"), items: (async function* () {})() };
    expect(arrived(json, value)).toEqual(value);
  });

  test("leaves out a property that is undefined, beside leaves as well", () => {
    expect(arrived(json, { a: undefined, b: 1 })).toStrictEqual({ b: 1 });
    expect(arrived(json, { a: undefined, b: Uint8Array.of(1) })).toStrictEqual({ b: Uint8Array.of(1) });
  });

  test("sends -0 as 0", () => {
    expect(arrived(json, [-0])).toStrictEqual([0]);
  });
});
