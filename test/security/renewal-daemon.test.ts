import { afterAll, afterEach, beforeAll, expect, it } from "vitest";
import { ClientHandshake } from "../../src/auth/client-handshake.js";
import { AttackedDaemon } from "./support/attacked-daemon.js";
import type { HostilePeer } from "./support/hostile-peer.js";

let attacked: AttackedDaemon;
beforeAll(async () => void (attacked = await AttackedDaemon.start({ hasFakeClock: true })), 30_000);
afterEach(() => attacked.isUnharmed());
afterAll(() => attacked[Symbol.asyncDispose]());

async function echoed(peer: HostilePeer, id: number): Promise<unknown> {
  peer.say(["call", id, "target", "echo", { json: [id] }]);
  return (await peer.answer("ok", id))[2];
}

it("row 35: a resuming HELLO that was recorded and is replayed leaves the live channel alone", async () => {
  await using live = await attacked.peer();
  const { hello } = new ClientHandshake({
    credential: { method: 1, key: attacked.keys.eve },
    audience: new URL(attacked.url).origin,
    serializers: [1],
    maxFrameBytes: 2 * 1024 * 1024,
    resume: live.established,
  });
  for (let replay = 0; replay < 20; replay++) {
    await using recording = await attacked.peer({ until: "connected" });
    recording.transport.send(hello);
    await recording.heard.count(1);
    recording.transport.send(live.confirm);
    expect(await recording.closeCode()).toBe(4401);
    expect(recording.heard.frames).toHaveLength(1);
  }
  expect(await echoed(live, 1)).toEqual({ json: 1 });
});

it("row 35: resume by another key gives a new session, and the live channel goes on", async () => {
  await using live = await attacked.peer();
  await using thief = await attacked.peer({
    key: attacked.keys.ann,
    handshake: { resume: live.established },
    until: "greeted",
  });
  expect(thief.established.isResumed).toBe(false);
  expect(await echoed(live, 1)).toEqual({ json: 1 });
});

it(
  "row 35: a peer that moves from line to line without reading the ones it leaves gains no memory by it",
  { timeout: 60_000 },
  async () => {
    const first = await attacked.peer();
    const left: HostilePeer[] = [first];
    let calls = 0;
    for (let move = 1; move <= 15; move++) {
      const old = left.at(-1)!;
      old.stopReading();
      // Sooner it may not move.
      await attacked.advance(1_000);
      for (let call = 0; call < 2; call++) old.say(["call", ++calls, "target", "bytes", { json: [1_000_000] }]);
      const next = await takenOver(first, 1 + calls);
      next.goOnFrom(old);
      next.transport.send(next.confirm);
      expect(await whileTurnsPass(echoed(next, ++calls))).toEqual({ json: calls });
      left.push(next);
    }
    for (const peer of left) await peer[Symbol.asyncDispose]();
  },
);

/** What is sent again goes in turns of the daemon's clock, a slice in each. */
async function whileTurnsPass<T>(promise: Promise<T>): Promise<T> {
  let isSettled = false;
  const settled = promise.finally(() => (isSettled = true));
  while (!isSettled) await attacked.advance(0);
  return settled;
}

/** A peer that asks for a session once the daemon has taken so many frames of it. */
async function takenOver(session: HostilePeer, frames: number): Promise<HostilePeer> {
  for (;;) {
    const next = await attacked.peer({ handshake: { resume: session.established }, until: "greeted" });
    expect(next.established.isResumed).toBe(true);
    if (next.established.peerAck === frames) return next;
    await next[Symbol.asyncDispose]();
  }
}
