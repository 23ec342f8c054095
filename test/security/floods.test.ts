import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { openConnection } from "../../src/client/default-connect.js";
import { AttackedDaemon } from "./support/attacked-daemon.js";
import type { Attackable } from "./support/attackable.js";
import type { HostilePeer } from "./support/hostile-peer.js";
import type { RawLine } from "./support/raw-line.js";
import { webSocketFrame } from "./support/raw-line.js";

const MIB = 1024 * 1024;

let attacked: AttackedDaemon;
beforeAll(async () => void (attacked = await AttackedDaemon.start()));
afterEach(async () => {
  await attacked.isUnharmed();
  await attacked.canary.reset();
});
afterAll(() => attacked[Symbol.asyncDispose]());

const times = <T>(count: number, make: (index: number) => T): T[] =>
  Array.from({ length: count }, (_, index) => make(index));

/** As many at a time as may be without a request head, so that the door itself turns none away. */
async function inTurns<T>(count: number, open: () => Promise<T>): Promise<readonly T[]> {
  const opened: T[] = [];
  while (opened.length < count) opened.push(...(await Promise.all(times(Math.min(50, count - opened.length), open))));
  return opened;
}

/** Keeps writing the same bytes until the line is torn down. */
async function flood({ socket }: HostilePeer | RawLine, bytes: Buffer): Promise<void> {
  for (let written = 0; !socket.destroyed && written < 64 * MIB; written += bytes.length) {
    await new Promise((resolve) => socket.write(bytes, resolve));
  }
}

describe("connections", () => {
  test("row 48: 300 that never prove themselves are 64 at most, the oldest goes; sessions live on", async () => {
    const lines = await inTurns(300, () => attacked.webSocket());
    await Promise.all(lines.slice(0, 300 - 64).map(async (line) => expect(await line.closeCode()).toBe(4429)));
    expect((await attacked.facts()).waiting).toBe(64);
    expect(await attacked.event("refused", /^64 peers in all had not proved themselves/)).toContain("made room");
    await attacked.answersCanary();
    await Promise.all(lines.map((line) => line[Symbol.asyncDispose]()));
  });

  test("row 48: of those that don't answer the close 64 at most are waited for", async () => {
    // Below a WebSocket that would answer.
    const lines = await inTurns(300, async () => {
      const line = await attacked.line();
      await line.upgrade();
      return line;
    });
    await Promise.all(lines.slice(0, 300 - 128).map((line) => line.closed));
    expect((await attacked.facts()).sockets).toBeLessThanOrEqual(1 + 128);
    await Promise.all(lines.map((line) => line[Symbol.asyncDispose]()));
  });

  test("row 48: an honest peer gets in while they come", async () => {
    let isOver = false;
    const flooding = (async () => {
      while (!isOver) {
        const lines = await Promise.all(times(16, () => attacked.webSocket()));
        await Promise.all(lines.map((line) => line[Symbol.asyncDispose]()));
      }
    })();
    for (let count = 0; count < 5; count++) {
      const options = { key: attacked.keys.eve, isolated: true };
      await using connection = await openConnection(attacked.url, options);
      expect(await connection.object<Attackable>("target").echo(count)).toBe(count);
    }
    isOver = true;
    await flooding;
  });

  test("row 62: 1 000 connections made and closed leave nothing behind", async () => {
    for (let round = 0; round < 50; round++) {
      const peers = await Promise.all(
        times(20, (index) => attacked.peer({ until: index % 2 === 0 ? "open" : "greeted" })),
      );
      for (const peer of peers) peer.say(["bye", "done", "", 0]);
      await Promise.all(peers.map((peer) => peer[Symbol.asyncDispose]()));
    }
    expect((await attacked.facts()).sessions).toBeLessThanOrEqual(1 + 20);
  });
});

describe("control frames", () => {
  test.each([
    ["row 50: pings, their pongs not read,", 9, false],
    ["row 50: pings, their pongs read,", 9, true],
    ["row 51: pongs that nobody asked for", 10, true],
  ])("%s end the session", async (_what, opcode, isReading) => {
    await using peer = await attacked.peer();
    if (!isReading) peer.stopReading();
    const bytes = Buffer.concat(times(1_000, () => webSocketFrame({ opcode, payload: new Uint8Array(125) })));
    await flood(peer, bytes);
    expect(await peer.closeCode()).toBe(1006);
    expect(await attacked.event("closed")).toMatch(/key:eve: .*control frames/);
  });

  test.each([
    ["row 50: pings", 9],
    ["row 51: pongs", 10],
  ])("%s now and then are nothing bad", async (_what, opcode) => {
    await using peer = await attacked.peer();
    for (let count = 0; count < 20; count++) peer.frame({ opcode, payload: "still there?" });
    peer.say(["call", 1, "target", "echo", { json: ["yes"] }]);
    expect(await peer.answer("ok", 1)).toEqual(["ok", 1, { json: "yes" }]);
  });
});

describe("calls", () => {
  test("row 53: of 257 that run at once the last is refused with HW_LIMIT", async () => {
    await using peer = await attacked.peer();
    for (let id = 1; id <= 257; id++) peer.say(["call", id, "target", "persist", { json: [] }]);
    const [, id, error] = await peer.answer("err");
    expect([id, error]).toMatchObject([257, { code: "HW_LIMIT", wire: 1 }]);
    expect(await attacked.canary.facts()).toMatchObject({ running: 256 });
    await attacked.canary.letGo();
    expect(await peer.answer("ok", 256)).toEqual(["ok", 256]);
    peer.say(["call", 258, "target", "increment", { json: [] }]);
    expect(await peer.answer("ok", 258)).toEqual(["ok", 258, { json: 1 }]);
  });

  test("row 53: 20 000, nearly all of them refused, leave memory flat", async () => {
    await using peer = await attacked.peer();
    for (let id = 1; id <= 20_000; id += 200) {
      peer.say(...times(200, (index) => ["call", id + index, "target", "persist", { json: [] }] as const));
    }
    expect(await peer.answer("err", 20_000)).toMatchObject(["err", 20_000, { code: "HW_LIMIT" }]);
    expect(await attacked.canary.facts()).toMatchObject({ running: 256, mostRunning: 256 });
    await attacked.canary.letGo();
  });

  test("row 54: calls that were cancelled count until their handlers end", async () => {
    await using peer = await attacked.peer();
    for (let id = 1; id <= 300; id++) {
      peer.say(["call", id, "target", "persist", { json: [] }], ["cancel", id]);
    }
    const [, id, error] = await peer.answer("err", 257);
    expect([id, error]).toMatchObject([257, { code: "HW_LIMIT" }]);
    await peer.answer("err", 300);
    expect(await attacked.canary.facts()).toMatchObject({ running: 256, mostRunning: 256 });
    await attacked.canary.letGo();
    await expect.poll(() => attacked.canary.facts()).toMatchObject({ running: 0 });
  });

  test("row 61: a peer that leaves with 1 000 calls running aborts them all", async () => {
    const peers = await Promise.all(times(4, () => attacked.peer()));
    for (const peer of peers) {
      for (let id = 1; id <= 250; id++) peer.say(["call", id, "target", "hang", { json: [] }]);
    }
    await expect.poll(() => attacked.canary.facts()).toMatchObject({ running: 1_000 });
    for (const peer of peers) peer.socket.resetAndDestroy();
    await expect.poll(() => attacked.canary.facts()).toMatchObject({ running: 0, aborted: 1_000 });
  });
});
