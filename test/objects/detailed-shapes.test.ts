import { describe, expect, test } from "vitest";
import { detailedShapesOf } from "../../src/objects/detailed-shapes.js";
import type { ExposureTable, Member } from "../../src/objects/member.js";
import type { ParameterLeaf } from "../../src/wire/message.js";

function table(...members: (Partial<Member> & { name: string })[]): ExposureTable {
  const all = members.map((member): Member => ({ kind: "method", isIdempotent: false, input: undefined, ...member }));
  return new Map(all.map((member) => [member.name, member]));
}
const input = (...parameters: ParameterLeaf[]) => ({ parameters: () => parameters });

describe("detailedShapesOf", () => {
  test("tells nothing of a member that is not more than its kind", () => {
    expect(detailedShapesOf(table({ name: "b" }, { name: "a", kind: "get" }))).toEqual([
      ["a", "get"],
      ["b", "method"],
    ]);
  });

  test("tells what is not the default", () => {
    const members = detailedShapesOf(
      table({ name: "a", isIdempotent: true }, { name: "b", ...input(["zod", "{}"]) }, { name: "c", ...input() }),
    );
    expect(members).toEqual([
      ["a", "method", { idempotent: 1 }],
      ["b", "method", { input: [["zod", "{}"]] }],
      ["c", "method", { input: [] }],
    ]);
  });

  test("gives the same list for a table each time", () => {
    const one = table({ name: "a" });
    expect(detailedShapesOf(one)).toBe(detailedShapesOf(one));
  });

  test("tells schemas of 262 144 characters together, and none of them when there is one more", () => {
    const half = "x".repeat(131_072);
    const members = (second: string) =>
      detailedShapesOf(
        table({ name: "a", ...input(["zod", half], ["own"]) }, { name: "b", ...input(["zod", second]) }),
      );
    expect(members(half)).toEqual([
      ["a", "method", { input: [["zod", half], ["own"]] }],
      ["b", "method", { input: [["zod", half]] }],
    ]);
    expect(members(`${half}x`)).toEqual([
      ["a", "method", { input: [["zod", 1], ["own"]] }],
      ["b", "method", { input: [["zod", 1]] }],
    ]);
  });
});
