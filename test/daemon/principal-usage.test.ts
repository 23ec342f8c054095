import { describe, expect, it } from "vitest";
import { completeLimits, type Limits } from "../../src/daemon/limits.js";
import { type MakeRoom, PrincipalUsage, type SessionSeat } from "../../src/daemon/principal-usage.js";
import { fakeClock } from "../../src/testing/fake-clock.js";

function usageOf(limits: Partial<Limits>, makeRoom: MakeRoom = () => false) {
  const clock = fakeClock();
  return { clock, usage: new PrincipalUsage({ limits: completeLimits(limits), clock, makeRoom }) };
}

describe("without limits for principals", () => {
  it("counts no calls and remembers nobody", () => {
    const { usage } = usageOf({});
    expect(usage.take("key:ann").calls).toBeUndefined();
    expect(usage.size).toBe(0);
  });

  it("makes room for a session too many by one that has no line: of its principal, or of anybody", () => {
    const asked: unknown[] = [];
    const without: SessionSeat[] = [];
    const { usage } = usageOf({ maxSessions: 2, maxSessionsPerPrincipal: 1 }, (principalId) => {
      asked.push(principalId);
      // Of the others none has lost its line.
      if (principalId !== undefined && principalId !== "key:ann") return false;
      const seat = without.shift();
      seat?.leave();
      return seat !== undefined;
    });
    const enter = (principalId: string): SessionSeat => {
      const seat = usage.take(principalId);
      seat.admit();
      return seat;
    };
    without.push(enter("key:ann"));
    enter("key:ann");
    without.push(enter("key:bob"));
    expect(asked).toEqual(["key:ann"]);
    enter("key:cid");
    expect(asked).toEqual(["key:ann", "key:cid", undefined]);
    expect(() => enter("key:dan")).toThrow('"limits.maxSessions"');
    expect(() => enter("key:cid")).toThrow('"limits.maxSessionsPerPrincipal"');
  });

  it("counts the sessions of all", () => {
    const { usage } = usageOf({ maxSessions: 1 });
    const first = usage.take("key:ann");
    first.admit();
    const second = usage.take("key:bob");
    expect(() => second.admit()).toThrow(
      expect.objectContaining({ limit: "maxSessions", allowed: 1, retryable: true }),
    );
    first.leave();
    first.leave();
    second.admit();
    expect(() => usage.take("key:cid").admit()).toThrow('"limits.maxSessions"');
  });
});

describe("maxSessionsPerPrincipal", () => {
  it("bounds the sessions of one principal and leaves others alone", () => {
    const { usage } = usageOf({ maxSessionsPerPrincipal: 2 });
    const [first, second] = [usage.take("key:ann"), usage.take("key:ann")];
    first.admit();
    second.admit();
    expect(() => usage.take("key:ann").admit()).toThrow(
      expect.objectContaining({
        code: "HW_LIMIT",
        limit: "maxSessionsPerPrincipal",
        allowed: 2,
        retryable: true,
        message: expect.stringContaining('"limits.maxSessionsPerPrincipal"') as string,
      }),
    );
    usage.take("key:bob").admit();
  });

  it("has room again when a session has left", () => {
    const { usage } = usageOf({ maxSessionsPerPrincipal: 1 });
    const first = usage.take("key:ann");
    const excess = usage.take("key:ann");
    expect(() => excess.admit()).toThrow("maxSessionsPerPrincipal");
    excess.leave();
    first.leave();
    usage.take("key:ann").admit();
  });

  it("gives those that are too many no seat of others while they are told so", () => {
    const { usage } = usageOf({ maxSessions: 2, maxSessionsPerPrincipal: 1 });
    usage.take("key:ann").admit();
    for (let more = 0; more < 10; more++) usage.take("key:ann");
    usage.take("key:bob").admit();
    expect(() => usage.take("key:cid").admit()).toThrow('"limits.maxSessions"');
  });

  it("forgets a principal with its last session", () => {
    const { usage, clock } = usageOf({ maxSessionsPerPrincipal: 2 });
    const seats = [usage.take("key:ann"), usage.take("key:ann"), usage.take("key:bob")];
    expect(usage.size).toBe(2);
    for (const seat of seats) seat.leave();
    expect([usage.size, clock.pendingTimers]).toEqual([0, 0]);
  });
});

