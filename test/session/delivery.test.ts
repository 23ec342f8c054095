import { describe, expect, test } from "vitest";
import { ConnectionError, type HearthwireError } from "../../src/errors/hearthwire-error.js";
import { call, linkedSessions } from "./support/linked-sessions.js";

const FRAME_BYTES = 16 * 1024;
const never = (): Promise<never> => new Promise(() => undefined);
const large = "x".repeat(3 * FRAME_BYTES);

async function failure(made: Promise<unknown>): Promise<HearthwireError> {
  return made.then(
    () => Promise.reject(new Error("it succeeded")),
    (error: unknown) => error as HearthwireError,
  );
}

describe("a call in pieces", () => {
  test.each([
    ["all of which were taken may have run", Infinity, "unknown"],
    ["of which the last was not taken has not been sent", 4, "not-sent"],
  ] as const)("%s", async (_what, taken, delivery) => {
    // The first frame opens the session; the call has four pieces.
    const ends = linkedSessions({
      maxFrameBytes: FRAME_BYTES,
      members: { go: never },
      tamper: (frame, direction, index) => (direction === "up" && index > taken ? undefined : frame),
    });
    await ends.clock.advance(0);
    const failed = failure(call(ends.client, "go", large));
    await ends.clock.advance(0);
    expect(ends.frames.up).toHaveLength(5);
    void ends.server.close();
    await ends.clock.advance(0);
    expect(await failed).toMatchObject({ code: "HW_CONNECTION_CLOSED", delivery });
  });

  test("holds back calls on the same target, which have not been sent", async () => {
    const ends = linkedSessions({
      maxFrameBytes: FRAME_BYTES,
      members: { go: never },
      tamper: (frame, direction, index) => (direction === "up" && index > 2 ? undefined : frame),
    });
    await ends.clock.advance(0);
    const failures = [call(ends.client, "go", large), call(ends.client, "go", "small")].map(failure);
    await ends.clock.advance(0);
    void ends.server.close();
    await ends.clock.advance(0);
    expect(await Promise.all(failures)).toMatchObject([{ delivery: "not-sent" }, { delivery: "not-sent" }]);
  });
});

describe("a session that is lost while it has no channel", () => {
  test("says of calls that were sent before that they may have run, and of later ones that they never did", async () => {
    const ends = linkedSessions({ members: { go: never }, windowMs: 1_000 });
    await ends.clock.advance(0);
    const before = failure(call(ends.client, "go"));
    await ends.clock.advance(0);
    ends.cut();
    await ends.clock.advance(0);
    const after = failure(call(ends.client, "go"));
    await ends.clock.advance(0);
    ends.client.lose(new ConnectionError("HW_SESSION_LOST", "the daemon no longer knows it", { delivery: "unknown" }));
    expect([await before, await after]).toMatchObject([
      { code: "HW_SESSION_LOST", delivery: "unknown", retryable: false },
      { code: "HW_SESSION_LOST", delivery: "not-sent", retryable: true },
    ]);
  });
});
