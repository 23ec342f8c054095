import { describe, expect, test } from "vitest";
import { ConnectionError } from "../../src/errors/hearthwire-error.js";
import { decodeBody } from "../../src/wire/body.js";
import { bodyOf, readHeader } from "../../src/wire/frame.js";
import { call, linkedSessions } from "./support/linked-sessions.js";

const WINDOW_MS = 60_000;
const CLIENT_LEASE_MS = WINDOW_MS + 2 * 20_000;

/** The messages of all frames that came in one direction. */
function messages(frames: readonly Uint8Array[]): unknown[] {
  return frames.flatMap((frame) => [...decodeBody(bodyOf(frame)).messages]);
}

function countOf(frames: readonly Uint8Array[], name: string): number {
  return messages(frames).filter((message) => (message as unknown[])[0] === name).length;
}

describe("a session whose channel is lost", () => {
  test("goes on over another one: what was under way arrives once, in order", async () => {
    const ran: number[] = [];
    const { client, clock, cut, rejoin } = linkedSessions({
      windowMs: WINDOW_MS,
      members: { note: (n: number) => ran.push(n) },
    });
    await call(client, "note", 1);
    const underWay = [call(client, "note", 2), call(client, "note", 3)];
    cut();
    const meanwhile = call(client, "note", 4);
    await clock.advance(1_000);
    expect([ran, client.isAttached]).toEqual([[1], false]);
    rejoin();
    expect(await Promise.all([...underWay, meanwhile])).toEqual([2, 3, 4]);
    expect([ran, client.isAttached]).toEqual([[1, 2, 3, 4], true]);
  });

  test("says so, why, and until when it waits", async () => {
    const { client, server, clock, cut, rejoin } = linkedSessions({ windowMs: WINDOW_MS });
    await client.ready;
    const losses: unknown[] = [];
    for (const session of [client, server])
      session.on("detached", ({ cause, leaseEndsAtMs }) => losses.push([cause.code, leaseEndsAtMs - clock.now()]));
    cut();
    await clock.advance(0);
    expect(losses).toEqual([
      ["HW_CONNECTION_CLOSED", CLIENT_LEASE_MS],
      ["HW_CONNECTION_CLOSED", WINDOW_MS],
    ]);
    expect([client.leaseEndsAtMs, server.leaseEndsAtMs, server.windowMs]).toEqual([
      clock.now() + CLIENT_LEASE_MS,
      clock.now() + WINDOW_MS,
      WINDOW_MS,
    ]);
    rejoin();
    expect([client.leaseEndsAtMs, server.leaseEndsAtMs]).toEqual([undefined, undefined]);
    await clock.advance(CLIENT_LEASE_MS);
    expect([client.isEnded, server.isEnded]).toEqual([false, false]);
  });

  test("ends when its time is over: the server's first", async () => {
    const { client, server, clock, cut } = linkedSessions({ windowMs: WINDOW_MS });
    await client.ready;
    cut();
    await clock.advance(WINDOW_MS - 1);
    expect([server.isEnded, client.isEnded]).toEqual([false, false]);
    await clock.advance(1);
    expect([server.isEnded, client.isEnded]).toEqual([true, false]);
    await clock.advance(CLIENT_LEASE_MS - WINDOW_MS - 1);
    expect(client.isEnded).toBe(false);
    await clock.advance(1);
    expect([client.isEnded, clock.pendingTimers]).toEqual([true, 0]);
  });

  test.each([
    { how: "its lease is over", end: "lease" },
    { how: "the daemon doesn't know it", end: "lose" },
  ] as const)("tells calls how far they got when $how", async ({ end }) => {
    const { client, clock, cut } = linkedSessions({
      windowMs: WINDOW_MS,
      members: { hang: () => new Promise(() => undefined) },
      client: { defaultTimeoutMs: 0 },
    });
    const sent = call(client, "hang");
    await clock.advance(0);
    cut();
    const unsent = call(client, "hang");
    await clock.advance(0);
    if (end === "lease") await clock.advance(CLIENT_LEASE_MS);
    else client.lose(new ConnectionError("HW_SESSION_LOST", "unknown there"));
    await expect(sent).rejects.toMatchObject({ code: "HW_SESSION_LOST", delivery: "unknown" });
    await expect(unsent).rejects.toMatchObject({ code: "HW_SESSION_LOST", delivery: "not-sent", retryable: true });
  });

  test("makes no call before it has a channel again, so that its deadline tells that it was not sent", async () => {
    const ran: number[] = [];
    const { client, clock, cut, rejoin } = linkedSessions({
      windowMs: WINDOW_MS,
      members: { note: (n: number) => ran.push(n) },
      client: { defaultTimeoutMs: 1_000 },
    });
    await client.ready;
    cut();
    await clock.advance(0);
    const late = call(client, "note", 1);
    await clock.advance(900);
    const inTime = call(client, "note", 2);
    await clock.advance(100);
    await expect(late).rejects.toMatchObject({ code: "HW_DEADLINE", delivery: "not-sent", retryable: true });
    rejoin();
    await inTime;
    expect(ran).toEqual([2]);
  });

  test("without a window ends with its channel, as over a port", async () => {
    const { client, server, clock, cut } = linkedSessions();
    await client.ready;
    cut();
    await clock.advance(0);
    expect([client.isEnded, server.isEnded]).toEqual([true, true]);
  });

  test("is detached by a bad frame, which harms nothing else", async () => {
    let isBad = false;
    const ran: number[] = [];
    const { client, server, clock, closes, rejoin } = linkedSessions({
      windowMs: WINDOW_MS,
      members: { note: (n: number) => ran.push(n) },
      tamper: (frame, direction) => {
        if (isBad && direction === "up") frame[20]! ^= 1;
        return frame;
      },
    });
    await client.ready;
    isBad = true;
    const made = call(client, "note", 1);
    await clock.advance(0);
    expect([server.isAttached, client.isAttached, closes.client?.code, ran]).toEqual([false, false, 4400, []]);
    isBad = false;
    rejoin();
    expect([await made, ran]).toEqual([1, [1]]);
  });

  test("is detached on purpose, by detach, for the reason that is given", async () => {
    const { client, server, clock, closes } = linkedSessions({ windowMs: WINDOW_MS });
    await client.ready;
    const cause = new ConnectionError("HW_CREDENTIALS_EXPIRED", "it expired");
    const causes: unknown[] = [];
    server.on("detached", (loss) => causes.push(loss.cause));
    server.detach(4401, cause);
    server.detach(4401, cause);
    await clock.advance(0);
    expect([causes, closes.client?.code, server.isEnded, client.isAttached]).toEqual([[cause], 4401, false, false]);
  });

  test("still acknowledges what came before, once it has a channel again", async () => {
    const { client, server, clock, frames, cut, rejoin } = linkedSessions({
      windowMs: WINDOW_MS,
      members: { quiet: () => new Promise(() => undefined) },
    });
    await client.ready;
    void call(client, "quiet");
    await clock.advance(0);
    cut();
    await clock.advance(5_000);
    rejoin();
    await clock.advance(1_000);
    expect(readHeader(frames.down.at(-1)!).ack).toBe(server.takenSeq);
    expect(client.heldBytes).toBe(0);
  });

  test("sends again in slices, and new frames after them", async () => {
    const chunk = "x".repeat(32 * 1024);
    const ran: number[] = [];
    let isDark = false;
    const { client, clock, frames, cut, rejoin } = linkedSessions({
      windowMs: WINDOW_MS,
      members: { note: (n: number, _: string) => void ran.push(n) },
      tamper: (frame) => (isDark ? undefined : frame),
    });
    await client.ready;
    isDark = true;
    const calls = Array.from({ length: 80 }, (_, n) => call(client, "note", n, chunk));
    await clock.advance(0);
    cut();
    isDark = false;
    const before = frames.up.length;
    rejoin();
    // 2.5 MiB are kept: the first slice of 1 MiB goes at once, and a new call behind all of them.
    calls.push(call(client, "note", 80, ""));
    await Promise.resolve();
    await Promise.resolve();
    expect(frames.up.length - before).toBeLessThan(50);
    await clock.advance(0);
    await Promise.all(calls);
    expect(ran).toEqual(Array.from({ length: 81 }, (_, n) => n));
  });

  test("that breaks again while it sends again goes on from there", async () => {
    const chunk = "x".repeat(32 * 1024);
    const ran: number[] = [];
    let isDark = false;
    const { client, clock, cut, rejoin } = linkedSessions({
      windowMs: WINDOW_MS,
      members: { note: (n: number, _: string) => void ran.push(n) },
      tamper: (frame) => (isDark ? undefined : frame),
    });
    await client.ready;
    isDark = true;
    const calls = Array.from({ length: 100 }, (_, n) => call(client, "note", n, chunk));
    await clock.advance(0);
    cut();
    isDark = false;
    for (let round = 0; round < 3; round++) {
      rejoin();
      for (let turn = 0; turn < 10; turn++) await Promise.resolve();
      cut();
    }
    rejoin();
    await clock.advance(0);
    await Promise.all(calls);
    expect(ran).toEqual(Array.from({ length: 100 }, (_, n) => n));
  });
});

