import { toStandardJsonSchema } from "@valibot/to-json-schema";
import { type } from "arktype";
import * as v from "valibot";
import { describe, expect, test, vi } from "vitest";
import { z } from "zod";
import {
  describeMember,
  detailed,
  type ExposureTable,
  type Member,
  PLAIN_DECLARATION,
  shapesOf,
} from "../../src/objects/member.js";
import { memberDetails } from "../../src/objects/member-details.js";
import type { StandardSchema } from "../../src/objects/standard-schema.js";

const label = v.object({ item: v.string() });
const convertible = { "~standard": { ...label["~standard"], ...toStandardJsonSchema(label)["~standard"] } };

/** A schema whose library says this of it. */
function schemaWith(standard: object): StandardSchema<unknown> {
  const validate = (value: unknown) => ({ value });
  return { "~standard": { version: 1, vendor: "own", validate, ...standard } as StandardSchema<unknown>["~standard"] };
}
const converting = (input: unknown): StandardSchema<unknown> => schemaWith({ jsonSchema: { input } });

/** A schema whose text has so many characters. */
const ofLength = (length: number) => converting(() => ({ d: "x".repeat(length - '{"d":""}'.length) }));

const member = (
  name: string,
  declared: { isIdempotent?: boolean; input?: readonly StandardSchema<unknown>[] },
): Member => {
  const declaration = { ...PLAIN_DECLARATION, ...declared };
  const { isIdempotent, input } = declaration;
  return { name, kind: "method", isIdempotent, input, details: memberDetails(declaration) };
};
const tableOf = (...members: Member[]): ExposureTable => new Map(members.map((one) => [one.name, one]));

const allDetailed = (table: ExposureTable) => detailed(shapesOf(table), table);

/** What is told of the parameters of a member that has these schemas. */
function parametersOf(...input: readonly StandardSchema<unknown>[]) {
  const [[, , details] = []] = allDetailed(tableOf(member("m", { input })));
  return details?.input;
}

describe("the details of a member", () => {
  test("are what is not the default, and nothing where there is no such thing", () => {
    const members = [
      member("c", {}),
      member("b", { isIdempotent: true }),
      member("a", { input: [] }),
      member("d", { isIdempotent: true, input: [schemaWith({})] }),
    ];
    expect(allDetailed(tableOf(...members))).toEqual([
      ["a", "method", { input: [] }],
      ["b", "method", { idempotent: 1 }],
      ["c", "method"],
      ["d", "method", { idempotent: 1, input: [["own"]] }],
    ]);
  });

  test("say of a schema that nests deeper than 256 that it is too large", () => {
    const nested = (depth: number): unknown => (depth === 1 ? {} : { d: nested(depth - 1) });
    const parameters = parametersOf(
      converting(() => nested(256)),
      converting(() => nested(257)),
    );
    expect(parameters?.map(([, schema]) => typeof schema)).toEqual(["string", "number"]);
  });

  test("are none of an accessor, whatever was declared of the method that it overrides", () => {
    const declaration = { ...PLAIN_DECLARATION, isIdempotent: true };
    const details = memberDetails(declaration);
    const accessor = describeMember("m", { get: () => 1 }, { ...declaration, details });
    const method = describeMember("n", { value: () => 1 }, { ...declaration, details });
    expect(allDetailed(tableOf(accessor!, method!))).toEqual([
      ["m", "get"],
      ["n", "method", { idempotent: 1 }],
    ]);
  });

  test.each([
    ["zod", z.object({ item: z.string() })],
    ["arktype", type({ item: "string" })],
    ["valibot", convertible],
  ])("tells the JSON Schema of %s", (vendor, schema) => {
    const [parameter] = parametersOf(schema) ?? [];
    expect(parameter?.[0]).toBe(vendor);
    expect(JSON.parse(String(parameter?.[1]))).toMatchObject({
      type: "object",
      properties: { item: { type: "string" } },
      required: ["item"],
    });
  });

  test("tells what may be sent where a schema transforms it", () => {
    const [parameter] = parametersOf(z.string().transform(Number).pipe(z.number())) ?? [];
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
    expect(parametersOf(schema)).toEqual([[vendor]]);
  });

  test("tells nothing but that there is one of a schema whose library throws for everything", () => {
    const hostile = new Proxy({} as StandardSchema<unknown>, {
      get: () => {
        throw new Error("no");
      },
    });
    expect(parametersOf(hostile)).toEqual([[""]]);
  });

  test("cuts a vendor after 64 characters", () => {
    expect(parametersOf(schemaWith({ vendor: "v".repeat(65) }))).toEqual([["v".repeat(64)]]);
  });

  test("says of a schema above 65 536 characters that it is too large", () => {
    const parameters = parametersOf(ofLength(65_536), ofLength(65_537)) ?? [];
    expect(String(parameters[0]?.[1])).toHaveLength(65_536);
    expect(parameters[1]).toEqual(["own", 1]);
  });

  test("converts when it is first asked, and once", () => {
    const input = vi.fn(() => ({ type: "string" }));
    const table = tableOf(member("m", { input: [converting(input)] }));
    expect(input).not.toHaveBeenCalled();
    expect(allDetailed(table)).toEqual(allDetailed(table));
    expect(input).toHaveBeenCalledExactlyOnceWith({ target: "draft-2020-12" });
  });

  test("hold schemas of 262 144 characters for one table, and none of them when there is one more", () => {
    const quarter = ofLength(65_536);
    const lengths = (rest: StandardSchema<unknown>) =>
      allDetailed(
        tableOf(member("a", { input: [quarter, label, quarter] }), member("b", { input: [quarter, rest] })),
      ).map(([, , details]) =>
        details?.input?.map(([, schema]) => (typeof schema === "string" ? schema.length : schema)),
      );
    expect(lengths(quarter)).toEqual([
      [65_536, undefined, 65_536],
      [65_536, 65_536],
    ]);
    const two = schemaWith({ jsonSchema: { input: () => ({}) } });
    expect(lengths(two)).toEqual([
      [65_536, undefined, 65_536],
      [65_536, 2],
    ]);
    const members = tableOf(
      member("a", { input: [quarter, label, quarter] }),
      member("b", { input: [quarter, quarter, two] }),
    );
    expect(allDetailed(members)).toEqual([
      ["a", "method", { input: [["own", 1], ["valibot"], ["own", 1]] }],
      [
        "b",
        "method",
        {
          input: [
            ["own", 1],
            ["own", 1],
            ["own", 1],
          ],
        },
      ],
    ]);
  });
});
