import { once } from "node:events";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { ClientHandshake } from "../../src/auth/client-handshake.js";
import { AttackedDaemon } from "./support/attacked-daemon.js";
import { webSocketFrame } from "./support/raw-line.js";

const MIB = 1024 * 1024;
const BLOCK_BYTES = 64 * 1024;
/** A request's head has 5 s, looked at each second; on a busy machine later. */
const HEAD_LIMIT_MS = 9_000;

describe("slowloris before the upgrade", () => {
  let attacked: AttackedDaemon;
  beforeAll(async () => void (attacked = await AttackedDaemon.start()));
  afterAll(async () => {
    await attacked.isUnharmed();
    await attacked[Symbol.asyncDispose]();
  });

  // Node's own timers, hence real time; side by side, to wait once.
  test.concurrent.each([
    ["says nothing", () => "", 0],
    ["says half a request and no more", (request: string) => request.slice(0, -20), 0],
    ["says a byte of a header each 200 ms", (request: string) => request.slice(0, 30), 200],
  ])("row 47: a peer that %s is dropped", async (_what, said, everyMs) => {
    await using line = await attacked.line();
    line.write(said(line.upgradeRequest));
    const drip = everyMs === 0 ? undefined : setInterval(() => line.write("x"), everyMs);
    const sinceMs = performance.now();
    await line.closed;
    clearInterval(drip);
    expect(performance.now() - sinceMs).toBeLessThan(HEAD_LIMIT_MS);
  });
});

describe("slow peers", () => {
  let attacked: AttackedDaemon;
  beforeAll(async () => void (attacked = await AttackedDaemon.start({ hasFakeClock: true })));
  afterEach(() => attacked.isUnharmed());
  afterAll(() => attacked[Symbol.asyncDispose]());

  /** A HELLO that the daemon would accept, as a WebSocket frame. */
  const hello = (): Buffer =>
    webSocketFrame({
      payload: new ClientHandshake({
        credential: { method: 1, key: attacked.keys.eve },
        audience: new URL(attacked.url).origin,
        serializers: [1],
        maxFrameBytes: 65_536,
      }).hello,
    });

  test("row 47: a peer that is silent after the upgrade is closed with 4401 after 5 s", async () => {
    await using line = await attacked.webSocket();
    await attacked.advance(4_999);
    line.frame({ opcode: 9 });
    await once(line.socket, "data");
    expect(line.socket.destroyed).toBe(false);
    await attacked.advance(1);
    expect(await line.closeCode()).toBe(4401);
    expect(await attacked.event("refused")).toBe("the peer did not prove itself within 5 s");
    // It need not answer the close: the line is torn down.
    await attacked.advance(1_000);
    await line.closed;
  });

  test("row 47: a peer that says a byte of HELLO a second is closed with 4401 after 5 s", async () => {
    await using line = await attacked.webSocket();
    for (const byte of hello().subarray(0, 5)) {
      line.write(Uint8Array.of(byte));
      await attacked.advance(1_000);
    }
    expect(await line.closeCode()).toBe(4401);
    await attacked.advance(1_000);
    await line.closed;
  });

  test("row 47: a peer that never says CONFIRM is closed with 4401 after 5 s", async () => {
    await using line = await attacked.webSocket();
    line.write(hello());
    await once(line.socket, "data");
    await attacked.advance(5_000);
    expect(await line.closeCode()).toBe(4401);
    await attacked.advance(1_000);
    await line.closed;
  });

  test("row 47: a peer that never opens its session is cut off after 5 s", async () => {
    await using peer = await attacked.peer({ until: "confirmed" });
    await expect.poll(async () => (await attacked.facts()).waiting).toBe(0);
    await attacked.advance(5_000);
    expect(await peer.closeCode()).toBe(4429);
    expect(await attacked.event("refused")).toContain("not opened in time");
  });

  test("row 49: a peer that vanishes without a word is given up after 50 s, and its calls are aborted", async () => {
    await using peer = await attacked.peer();
    peer.say(["call", 1, "target", "hang", { json: [] }]);
    await expect.poll(async () => (await attacked.canary.facts()).running).toBe(1);
    peer.stopReading();
    for (let heartbeats = 0; heartbeats < 2.5; heartbeats += 0.5) {
      expect((await attacked.canary.facts()).aborted).toBe(0);
      await attacked.advance(10_000);
      await attacked.answersCanary();
    }
    expect(await attacked.event("closed")).toMatch(/key:eve: .*4408/);
    await expect.poll(() => attacked.canary.facts()).toMatchObject({ running: 0, aborted: 1 });
    await attacked.canary.reset();
    // It does not answer the close either.
    await attacked.advance(2_000);
  });

  test("row 49: a peer that answers the pings stays", async () => {
    await using peer = await attacked.peer();
    for (let ping = 1; ping <= 4; ping++) {
      await attacked.advance(20_000);
      const [, number] = await peer.answer("ping", ping);
      peer.say(["pong", number as number]);
      await attacked.answersCanary();
    }
    peer.say(["call", 1, "target", "echo", { json: ["here"] }]);
    expect(await peer.answer("ok", 1)).toEqual(["ok", 1, { json: "here" }]);
  });
});

describe("slow readers", () => {
  let attacked: AttackedDaemon;
  beforeAll(async () => void (attacked = await AttackedDaemon.start()));
  afterEach(() => attacked.isUnharmed());
  afterAll(() => attacked[Symbol.asyncDispose]());

  test("row 52: answers that nobody reads end the session at 32 MiB", async () => {
    await using peer = await attacked.peer();
    peer.stopReading();
    for (let id = 1; id <= 200; id++) peer.say(["call", id, "target", "bytes", { json: [MIB] }]);
    expect(await attacked.event("closed")).toMatch(/key:eve: .*overloaded/);
    const { memoryBytes } = await attacked.facts();
    expect(memoryBytes - attacked.before.memoryBytes).toBeLessThan(40 * MIB);
  });

  test("row 52: items that nobody reads stop after the first of each stream, and the session goes on", async () => {
    await using peer = await attacked.peer();
    peer.stopReading();
    for (let id = 1; id <= 40; id++) peer.say(["call", id, "target", "blocks", { json: [BLOCK_BYTES] }]);
    let produced = -1;
    await expect
      .poll(async () => {
        const before = produced;
        ({ produced } = await attacked.canary.facts());
        return produced >= 40 && produced === before;
      })
      .toBe(true);
    // Another of each may have been asked for before the line was full.
    expect(produced).toBeLessThanOrEqual(80);
    const { memoryBytes, sessions } = await attacked.facts();
    expect(sessions).toBe(2);
    expect(memoryBytes - attacked.before.memoryBytes).toBeLessThan(8 * MIB);
    await attacked.canary.reset();
  });
});
