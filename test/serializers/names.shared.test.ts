import { describe, expect, test } from "vitest";
import { describeMember } from "../../src/client/object-description.js";
import { arrived } from "./bodies.js";
import { serializers } from "./byte-serializers.js";

/** Some engines read the name of the second for that of the first. */
const NAMES = ["\\", "\n"] as const;

describe("a name that is written with an escape", () => {
  test.each(serializers)("arrives as it is, also beside bytes, by %s", (_serializer, make) => {
    for (const name of NAMES) {
      const value = { h: 1, [name]: Uint8Array.of(1) };
      expect(Object.entries(arrived(make(), value) as object)).toEqual(Object.entries(value));
    }
  });

  test("stays as it is in a schema that a daemon tells", () => {
    for (const name of NAMES) {
      const schema = JSON.stringify({ s: 1, [name]: true });
      const { input } = describeMember(["add", "method", { input: [["zod", schema]] }]);
      expect(Object.keys(input?.[0]?.jsonSchema ?? {})).toEqual(["s", name]);
    }
  });
});
