import { expect, test } from "vitest";
import { FrameFlow } from "../../src/session/frame-flow.js";
import { fakeClock } from "../../src/testing/fake-clock.js";
import type { Transport } from "../../src/transport/transport.js";
import { established } from "./support/linked-sessions.js";

test("FrameFlow counts what the peer does not read, though the peer acknowledges it", () => {
  const nothing = (): void => undefined;
  const transport = { start: nothing, send: nothing, close: nothing, destroy: nothing, bufferedBytes: 0 };
  const flow = new FrameFlow({
    role: "server",
    clock: fakeClock(),
    maxFrameBytes: 16 * 1024,
    body: () => false,
    scheduleFlush: nothing,
    acknowledge: nothing,
    ping: nothing,
    relieved: nothing,
    lost: nothing,
    broken: nothing,
  });
  flow.attach(transport satisfies Transport, established().server);
  expect([flow.pressureBytes, flow.isCongested]).toEqual([0, false]);
  transport.bufferedBytes = 5 * 1024 * 1024;
  expect([flow.pressureBytes, flow.isCongested]).toEqual([5 * 1024 * 1024, true]);
  flow.end(1000);
});
