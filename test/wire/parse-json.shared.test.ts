import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { ProtocolError } from "../../src/errors/hearthwire-error.js";
import { decodeBody, frameBody } from "../../src/wire/body.js";
import { bodyOf } from "../../src/wire/frame.js";
import { parseJson } from "../../src/wire/parse-json.js";

/** Entries show the order of properties, and what each name is, whatever an engine's comparison of objects does. */
function entriesOf(json: unknown): unknown {
  if (typeof json !== "object" || json === null) return json;
  if (Array.isArray(json)) return json.map(entriesOf);
  return { entries: Object.entries(json).map(([name, value]) => [name, entriesOf(value)]) };
}

const name = fc.oneof(
  fc.constantFrom(
    "",
    "\\",
    "\\\\",
    "\\.",
    ".",
    "\n",
    '"',
    "\\n",
    "\u0001",
    "0",
    "__proto__",
    "\ud800",
    "\ud8000",
    "a:b",
  ),
  fc.string({ maxLength: 3 }),
  fc.string({ unit: fc.integer({ min: 0, max: 0xffff }).map((unit) => String.fromCharCode(unit)), maxLength: 3 }),
);
const json = fc.letrec<{ json: unknown }>((tie) => ({
  json: fc.oneof(
    { depthSize: "small", withCrossShrink: true },
    fc.oneof(fc.constantFrom(0, null, true), name),
    fc.array(tie("json"), { maxLength: 4 }),
    fc.array(fc.tuple(name, tie("json")), { maxLength: 4 }).map((entries) => Object.fromEntries(entries)),
  ),
})).json;

describe("parseJson", () => {
  test("reads every name as it is written, also one that the engine takes for another", () => {
    for (const [poison, written, meant] of [
      [String.raw`\\`, String.raw`\u0001`, "\u0001"],
      [String.raw`\\`, String.raw`\"`, '"'],
      [String.raw`\\n`, String.raw`\na`, "\na"],
      [String.raw`a\\`, String.raw`a\n`, "a\n"],
      [String.raw`\\\\`, String.raw`\\.`, "\\."],
      [String.raw`\\`, String.raw`\ud800`, "\ud800"],
    ] as const) {
      parseJson(`{"h":[],"${poison}":0}`);
      expect(Object.keys(parseJson(`{"h":1,"${written}":2}`) as object)).toEqual(["h", meant]);
    }
  });

  test("gives back what JSON.stringify was given, in its order", () => {
    fc.assert(
      fc.property(json, fc.constantFrom(undefined, 2, "\t"), (value, indent) => {
        expect(entriesOf(parseJson(JSON.stringify(value, null, indent)))).toEqual(entriesOf(value));
      }),
      { numRuns: 2_000 },
    );
  });

  test.each([
    [
      "the last of two names that are the same stays",
      String.raw`{"a":1,"b":2,"\u0061":3}`,
      [
        ["a", 3],
        ["b", 2],
      ],
    ],
    [
      "whichever is written with an escape",
      String.raw`{"\u0030":1,"b":2,"0":3}`,
      [
        ["0", 3],
        ["b", 2],
      ],
    ],
    [
      "and when both are",
      String.raw`{"\n":1,"b":2,"\u000a":3}`,
      [
        ["\n", 3],
        ["b", 2],
      ],
    ],
    [
      "__proto__ is a property",
      String.raw`{"\n":{},"__proto__":1,"x":{"__proto\u005f_":{}}}`,
      [
        ["\n", { entries: [] }],
        ["__proto__", 1],
        ["x", { entries: [["__proto__", { entries: [] }]] }],
      ],
    ],
    ["spaces may stand before the colon", '{"\\\\" \t\r\n : 1}', [["\\", 1]]],
    [
      "strings that are no names stay as they are",
      String.raw`{"a":"\n","b":["\"",":\\"],"\"c":":"}`,
      [
        ["a", "\n"],
        ["b", ['"', ":\\"]],
        ['"c', ":"],
      ],
    ],
  ] as const)("%s", (_rule, text, entries) => {
    expect(entriesOf(parseJson(text))).toEqual({ entries });
  });

  test.each([String.raw`"\n"`, String.raw`"\"x"`, String.raw`"\\"`, '"\\n" \t\r\n '])(
    "reads no more names such as %s than a frame may hold values",
    (name) => {
      const object = (names: number): string => `{${Array(names).fill(`${name}:0`).join()}}`;
      expect(Object.values(parseJson(object(100_000)) as object)).toEqual([0]);
      expect(() => parseJson(object(100_001))).toThrow(ProtocolError);
    },
  );

  test("is what reads the head of a frame", () => {
    const read = (names: string): unknown => {
      const [message] = decodeBody(bodyOf(frameBody(`[["item",1,{"json":{"h":1,${names}}}]]`, []))).messages;
      return Object.keys((message as [string, number, { json: object }])[2].json);
    };
    expect(read(String.raw`"\\":0`)).toEqual(["h", "\\"]);
    expect(read(String.raw`"\n":0`)).toEqual(["h", "\n"]);
    expect(() =>
      read(
        Array(100_001)
          .fill(String.raw`"\n":0`)
          .join(),
      ),
    ).toThrow("at most 100000 names");
  });

  test.each([
    String.raw`{"a"\u003a":x"}`,
    String.raw`{"\x":1}`,
    String.raw`{"\n":1`,
    String.raw`{"\n`,
    "\\",
    '"\\',
    String.raw`\":`,
    '{"\\n":1,"\n":2}',
    "",
  ])("refuses %j, which is no JSON", (text) => {
    expect(() => parseJson(text)).toThrow(SyntaxError);
  });
});
