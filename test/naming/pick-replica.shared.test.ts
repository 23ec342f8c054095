import { describe, expect, it } from "vitest";
import { checkedPick, type Pick, pickReplica, Turns } from "../../src/naming/pick-replica.js";
import type { Replica } from "../../src/naming/replica.js";

function replica(address: string, load = 0): Replica {
  return { address, daemonUrl: address, objectId: "chat", load, isAway: false };
}

const [A, B, C] = [replica("ws://a/", 2), replica("ws://b/", 1), replica("ws://c/", 1)];

function picked(pick: Pick, replicas: readonly Replica[], random: number): Replica | undefined {
  return pickReplica(replicas, { pick, random: () => random, turns: new Turns(), address: "hearthwire:chat" });
}

describe("picking", () => {
  it("takes any by chance, each with the same", () => {
    expect([0, 0.34, 0.67, 0.999].map((random) => picked("random", [A, B, C], random))).toEqual([A, B, C, C]);
  });

  it("takes any of those with the least load", () => {
    expect([0, 0.49, 0.5, 0.999].map((random) => picked("least-busy", [A, B, C], random))).toEqual([B, B, C, C]);
  });

  it("takes none of none", () => {
    for (const pick of ["random", "round-robin", "least-busy"] as const) expect(picked(pick, [], 0)).toBeUndefined();
  });

  it.each(["first", "", 0, null, "Random"])("refuses %j", (pick) => {
    expect(() => checkedPick(pick)).toThrow(expect.objectContaining({ code: "HW_OPTION_INVALID" }));
  });
});

describe("Turns", () => {
  it("go by the addresses, whatever order they come in, and go on when one has gone or come", () => {
    const turns = new Turns();
    const next = (...replicas: readonly Replica[]): unknown => turns.next("hearthwire:chat", replicas);
    expect([next(C, A, B), next(B, C, A), next(A, B, C), next(A, B, C)]).toEqual([A, B, C, A]);
    expect(next(A, C)).toBe(C);
    expect(next(B)).toBe(B);
    expect(turns.next("hearthwire:other", [A, B])).toBe(A);
  });

  it("forget the address that was used longest ago, beyond a thousand", () => {
    const turns = new Turns();
    for (let count = 0; count < 1_000; count += 1) turns.next(`hearthwire:${count}`, [A, B]);
    expect(turns.next("hearthwire:0", [A, B, C])).toBe(B);
    turns.next("hearthwire:one-more", [A, B]);
    expect(turns.size).toBe(1_000);
    expect(turns.next("hearthwire:0", [A, B, C])).toBe(C);
    expect(turns.next("hearthwire:1", [A, B])).toBe(A);
  });
});
