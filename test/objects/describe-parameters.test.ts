import { toStandardJsonSchema } from "@valibot/to-json-schema";
import { type } from "arktype";
import * as v from "valibot";
import { describe, expect, test, vi } from "vitest";
import { z } from "zod";
import { describeParameters } from "../../src/objects/describe-parameters.js";
import type { StandardSchema } from "../../src/objects/standard-schema.js";

const label = v.object({ item: v.string() });
const convertible = { "~standard": { ...label["~standard"], ...toStandardJsonSchema(label)["~standard"] } };

/** A schema whose library says this of it. */
function schemaWith(standard: object): StandardSchema<unknown> {
  const validate = (value: unknown) => ({ value });
  return { "~standard": { version: 1, vendor: "own", validate, ...standard } as StandardSchema<unknown>["~standard"] };
}
const converting = (input: unknown): StandardSchema<unknown> => schemaWith({ jsonSchema: { input } });

describe("describeParameters", () => {
  test("has nothing to tell of a member without schemas", () => {
    expect(describeParameters(undefined)).toBeUndefined();
    expect(describeParameters([])?.()).toEqual([]);
  });

  test.each([
    ["zod", z.object({ item: z.string() })],
    ["arktype", type({ item: "string" })],
    ["valibot", convertible],
  ])("tells the JSON Schema of %s", (vendor, schema) => {
    const [parameter] = describeParameters([schema])?.() ?? [];
    expect(parameter?.[0]).toBe(vendor);
    expect(JSON.parse(String(parameter?.[1]))).toMatchObject({
      type: "object",
      properties: { item: { type: "string" } },
      required: ["item"],
    });
  });

  test("tells what may be sent where a schema transforms it", () => {
    const [parameter] = describeParameters([z.string().transform(Number).pipe(z.number())])?.() ?? [];
    expect(JSON.parse(String(parameter?.[1]))).toMatchObject({ type: "string" });
  });

  test.each([
    ["a library without JSON Schema", label, "valibot"],
    ["a type that JSON Schema can't say", z.date(), "zod"],
    ["a converter that gives a promise", converting(async () => ({})), "own"],
    ["a converter that gives a list", converting(() => []), "own"],
    ["a converter that gives null", converting(() => null), "own"],
    ["a converter that gives a text", converting(() => "{}"), "own"],
    ["a converter that is none", converting(7), "own"],
    [
      "a ring",
      converting(() => {
        const ring: Record<string, unknown> = {};
        return (ring["ring"] = ring);
      }),
      "own",
    ],
  ] as const)("tells the vendor alone of %s", (_what, schema, vendor) => {
    expect(describeParameters([schema])?.()).toEqual([[vendor]]);
  });

  test("tells nothing but that there is one of a schema whose library throws for everything", () => {
    const hostile = new Proxy({} as StandardSchema<unknown>, {
      get: () => {
        throw new Error("no");
      },
    });
    expect(describeParameters([hostile])?.()).toEqual([[""]]);
  });

  test("cuts a vendor after 64 characters", () => {
    expect(describeParameters([schemaWith({ vendor: "v".repeat(65) })])?.()).toEqual([["v".repeat(64)]]);
  });

  test("says of a schema above 65 536 characters that it is too large", () => {
    const ofLength = (length: number) => converting(() => ({ d: "x".repeat(length - '{"d":""}'.length) }));
    const parameters = describeParameters([ofLength(65_536), ofLength(65_537)])?.() ?? [];
    expect(String(parameters[0]?.[1])).toHaveLength(65_536);
    expect(parameters[1]).toEqual(["own", 1]);
  });

  test("converts when it is first asked, and once", () => {
    const input = vi.fn(() => ({ type: "string" }));
    const parameters = describeParameters([converting(input)]);
    expect(input).not.toHaveBeenCalled();
    expect(parameters?.()).toBe(parameters?.());
    expect(input).toHaveBeenCalledExactlyOnceWith({ target: "draft-2020-12" });
  });
});
