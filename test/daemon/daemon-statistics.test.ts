import { describe, expect, test } from "vitest";
import { release, withOptions } from "../../src/client/proxy-functions.js";
import { expose } from "../../src/objects/expose.js";
import { DaemonTally } from "../../src/daemon/daemon-statistics.js";
import type { DaemonEvents, SessionInfo } from "../../src/daemon/daemon-events.js";
import { ConnectionError } from "../../src/errors/hearthwire-error.js";
import { Emitter } from "../../src/observe/emitter.js";
import { NO_STATISTICS } from "../../src/session/session-statistics.js";
import { fakeClock } from "../../src/testing/fake-clock.js";
import { linkedPeers } from "../../src/testing/linked-peers.js";

class Workshop {
  #listeners: ((text: string) => unknown)[] = [];
  #finish: (() => void) | undefined;
  double(value: number): number {
    return value * 2;
  }
  fail(): never {
    throw new RangeError("broken");
  }
  wait(): Promise<void> {
    return new Promise((resolve) => (this.#finish = resolve));
  }
  finish(): void {
    this.#finish?.();
  }
  async *count(to: number): AsyncGenerator<number> {
    for (let item = 1; item <= to; item++) yield item;
  }
  async sum(items: AsyncIterable<number>): Promise<number> {
    let sum = 0;
    for await (const item of items) sum += item;
    return sum;
  }
  listen(listener: (text: string) => unknown): void {
    this.#listeners.push(listener);
  }
  async tell(text: string): Promise<void> {
    await Promise.allSettled(this.#listeners.map(async (listener) => listener(text)));
  }
}
expose(Workshop, ["double", "fail", "wait", "finish", "count", "sum", "listen", "tell"]);

async function* upTo(last: number): AsyncGenerator<number> {
  for (let item = 1; item <= last; item++) yield item;
}

describe("statistics of a daemon and a connection", () => {
  test("count calls of both directions, and those that failed", async () => {
    await using peers = await linkedPeers({ workshop: new Workshop() });
    const workshop = peers.object("workshop");
    await workshop.double(2);
    await expect(workshop.fail()).rejects.toThrow("broken");
    await workshop.double(3);
    await workshop.listen(() => "heard");
    await workshop.listen(() => {
      throw new Error("deaf");
    });
    await workshop.tell("news");
    const client = peers.connection.statistics;
    const daemon = peers.daemon.statistics;
    expect(client).toMatchObject({ callsMade: 6, callsMadeFailed: 1, callsServed: 2, callsServedFailed: 1 });
    expect(daemon).toMatchObject({ callsServed: 6, callsServedFailed: 1, callsMade: 2, callsMadeFailed: 1 });
    expect([client.callsPending, client.callsRunning, daemon.callsPending, daemon.callsRunning]).toEqual([0, 0, 0, 0]);
  });

  test("a call that could not be made was not made", async () => {
    await using peers = await linkedPeers({ workshop: new Workshop() });
    await expect(peers.object("workshop").double(Symbol("s") as never)).rejects.toThrow("args[0]");
    expect(peers.connection.statistics).toMatchObject({ callsMade: 0, callsMadeFailed: 0 });
  });

  test("say what is pending, running and held now", async () => {
    await using peers = await linkedPeers({ workshop: new Workshop() });
    const workshop = peers.object("workshop");
    const waiting = workshop.wait();
    await workshop.double(1);
    expect(peers.connection.statistics).toMatchObject({ callsPending: 1, callsRunning: 0 });
    expect(peers.daemon.statistics).toMatchObject({ callsPending: 0, callsRunning: 1 });
    await workshop.listen(() => undefined);
    expect([peers.connection.statistics.referencesHeld, peers.daemon.statistics.referencesHeld]).toEqual([1, 1]);
    await workshop.finish();
    await waiting;
    expect(peers.connection.statistics.callsPending).toBe(0);
  });

  test("count a call that its caller gave up as failed on both sides", async () => {
    await using peers = await linkedPeers({ workshop: new Workshop() });
    const giveUp = new AbortController();
    const waiting = withOptions(peers.object("workshop"), { signal: giveUp.signal }).wait();
    await peers.object("workshop").double(1);
    giveUp.abort();
    await expect(waiting).rejects.toThrow("aborted");
    await peers.object("workshop").double(1);
    expect(peers.connection.statistics).toMatchObject({ callsMade: 3, callsMadeFailed: 1 });
    expect(peers.daemon.statistics).toMatchObject({ callsServed: 3, callsServedFailed: 1 });
  });

  test("count stream items of both directions, and the streams that are open", async () => {
    await using peers = await linkedPeers({ workshop: new Workshop() });
    const workshop = peers.object("workshop");
    expect(await workshop.sum(upTo(20))).toBe(210);
    const counted = await workshop.count(7);
    expect(peers.connection.statistics.streamsOpen).toBe(1);
    for await (const _ of counted);
    expect(peers.connection.statistics).toMatchObject({ streamItemsSent: 20, streamItemsReceived: 7, streamsOpen: 0 });
    expect(peers.daemon.statistics).toMatchObject({ streamItemsSent: 7, streamItemsReceived: 20, streamsOpen: 0 });
  });

  test("count frames and bytes alike at both ends", async () => {
    await using peers = await linkedPeers({ workshop: new Workshop() });
    const workshop = peers.object("workshop");
    const before = peers.connection.statistics;
    await workshop.double(2);
    const client = peers.connection.statistics;
    const daemon = peers.daemon.statistics;
    expect(client.framesSent - before.framesSent).toBe(1);
    expect(client.framesReceived - before.framesReceived).toBe(1);
    expect(client.bytesSent - before.bytesSent).toBeGreaterThan(50);
    expect([daemon.framesSent, daemon.framesReceived]).toEqual([client.framesReceived, client.framesSent]);
    expect([daemon.bytesSent, daemon.bytesReceived]).toEqual([client.bytesReceived, client.bytesSent]);
    expect(client.framesResent).toBe(0);
    // The answer acknowledged the call; nothing has acknowledged the answer yet.
    expect(client.unacknowledgedBytes).toBe(0);
    expect(daemon.unacknowledgedBytes).toBeGreaterThan(0);
  });

  test("know the round trip of the last ping", async () => {
    const clock = fakeClock();
    const linking = linkedPeers({ workshop: new Workshop() }, { clock, link: { latencyMs: 15 } });
    await clock.advance(200);
    const peers = await linking;
    expect(peers.daemon.statistics.roundTripMs).toBeUndefined();
    await clock.advance(21_000);
    expect(peers.daemon.statistics).toMatchObject({ pingsSent: 1, roundTripMs: 30 });
    const [session] = peers.daemon.sessions.values();
    expect(session?.statistics).toMatchObject({ pingsSent: 1, roundTripMs: 30 });
    expect(peers.connection.statistics).toMatchObject({ pingsSent: 0, roundTripMs: undefined });
    const closing = peers[Symbol.asyncDispose]();
    await clock.advance(10_000);
    await closing;
  });

  test("are frozen snapshots, and keep what sessions did that are over", async () => {
    await using peers = await linkedPeers({ workshop: new Workshop() });
    const other = peers.another({ subject: "other" });
    await other.object("workshop").double(2);
    await peers.object("workshop").double(2);
    const before = peers.daemon.statistics;
    expect(Object.isFrozen(before)).toBe(true);
    expect(before).toMatchObject({ sessions: 2, sessionsOpened: 2, sessionsClosed: 0, callsServed: 2 });
    await other.close();
    await peers.object("workshop").double(2);
    expect(before.callsServed).toBe(2);
    const after = peers.daemon.statistics;
    expect(after).toMatchObject({ sessions: 1, sessionsOpened: 2, sessionsClosed: 1, callsServed: 3 });
    expect(after.bytesReceived).toBeGreaterThan(before.bytesReceived);
    expect(other.statistics).toMatchObject({ callsMade: 1, sessionsOpened: 1, socketsLost: 0 });
    release(peers.object("workshop"));
  });

  test("count who was refused", async () => {
    await using peers = await linkedPeers(
      { workshop: new Workshop() },
      {
        daemon: {
          onHandshake: ({ principal }) => {
            if (principal.subject === "stranger") throw new Error("not you");
          },
        },
      },
    );
    await expect(peers.another({ subject: "stranger" }).ready).rejects.toThrow("not you");
    expect(peers.daemon.statistics).toMatchObject({ handshakesRefused: 1, sessionsOpened: 1, sessions: 1 });
  });
});

describe("DaemonTally", () => {
  function tallied() {
    const events = new Emitter<DaemonEvents>();
    const sessions = new Map<string, SessionInfo>();
    const info = { sessionId: "1", statistics: { ...NO_STATISTICS, callsServed: 4, callsRunning: 1 } } as SessionInfo;
    return { events, sessions, info, tally: new DaemonTally(events, sessions) };
  }

  test("tells sessions whose peer did not come back from those that were closed", () => {
    const { events, info, tally } = tallied();
    events.emit("closed", info);
    events.emit("closed", info, new ConnectionError("HW_CONNECTION_CLOSED", "bye"));
    expect(tally.statistics).toMatchObject({ sessionsClosed: 2, sessionsLost: 0 });
    events.emit("closed", info, new ConnectionError("HW_SESSION_LOST", "gone"));
    expect(tally.statistics).toMatchObject({ sessionsClosed: 3, sessionsLost: 1, callsServed: 12, callsRunning: 0 });
  });

  test("counts renewals, and sessions that have lost their line or went on", () => {
    const { events, info, sessions, tally } = tallied();
    sessions.set("1", { ...info, isAttached: true });
    sessions.set("2", { ...info, isAttached: false });
    events.emit("accepted", info);
    events.emit("renewed", info);
    expect(tally.statistics).toMatchObject({ sessionsOpened: 1, sessionsRenewed: 1, sessions: 2, sessionsDetached: 1 });
    expect(tally.statistics).toMatchObject({ sessionsResumed: 0, callsRunning: 2 });
    events.emit("resumed", info);
    expect(tally.statistics.sessionsResumed).toBe(1);
  });
});
