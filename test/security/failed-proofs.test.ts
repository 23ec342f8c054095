import { describe, expect, it } from "vitest";
import { Key } from "../../src/auth/key.js";
import { MAX_FAILED_PROOFS, PROOF_DELAY_MS } from "../../src/daemon/failed-proofs.js";
import type { PeerFacts } from "../../src/daemon/peer-facts.js";
import { Bench, type RawPeer } from "../daemon/raw-peer.js";

const STRANGER = { remoteAddress: "2001:db8::66" };
/** Of the same household. */
const NEIGHBOUR = { remoteAddress: "2001:db8::7:8:9:a" };

/** One wrong proof: with other bytes under a known key id, or under an id that nobody has. */
async function guess(bench: Bench, facts: PeerFacts, id = "ann"): Promise<RawPeer> {
  const peer = bench.peer(facts);
  peer.transport.send(bench.handshake({ credential: { method: 1, key: Key.generate({ id }) } }).hello);
  return peer;
}

async function guessTooOften(bench: Bench, facts: PeerFacts): Promise<void> {
  for (let count = 0; count < MAX_FAILED_PROOFS; count++) {
    const peer = await guess(bench, facts, count % 2 === 0 ? "ann" : "nobody");
    expect(await peer.heard.closed_).toMatchObject({ code: 4401, reason: "" });
  }
}

/** Until what was sent has come. */
const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

/** Whether a right HELLO is answered while the clock stands still. */
async function isAnsweredAtOnce(bench: Bench, facts: PeerFacts): Promise<boolean> {
  const peer = bench.peer(facts);
  peer.transport.send(bench.handshake().hello);
  await turn();
  return peer.heard.frames.length === 1;
}

describe("an address that has failed 20 proofs within a minute", () => {
  it("S16: waits 2 s for the answer to its next one, and gets the same one then", async () => {
    const bench = new Bench();
    await guessTooOften(bench, STRANGER);
    const peer = await guess(bench, STRANGER);
    await turn();
    await bench.clock.advance(PROOF_DELAY_MS - 1);
    expect(bench.refusals).toHaveLength(MAX_FAILED_PROOFS);
    await bench.clock.advance(1);
    expect(await peer.heard.closed_).toMatchObject({ code: 4401, reason: "" });
    expect(bench.refusals).toHaveLength(MAX_FAILED_PROOFS + 1);
  });

  it("S16: still lets its neighbours in, later", async () => {
    const bench = new Bench();
    await guessTooOften(bench, STRANGER);
    const friend = bench.peer(NEIGHBOUR);
    const greeted = friend.greet(bench.handshake());
    await turn();
    expect(friend.heard.frames).toEqual([]);
    await bench.clock.advance(PROOF_DELAY_MS);
    await greeted;
    expect(friend.heard.frames).toHaveLength(1);
  });

  it("S16: slows nobody else down", async () => {
    const bench = new Bench();
    await guessTooOften(bench, STRANGER);
    expect(await isAnsweredAtOnce(bench, { remoteAddress: "2001:db8:0:1::66" })).toBe(true);
    expect(await isAnsweredAtOnce(bench, NEIGHBOUR)).toBe(false);
  });

  it("S16: is not slowed down on loopback or behind a trusted proxy, where others share it", async () => {
    const bench = new Bench();
    const shared = { remoteAddress: "127.0.0.1", isLoopback: true };
    await guessTooOften(bench, shared);
    expect(await isAnsweredAtOnce(bench, shared)).toBe(true);
  });

  it("S16: does not count what proved itself and was refused for another reason", async () => {
    const bench = new Bench();
    for (let count = 0; count < MAX_FAILED_PROOFS; count++) {
      const peer = bench.peer(STRANGER);
      peer.transport.send(bench.handshake({ audience: "wss://elsewhere.example" }).hello);
      await peer.heard.closed_;
    }
    expect(await isAnsweredAtOnce(bench, STRANGER)).toBe(true);
  });

  it("S16: that leaves while it waits is forgotten", async () => {
    const bench = new Bench();
    await guessTooOften(bench, STRANGER);
    const peer = await guess(bench, STRANGER);
    await turn();
    peer.transport.destroy();
    await turn();
    const told = bench.refusals.length;
    await bench.clock.advance(PROOF_DELAY_MS);
    expect(bench.refusals).toHaveLength(told);
  });
});
