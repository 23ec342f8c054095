import { expect, it } from "vitest";
import { reconnectTimes } from "../../src/client/reconnect-times.js";

it("reconnectTimes fills up what is left out", () => {
  expect(reconnectTimes()).toEqual({ minDelayMs: 250, maxDelayMs: 30_000, giveUpAfterMs: Infinity });
  expect(reconnectTimes({ giveUpAfterMs: 5, minDelayMs: undefined })).toEqual({
    minDelayMs: 250,
    maxDelayMs: 30_000,
    giveUpAfterMs: 5,
  });
});
