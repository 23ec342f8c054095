import { describe, expect, test } from "vitest";
import { Liveness } from "../../src/session/liveness.js";
import { fakeClock } from "../../src/testing/fake-clock.js";

function watched(pings: boolean) {
  const clock = fakeClock();
  const start = clock.nowMs;
  const seen: string[] = [];
  const note = (what: string) => () => void seen.push(`${what} ${clock.nowMs - start}`);
  const liveness = new Liveness({ heartbeatMs: 1_000, pings, clock, ping: note("ping"), dead: note("dead") });
  return { clock, seen, liveness };
}

describe("Liveness", () => {
  test("of the server pings when nothing was received for a heartbeat, and gives up after 2.5", async () => {
    const { clock, seen } = watched(true);
    await clock.advance(5_000);
    expect(seen).toEqual(["ping 1000", "ping 2000", "dead 2500"]);
    expect(clock.pendingTimers).toBe(0);
  });

  test("of the server pings a client that talks but hears nothing", async () => {
    const { clock, seen, liveness } = watched(true);
    for (let beat = 0; beat < 4; beat++) {
      await clock.advance(500);
      liveness.received();
    }
    expect(seen).toEqual(["ping 1000", "ping 2000"]);
  });

  test("of the server stays silent while both directions are busy", async () => {
    const { clock, seen, liveness } = watched(true);
    for (let beat = 0; beat < 10; beat++) {
      await clock.advance(500);
      liveness.received();
      liveness.sent();
    }
    expect(seen).toEqual([]);
  });

  test("of the client never pings, and gives up after 2.5 heartbeats of silence", async () => {
    const { clock, seen, liveness } = watched(false);
    await clock.advance(2_000);
    liveness.received();
    await clock.advance(2_499);
    expect(seen).toEqual([]);
    await clock.advance(1);
    expect(seen).toEqual(["dead 4500"]);
  });

  test.each([
    ["gives a line up a moment later when nothing was waiting to be read", false, ["dead 10001"]],
    ["keeps a line whose frames had only not been read yet", true, []],
  ])("after its own process stood still, %s", async (_what, isHeard, told) => {
    const fake = fakeClock();
    const start = fake.nowMs;
    let stoodStillMs = 0;
    const seen: string[] = [];
    const liveness = new Liveness({
      heartbeatMs: 1_000,
      pings: false,
      clock: { now: () => fake.now() + stoodStillMs, after: (ms, task) => fake.after(ms, task) },
      ping: () => undefined,
      dead: () => void seen.push(`dead ${fake.nowMs + stoodStillMs - start}`),
    });
    await fake.advance(2_499);
    stoodStillMs = 7_500;
    await fake.advance(1);
    expect(seen).toEqual([]);
    if (isHeard) liveness.received();
    await fake.advance(1_000);
    expect(seen).toEqual(told);
    liveness.stop();
    expect(fake.pendingTimers).toBe(0);
  });

  test("leaves no timer behind when it stops", () => {
    const { clock, liveness } = watched(true);
    liveness.stop();
    expect(clock.pendingTimers).toBe(0);
  });

  test("waits no longer when the clock is put back by an hour", async () => {
    const fake = fakeClock();
    const start = fake.nowMs;
    let putBackMs = 0;
    const clock = { now: () => fake.now() - putBackMs, after: fake.after.bind(fake) };
    const seen: string[] = [];
    const note = (what: string) => () => void seen.push(`${what} ${fake.nowMs - start}`);
    new Liveness({ heartbeatMs: 1_000, pings: true, clock, ping: note("ping"), dead: note("dead") });
    await fake.advance(500);
    putBackMs = 3_600_000;
    await fake.advance(10_000);
    expect(seen).toEqual(["ping 2000", "ping 3000", "dead 3500"]);
    expect(fake.pendingTimers).toBe(0);
  });

  test.each([true, false])(
    "of an only channel begins anew after its own process stood still, pings: %s",
    async (pings) => {
      const fake = fakeClock();
      const start = fake.nowMs;
      let stoodStillMs = 0;
      const seen: string[] = [];
      const note = (what: string) => () => void seen.push(`${what} ${fake.nowMs - start}`);
      new Liveness({
        heartbeatMs: 1_000,
        isOnlyChannel: true,
        pings,
        clock: { now: () => fake.now() + stoodStillMs, after: fake.after.bind(fake) },
        ping: note("ping"),
        dead: note("dead"),
      });
      await fake.advance(500);
      stoodStillMs = 3_600_000;
      await fake.advance(10_000);
      const beganAnewMs = pings ? 1_000 : 2_500;
      const pinged = pings ? ["ping 1000", "ping 2000", "ping 3000"] : [];
      expect(seen).toEqual([...pinged, `dead ${beganAnewMs + 2_500}`]);
      expect(fake.pendingTimers).toBe(0);
    },
  );
});
