import { describe, expect, it } from "vitest";
import { fakeClock } from "../../src/testing/fake-clock.js";
import { transportPair } from "../../src/testing/transport-pair.js";
import { Recorder } from "../transport/recorder.js";
import { describeTransport } from "../transport/transport-contract.js";

describeTransport("a slow line in memory", async () => {
  const [near, far] = transportPair({ latencyMs: 1 });
  return { near, far, [Symbol.asyncDispose]: async () => near.destroy() };
});

describeTransport("a line in memory", async () => {
  const [near, far] = transportPair();
  return { near, far, [Symbol.asyncDispose]: async () => near.destroy() };
});

describe("transportPair with latency", () => {
  it("delivers a frame when its time has come and not a millisecond earlier", async () => {
    const clock = fakeClock();
    const [near, far] = transportPair({ latencyMs: 40, clock });
    const received = new Recorder();
    far.start(received);
    near.send(Uint8Array.of(1));
    await clock.advance(39);
    expect(received.frames).toEqual([]);
    expect(near.bufferedBytes).toBe(1);
    await clock.advance(1);
    expect(received.frames.length).toBe(1);
    expect(near.bufferedBytes).toBe(0);
  });

  it("takes as long to close, after what was sent before", async () => {
    const clock = fakeClock();
    const [near, far] = transportPair({ latencyMs: 40, clock });
    const received = new Recorder();
    far.start(received);
    near.send(Uint8Array.of(1));
    near.close(4400);
    await clock.advance(39);
    expect(received.log).toEqual(["opened"]);
    await clock.advance(1);
    expect(received.log).toEqual(["opened", "frame 1", "closed 4400"]);
  });

  it("loses what is under way when it is destroyed, and leaves no timer", async () => {
    const clock = fakeClock();
    const [near, far] = transportPair({ latencyMs: 40, clock });
    const received = new Recorder();
    far.start(received);
    near.send(Uint8Array.of(1));
    near.destroy();
    expect(clock.pendingTimers).toBe(0);
    await clock.advance(100);
    expect(received.log).toEqual(["opened", "closed 1006"]);
  });
});
