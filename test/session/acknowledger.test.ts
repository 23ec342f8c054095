import { describe, expect, test } from "vitest";
import { Acknowledger } from "../../src/session/acknowledger.js";
import { fakeClock } from "../../src/testing/fake-clock.js";

function acknowledger() {
  const clock = fakeClock();
  const due: number[] = [];
  const start = clock.nowMs;
  return { clock, due, subject: new Acknowledger(clock, () => due.push(clock.nowMs - start)) };
}

describe("Acknowledger", () => {
  test("is due 500 ms after the oldest frame, not after the newest", async () => {
    const { clock, due, subject } = acknowledger();
    subject.taken(100);
    await clock.advance(400);
    subject.taken(100);
    await clock.advance(100);
    expect(due).toEqual([500]);
    expect(subject.isOwing).toBe(true);
  });

  test("owes nothing once a frame was sent", async () => {
    const { clock, subject } = acknowledger();
    subject.taken(100);
    subject.sent();
    await clock.advance(500);
    expect(subject.isOwing).toBe(false);
  });

  test("is urgent at 64 frames and not at 63", () => {
    const { subject } = acknowledger();
    for (let frame = 0; frame < 63; frame++) subject.taken(1);
    expect(subject.isUrgent).toBe(false);
    subject.taken(1);
    expect(subject.isUrgent).toBe(true);
  });

  test("is urgent at 16 KiB and not below", () => {
    const { subject } = acknowledger();
    subject.taken(16 * 1024 - 1);
    expect(subject.isUrgent).toBe(false);
    subject.taken(1);
    expect(subject.isUrgent).toBe(true);
  });

  test("leaves no timer behind when it stops", () => {
    const { clock, subject } = acknowledger();
    subject.taken(1);
    subject.stop();
    expect(clock.pendingTimers).toBe(0);
  });
});
