import { describe, expect, test } from "vitest";
import type { ConnectionEvents, ConnectionState } from "../../src/client/connection.js";
import { LineTally } from "../../src/client/line-tally.js";
import { Emitter } from "../../src/observe/emitter.js";
import { NO_STATISTICS } from "../../src/session/session-statistics.js";

function tallied() {
  const events = new Emitter<ConnectionEvents>();
  const tally = new LineTally(events);
  return {
    tally,
    tell: (...states: readonly ConnectionState[]) => states.forEach((state) => events.emit("state", state)),
  };
}

function session(counts: Partial<typeof NO_STATISTICS>) {
  const ended: (() => void)[] = [];
  return {
    fullStatistics: { ...NO_STATISTICS, ...counts },
    on: (_: "ended", listener: () => void) => {
      ended.push(listener);
      return () => undefined;
    },
    end: () => ended.forEach((listener) => listener()),
  };
}
const reason = new Error("cut");
const connected = (resumed: boolean): ConnectionState => ({
  status: "connected",
  sessionId: "1",
  resumed,
  url: "ws://home.test/",
});
const connecting: ConnectionState = { status: "connecting", attempt: 1, reason };
const reconnecting: ConnectionState = { status: "reconnecting", attempt: 1, reason, leaseEndsAt: new Date() };

describe("LineTally", () => {
  test("counts nothing before there is a session", () => {
    const { tally, tell } = tallied();
    tell(connecting);
    expect(tally.statistics).toEqual({ ...NO_STATISTICS, sessionsOpened: 0, sessionsResumed: 0, socketsLost: 0 });
    expect(Object.isFrozen(tally.statistics)).toBe(true);
  });

  test("tells sockets that were lost, sessions that went on and new ones apart", () => {
    const { tally, tell } = tallied();
    tell(
      connected(false),
      reconnecting,
      { ...reconnecting, attempt: 2 },
      connected(true),
      connecting,
      connected(false),
    );
    expect(tally.statistics).toMatchObject({ sessionsOpened: 2, sessionsResumed: 1, socketsLost: 2 });
    tell({ status: "closed" });
    expect(tally.statistics.socketsLost).toBe(2);
  });

  test("counts a socket as lost that ended the connection", () => {
    const { tally, tell } = tallied();
    tell(connected(false), { status: "closed", reason });
    expect(tally.statistics.socketsLost).toBe(1);
  });

  test("adds up what its sessions did, and what those hold that are not over", () => {
    const { tally } = tallied();
    const first = session({ callsMade: 3, referencesHeld: 2, roundTripMs: 9 });
    tally.begin(first);
    tally.begin(session({ callsMade: 4, referencesHeld: 1 }));
    expect(tally.statistics).toMatchObject({ callsMade: 7, referencesHeld: 3, roundTripMs: 9 });
    first.end();
    expect(tally.statistics).toMatchObject({ callsMade: 7, referencesHeld: 1, roundTripMs: undefined });
  });
});