describe("a session that the server has ended", () => {
  test("can be fetched: the answers that the peer lacks and the bye, then the line closes", async () => {
    const { client, server, clock, frames, closes, cut, rejoin } = linkedSessions({
      windowMs: WINDOW_MS,
      members: { add: (a: number, b: number) => a + b },
    });
    await client.ready;
    const made = call(client, "add", 1, 2);
    let isAnswered = false;
    void made.then(() => (isAnswered = true));
    while (countOf(frames.up, "call") === 0) await Promise.resolve();
    cut();
    await clock.advance(0);
    expect([isAnswered, client.isAttached]).toEqual([false, false]);
    server.end("revoked", new ConnectionError("HW_REFUSED", "the key is no longer accepted"));
    expect([server.isEnded, server.isFetchable]).toEqual([true, true]);
    const before = frames.up.length;
    rejoin();
    expect(await made).toBe(3);
    expect((await client.ended) as ConnectionError).toMatchObject({ code: "HW_REFUSED" });
    await clock.advance(0);
    expect(closes.client?.code).toBe(1000);
    // What the client still said was not looked at.
    expect(server.takenSeq).toBe(before);
  });

  test("is fetchable until it is forgotten", async () => {
    const { client, server, clock, cut, rejoin } = linkedSessions({ windowMs: WINDOW_MS });
    await client.ready;
    cut();
    await clock.advance(0);
    await server.close();
    expect([server.isFetchable, server.heldBytes > 0]).toEqual([true, true]);
    server.forget();
    expect([server.isFetchable, server.heldBytes]).toEqual([false, 0]);
    rejoin();
    await clock.advance(0);
    expect([client.isEnded, client.isAttached]).toEqual([false, false]);
  });

  test("is not fetchable after a frame that broke the protocol, after the peer's bye, or over a port", async () => {
    const broken = linkedSessions({ windowMs: WINDOW_MS });
    await broken.client.ready;
    broken.server.end("protocol", new ConnectionError("HW_REFUSED", "a frame broke a rule"));
    expect(broken.server.isFetchable).toBe(false);
    const left = linkedSessions({ windowMs: WINDOW_MS });
    await left.client.ready;
    await left.client.close();
    await left.clock.advance(0);
    expect([left.server.isEnded, left.server.isFetchable, left.server.heldBytes]).toEqual([true, false, 0]);
    expect([left.client.isFetchable, left.client.heldBytes]).toEqual([false, 0]);
    const port = linkedSessions();
    await port.client.ready;
    await port.server.close();
    expect(port.server.isFetchable).toBe(false);
  });

  test("takes nothing while much of it is fetched", async () => {
    const ran: string[] = [];
    const { client, server, clock, cut, rejoin } = linkedSessions({
      windowMs: WINDOW_MS,
      members: {
        note: (word: string) => ran.push(word),
        many: (count: number) => Array.from({ length: count }, () => "x".repeat(1024)).join(""),
      },
    });
    await client.ready;
    cut();
    const made = Array.from({ length: 80 }, () => call(client, "many", 32));
    await clock.advance(0);
    rejoin();
    for (let turn = 0; ran.length === 0 && server.heldBytes < 2 * 1024 * 1024; turn++) {
      if (turn > 1_000) throw new Error("the answers were not held");
      await Promise.resolve();
    }
    cut();
    await clock.advance(0);
    server.end("revoked", new ConnectionError("HW_REFUSED", "the key is no longer accepted"));
    const late = call(client, "note", "late");
    rejoin();
    for (let turn = 0; turn < 20; turn++) await Promise.resolve();
    await clock.advance(10);
    expect((await Promise.allSettled(made)).map(({ status }) => status)).toEqual(made.map(() => "fulfilled"));
    await expect(late).rejects.toMatchObject({ code: "HW_REFUSED" });
    expect(ran).toEqual([]);
  });

  test("leaves no timer behind", async () => {
    const { client, server, clock, cut } = linkedSessions({ windowMs: WINDOW_MS });
    await client.ready;
    cut();
    await clock.advance(0);
    await Promise.all([client.close(), server.close()]);
    await clock.advance(3_000);
    expect(clock.pendingTimers).toBe(0);
  });
});
