import { describe, expect, test } from "vitest";
import { NO_STATISTICS } from "../../src/session/session-statistics.js";
import { call, linkedSessions, rawClient } from "./support/linked-sessions.js";

describe("the statistics of a session", () => {
  test("are nothing before it has a channel, and stay readable when it is over", async () => {
    const { client, server, clock } = linkedSessions();
    expect(client.fullStatistics).toMatchObject({ callsMade: 0, framesReceived: 0, roundTripMs: undefined });
    expect(Object.keys(client.fullStatistics).toSorted()).toEqual(Object.keys(NO_STATISTICS).toSorted());
    await client.ready;
    await client.close();
    await clock.advance(5_000);
    expect(server.fullStatistics).toMatchObject({ framesSent: 1, framesReceived: 2, unacknowledgedBytes: 0 });
  });

  test("count frames that were sent again apart, and taken ones once", async () => {
    const { client, server, clock, cut, rejoin } = linkedSessions({
      windowMs: 60_000,
      members: { double: (value: number) => 2 * value },
      tamper: (frame, direction, index) => (direction === "up" && index === 2 ? undefined : frame),
    });
    await client.ready;
    const lost = call(client, "double", 2);
    await clock.advance(0);
    const before = client.fullStatistics;
    expect([before.framesSent, before.framesResent, server.fullStatistics.framesReceived]).toEqual([2, 0, 1]);
    expect(before.unacknowledgedBytes).toBeGreaterThan(50);
    cut();
    rejoin();
    expect(await lost).toBe(4);
    await clock.advance(1_000);
    const { framesSent, framesResent, bytesSent } = client.fullStatistics;
    expect(framesResent).toBe(1);
    expect(server.fullStatistics.framesReceived).toBe(framesSent);
    // Sent twice, come once.
    expect(bytesSent - server.fullStatistics.bytesReceived).toBe(before.unacknowledgedBytes);
  });

  test("know how long the answer to the last ping took, and that alone", async () => {
    const { server, clock, say } = await rawClient();
    await clock.advance(20_000);
    expect(server.fullStatistics).toMatchObject({ pingsSent: 1, roundTripMs: undefined });
    await clock.advance(40);
    await say([["pong", 7]]);
    expect(server.fullStatistics.roundTripMs).toBeUndefined();
    await say([["pong", 1]]);
    expect(server.fullStatistics.roundTripMs).toBe(40);
    await clock.advance(500);
    await say([["pong", 1]]);
    expect(server.fullStatistics.roundTripMs).toBe(40);
  });
});
