import { describe, expect, it } from "vitest";
import type { Introduced } from "../../src/session/introducing-payload.js";
import { ToldShapes } from "../../src/session/told-shapes.js";
import type { MemberShape } from "../../src/wire/message.js";
import { Exposed, link } from "./support/linked-conversations.js";

const nothing = (): void => undefined;
const listOf = (name: string): readonly MemberShape[] => [[name, "method"]];

/** So many lists are given room; returns why the last one has none. */
function admitting(shapes: ToldShapes, count: number, { from = 0, isRelayed = false } = {}) {
  let refusal;
  for (let index = from; index < from + count; index++) refusal = shapes.admit(listOf(`m${index}`), isRelayed);
  return refusal;
}

describe("the lists of members that a session tells", () => {
  it("have one number each, also when they are only equal", () => {
    const shapes = new ToldShapes();
    expect(shapes.leaf(listOf("a"), nothing)).toEqual([1, [["a", "method"]]]);
    expect(shapes.leaf(listOf("b"), nothing)).toEqual([2, [["b", "method"]]]);
    expect(shapes.leaf(listOf("a"), nothing)).toEqual([1]);
  });

  it("are told again when the message that told them never left", () => {
    const shapes = new ToldShapes();
    const introduced: Introduced[] = [];
    shapes.leaf(listOf("a"), (one) => void introduced.push(one));
    introduced[0]?.withdraw();
    expect(shapes.leaf(listOf("a"), nothing)).toEqual([1, [["a", "method"]]]);
  });

  it("give no number twice when an earlier one was withdrawn", () => {
    const shapes = new ToldShapes();
    const introduced: Introduced[] = [];
    shapes.leaf(listOf("a"), (one) => void introduced.push(one));
    shapes.leaf(listOf("b"), nothing);
    introduced[0]?.withdraw();
    expect(shapes.leaf(listOf("c"), nothing)[0]).toBe(3);
  });

  it("are 4096 and no more, and those that have room keep it", () => {
    const shapes = new ToldShapes();
    expect(admitting(shapes, 4096)).toBeUndefined();
    expect(admitting(shapes, 1, { from: 4096 })).toMatchObject({ code: "HW_LIMIT", limit: "shapes", allowed: 4096 });
    expect(admitting(shapes, 1)).toBeUndefined();
    expect(shapes.leaf(listOf("m7"), nothing)).toEqual([1, [["m7", "method"]]]);
    expect(() => shapes.leaf(listOf("new"), nothing)).toThrow("4096 different lists of members");
  });

  it("are a quarter of that for what other peers gave", () => {
    const shapes = new ToldShapes();
    expect(admitting(shapes, 1024, { isRelayed: true })).toBeUndefined();
    const refusal = admitting(shapes, 1, { from: 1024, isRelayed: true });
    expect(refusal).toMatchObject({ code: "HW_LIMIT", limit: "shapes", allowed: 1024, delivery: "not-sent" });
    expect(refusal?.message).not.toContain("release");
    expect(admitting(shapes, 3072, { from: 1024 })).toBeUndefined();
    expect(admitting(shapes, 1, { from: 4000, isRelayed: true })).toBeUndefined();
  });

  it("have names of some 4 million characters together, a quarter of that of what other peers gave", () => {
    const shapes = new ToldShapes();
    const large = (index: number): readonly MemberShape[] =>
      Array.from({ length: 1024 }, (_, member) => [`${index}.${member}`.padEnd(224, "n"), "method"]);
    const refusals = Array.from({ length: 5 }, (_, index) => shapes.admit(large(index), true)?.limit);
    expect(refusals).toEqual([undefined, undefined, undefined, undefined, "shapeUnits"]);
    const own = Array.from({ length: 13 }, (_, index) => shapes.admit(large(100 + index), false)?.limit);
    expect(own).toEqual([...Array.from({ length: 12 }, () => undefined), "shapeUnits"]);
  });

  it.each([
    [1024, undefined],
    [1025, { limit: "members", allowed: 1024 }],
  ])("may have %i members: %j refuses it", (length, refusal) => {
    const members = Array.from({ length }, (_, index): MemberShape => [`m${index}`, "method"]);
    const refused = new ToldShapes().admit(members, false);
    if (refusal === undefined) expect(refused).toBeUndefined();
    else expect(refused).toMatchObject(refusal);
  });

  it("are refused where the object is sent, before anything has a number", async () => {
    const { client, server } = link();
    server.handler.objects["shop"] = { take: () => undefined };
    client.handler.members = (value) =>
      Array.from({ length: value instanceof Large ? 1025 : 1 }, (_, index) => [`m${index}`, "method"]);
    expect(() => client.ask("shop", "take", [new Small(), new Large()])).toThrow(
      expect.objectContaining({ code: "HW_LIMIT", limit: "members" }),
    );
    expect(client.conversation.statistics.references).toBe(0);
    await client.ask("shop", "take", [new Small()]).result;
    expect(client.saidOf("call")[0]?.[4]).toMatchObject({ json: [[0, 1, "object", [1, [["m0", "method"]]]]] });
  });
});

class Small extends Exposed {}
class Large extends Exposed {}
