import { readFileSync } from "node:fs";
import { afterEach, describe, expect, test } from "vitest";
import { jsonSerializer } from "../../src/serializers/json-serializer.js";
import { PayloadError } from "../../src/serializers/payload.js";
import { superjsonSerializer } from "../../src/serializers/superjson-serializer.js";
import { admitted, arrived } from "./bodies.js";

const vectors = new URL("../vectors/", import.meta.url);
const read = (file: string): unknown => JSON.parse(readFileSync(new URL(file, vectors), "utf8"));
const superjson = superjsonSerializer();
const json = jsonSerializer();

afterEach(() => {
  // oxlint-disable-next-line vitest/no-standalone-expect
  expect(Object.keys(Object.prototype)).toEqual([]);
});

describe("JSONTestSuite, as the content of a payload", () => {
  // What the codec does with a head: fatal UTF-8, no BOM.
  const utf8 = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });
  const suite = Object.entries(read("json-test-suite.json") as Record<string, string>).map(
    ([name, base64]) => [name, Buffer.from(base64, "base64")] as const,
  );
  suite.push(["n_structure_100000_opening_arrays", Buffer.from("[".repeat(100_000))]);
  suite.push(["n_structure_open_array_object", Buffer.from(`${'[{"":'.repeat(50_000)}\n`)]);
  const admittedText = (bytes: Uint8Array): unknown =>
    admitted(superjson, { json: JSON.parse(utf8.decode(bytes)) as unknown });
  const named = (kind: string): typeof suite => suite.filter(([name]) => name.startsWith(kind));

  test("has all its files", () => {
    expect([named("y_").length, named("n_").length, named("i_").length]).toEqual([95, 188, 35]);
  });

  test.each(named("y_"))("accepts %s", (_, bytes) => {
    expect(admittedText(bytes)).toStrictEqual(JSON.parse(bytes.toString("utf8")));
  });

  test.each(named("n_"))("refuses %s", (_, bytes) => {
    expect(() => admittedText(bytes)).toThrow(Error);
  });

  test.each(named("i_"))("takes or refuses %s, and never more than finite numbers", (_, bytes) => {
    let value: unknown;
    try {
      value = admittedText(bytes);
    } catch (error) {
      expect([SyntaxError, TypeError, PayloadError]).toContain((error as Error).constructor);
      return;
    }
    expect(arrived(superjson, value)).toStrictEqual(value);
  });
});

describe("the Big List of Naughty Strings", () => {
  const strings = read("naughty-strings.json") as readonly string[];

  test("has all its strings", () => {
    expect(strings.length).toBe(515);
  });

  test.each([
    ["superjson", superjson],
    ["json", json],
  ])("crosses exactly as values, %s", (_, serializer) => {
    expect(arrived(serializer, strings)).toStrictEqual(strings);
  });

  test("crosses exactly as keys, in objects, maps and paths", () => {
    for (const string of strings) {
      if (["__proto__", "constructor", "prototype"].includes(string)) continue;
      const value = { [string]: { [string]: new Date(0) }, map: new Map([[string, new Set([string, 1n])]]) };
      expect(arrived(superjson, value)).toStrictEqual(value);
    }
  });
});
