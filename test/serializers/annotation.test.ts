import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { joinPath, splitPath } from "../../src/serializers/annotation.js";

describe("paths", () => {
  test.each([
    ["a", ["a"]],
    ["", [""]],
    [".", ["", ""]],
    ["a.b", ["a", "b"]],
    ["a\\.b", ["a.b"]],
    ["a\\\\.b", ["a\\", "b"]],
    ["a\\\\\\.b", ["a\\.b"]],
  ])("%s splits into %o, and these join to it", (path, segments) => {
    expect(splitPath(path)).toEqual(segments);
    expect(joinPath(segments)).toBe(path);
  });

  test.each(["\\", "a\\", "\\a", "a\\\\\\", "\\n.b"])("%s has an escape that is none", (path) => {
    expect(splitPath(path)).toBeUndefined();
  });

  test("split into what was joined", () => {
    const segment = fc.string({ unit: fc.constantFrom("a", ".", "\\", "𝄞") });
    fc.assert(
      fc.property(fc.array(segment, { minLength: 1 }), (segments) => {
        expect(splitPath(joinPath(segments))).toEqual(segments);
      }),
    );
  });
});
