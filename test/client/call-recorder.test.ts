import { describe, expect, test } from "vitest";
import { recordCalls } from "../../src/client/call-recorder.js";

type Line = { readonly total: unknown; add(count: number): unknown };

describe("a recorder whose object's members are not known", () => {
  test("says of an accessor, and of a method that was not called, that it can't be recorded", () => {
    const record = (line: Line): readonly unknown[] => [line.add(1), line.total];
    expect(() => recordCalls(record as never, undefined)).toThrow(
      '"record" must return the 1 calls that it recorded, in their order, got 2 values, of which [1] is a function: ' +
        "an accessor, or a member that was not called, can't be recorded; call it",
    );
  });

  test("takes calls of whatever name", () => {
    const record = (line: Line): readonly unknown[] => [line.add(1), line.add(2)];
    expect(recordCalls(record as never, undefined)).toEqual([
      { kind: "call", member: "add", args: [1] },
      { kind: "call", member: "add", args: [2] },
    ]);
  });
});
