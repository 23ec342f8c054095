import { describe, expect, test } from "vitest";
import { chosenPoints } from "../../bench/growth.mjs";
import { turnsOf } from "../../bench/rounds.mjs";

const peers = ["raw-ws", "hearthwire", "capnweb"];
const order = (round: number) => turnsOf({ works: ["stream"], peers, isShared: false }, round).map(({ peer }) => peer);

describe("a round", () => {
  test("has another peer go first than the one before", () => {
    expect([order(1), order(2), order(3)]).toEqual([
      ["raw-ws", "hearthwire", "capnweb"],
      ["hearthwire", "capnweb", "raw-ws"],
      ["capnweb", "raw-ws", "hearthwire"],
    ]);
  });

  test("gives each piece of work a fresh pair, peers in turns within it", () => {
    const turns = turnsOf({ works: ["stream", "memory"], peers, isShared: false }, 1);
    expect(turns.map(({ peer, works }) => `${peer} ${works.join()}`)).toEqual(
      ["stream", "memory"].flatMap((work) => peers.map((peer) => `${peer} ${work}`)),
    );
  });

  test("of a quick run has one pair do all but what needs a fresh server", () => {
    const turns = turnsOf({ works: ["stream", "memory", "records"], peers: ["raw-ws"], isShared: true }, 1);
    expect(turns.map(({ works }) => works)).toEqual([["stream", "records"], ["memory"]]);
  });

  test("measures pages with peers that have one, in a page", () => {
    const turns = turnsOf({ works: ["page-bytes"], peers: [...peers, "trpc"], isShared: true }, 1);
    expect(turns.map(({ peer, role }) => `${peer} ${role}`)).toEqual(peers.map((peer) => `${peer} page`));
  });

  test("leaves out what says nothing of a peer, and the weight, which is no work", () => {
    const plan = { works: ["memory", "size"], peers: ["raw-ws", "comlink"], isShared: false };
    expect(turnsOf(plan, 1)).toEqual([{ peer: "raw-ws", role: "client", works: ["memory"] }]);
  });
});

test.each([
  [4, [1, 10, 100, 1000]],
  [9, [1, 10, 100, 1000]],
  [3, [1, 100, 1000]],
  [2, [1, 1000]],
  [1, [1]],
])("a curve of at most %i points keeps its ends as far as it can", (most, points) => {
  expect(chosenPoints([1, 10, 100, 1000], most)).toEqual(points);
});
