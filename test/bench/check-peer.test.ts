import { describe, expect, test } from "vitest";
import { checkPeer } from "../../bench/check-peer.mjs";
import type { BenchClient } from "../../bench/peers/peer.js";
import { moment, record } from "../../bench/samples.mjs";

const right: BenchClient = {
  add: async (a, b) => a + b,
  echoRecord: async () => record(moment),
  echoBytes: async (bytes) => bytes.slice(),
  async stream(count, onItem) {
    for (let index = 0; index < count; index += 1) onItem({ index });
  },
  async callBack(count, onCall) {
    for (let index = 0; index < count; index += 1) onCall(index);
  },
  makeReferences: async (count) => Array.from({ length: count }, () => ({ add: async (a, b) => a + b })),
  close: async () => undefined,
};

describe("the check of a peer", () => {
  test.each<[string, BenchClient]>([
    ["does all of it", right],
    ["does no more than it says", { isEcho: true, add: async (a) => a, close: right.close }],
    [
      "says that it loses Dates",
      { ...right, losesDates: true, echoRecord: async () => record(moment.toISOString()) as never },
    ],
  ])("passes one that %s", async (_title, client) => {
    await expect(checkPeer(client)).resolves.toBeUndefined();
  });

  test.each<[string, Partial<BenchClient>, string]>([
    ["adds wrongly", { add: async () => 6 }, "add(2, 3) gave 6"],
    ["echoes where it says it adds", { add: async (a) => a }, "add(2, 3) gave 2"],
    [
      "changes a byte",
      { echoBytes: async (bytes) => bytes.map((byte, index) => (index === 99 ? byte ^ 1 : byte)) },
      "1 MiB",
    ],
    ["loses bytes", { echoBytes: async (bytes) => bytes.subarray(1) }, "1 MiB came back changed"],
    ["loses a Date", { echoRecord: async () => record(moment.toISOString()) as never }, "the record came back changed"],
    [
      "mixes up items",
      {
        async stream(_count, onItem) {
          onItem({ index: 0 });
          onItem({ index: 2 });
        },
      },
      "item 2 came in place of 1",
    ],
    ["loses items", { async stream() {} }, "0 of 1000 items came"],
    [
      "calls back too seldom",
      {
        async callBack(_count, onCall) {
          onCall(0);
        },
      },
      "1 of 200 calls came",
    ],
    [
      "adds wrongly by reference",
      { makeReferences: async () => [{ add: async () => 5 }, { add: async () => 5 }] },
      "a reference adds wrongly",
    ],
  ])("refuses one that %s", async (_title, part, message) => {
    await expect(checkPeer({ ...right, ...part })).rejects.toThrow(message);
  });
});