describe("maxCallsPerPrincipal", () => {
  it("bounds the calls of all sessions of a principal together, and of no other", () => {
    const { usage } = usageOf({ maxCallsPerPrincipal: 2 });
    const [one, two, other] = ["key:ann", "key:ann", "key:bob"].map((id) => usage.take(id).calls!);
    expect([one!.enter(), two!.enter()]).toEqual([undefined, undefined]);
    expect(one!.enter()).toMatchObject({
      code: "HW_LIMIT",
      limit: "maxCallsPerPrincipal",
      allowed: 2,
      retryable: true,
    });
    expect(two!.enter()?.message).toContain('"limits.maxCallsPerPrincipal"');
    expect(other!.enter()).toBeUndefined();
    two!.leave();
    expect(one!.enter()).toBeUndefined();
    expect(one!.enter()).toBeDefined();
  });

  it("counts calls that outlive their session until they are over, also for sessions that come then", () => {
    const { usage } = usageOf({ maxCallsPerPrincipal: 1 });
    const first = usage.take("key:ann");
    first.calls!.enter();
    first.leave();
    const next = usage.take("key:ann");
    expect(next.calls!.enter()).toMatchObject({ limit: "maxCallsPerPrincipal" });
    first.calls!.leave();
    expect(next.calls!.enter()).toBeUndefined();
    next.calls!.leave();
    expect(usage.size).toBe(1);
    next.leave();
    expect(usage.size).toBe(0);
  });
});

describe("callsPerSecondPerPrincipal", () => {
  const refusedAt = (calls: { enter(): unknown }, attempts: number): number => {
    for (let made = 0; made < attempts; made++) if (calls.enter() !== undefined) return made;
    return attempts;
  };

  it("lets a burst through and then so many a second, refused ones not counted", async () => {
    const { usage, clock } = usageOf({ callsPerSecondPerPrincipal: 3, callBurstPerPrincipal: 7 });
    const { calls } = usage.take("key:ann");
    expect(refusedAt(calls!, 100)).toBe(7);
    expect(refusedAt(usage.take("key:ann").calls!, 100)).toBe(0);
    expect(refusedAt(usage.take("key:bob").calls!, 100)).toBe(7);
    expect(calls!.enter()).toMatchObject({ limit: "callsPerSecondPerPrincipal", allowed: 3, retryable: true });
    await clock.advance(1_000);
    expect(refusedAt(calls!, 100)).toBe(3);
    await clock.advance(333);
    expect(refusedAt(calls!, 100)).toBe(0);
    await clock.advance(1);
    expect(refusedAt(calls!, 100)).toBe(1);
    await clock.advance(60_000);
    expect(refusedAt(calls!, 100)).toBe(7);
  });

  it("gives back no call that was refused for maxCallsPerPrincipal", async () => {
    const { usage, clock } = usageOf({ callsPerSecondPerPrincipal: 2, maxCallsPerPrincipal: 1 });
    const { calls } = usage.take("key:ann");
    expect(calls!.enter()).toBeUndefined();
    for (let more = 0; more < 10; more++) expect(calls!.enter()).toMatchObject({ limit: "maxCallsPerPrincipal" });
    calls!.leave();
    expect(calls!.enter()).toBeUndefined();
    calls!.leave();
    expect(calls!.enter()).toMatchObject({ limit: "callsPerSecondPerPrincipal" });
    await clock.advance(500);
    expect(calls!.enter()).toBeUndefined();
  });

  it("remembers a principal that left until its burst is back, so that connecting again gives no new one", async () => {
    const { usage, clock } = usageOf({ callsPerSecondPerPrincipal: 10, callBurstPerPrincipal: 20 });
    const leaveAfter = (made: number): void => {
      const seat = usage.take("key:ann");
      expect(refusedAt(seat.calls!, 100)).toBe(made);
      for (let one = 0; one < made; one++) seat.calls!.leave();
      seat.leave();
    };
    leaveAfter(20);
    leaveAfter(0);
    await clock.advance(1_999);
    expect(usage.size).toBe(1);
    await clock.advance(1);
    expect([usage.size, clock.pendingTimers]).toEqual([0, 0]);
    leaveAfter(20);
    usage.end();
    expect([usage.size, clock.pendingTimers]).toEqual([0, 0]);
  });

  it("holds nobody up for longer than a burst when the clock is put back", () => {
    let nowMs = 1_000_000;
    const limits = completeLimits({ callsPerSecondPerPrincipal: 10 });
    const clock = { now: () => nowMs, after: () => ({ cancel: () => undefined }) };
    const usage = new PrincipalUsage({ limits, clock, makeRoom: () => false });
    const { calls } = usage.take("key:ann");
    expect(refusedAt(calls!, 100)).toBe(10);
    nowMs -= 500_000;
    expect(refusedAt(calls!, 100)).toBe(0);
    nowMs += 1_000;
    expect(refusedAt(calls!, 100)).toBe(10);
  });
});
