import { describe, expect, test } from "vitest";
import { NO_STATISTICS, pastStatistics, sumOfStatistics } from "../../src/session/session-statistics.js";

const busy = Object.freeze(
  Object.fromEntries(Object.keys(NO_STATISTICS).map((name, index) => [name, index + 1])),
) as unknown as typeof NO_STATISTICS;

describe("sumOfStatistics", () => {
  test("adds everything up, and takes the longest round trip", () => {
    const slower = { ...busy, roundTripMs: 90 };
    const sum = sumOfStatistics([busy, slower, { ...busy, roundTripMs: undefined }]);
    expect(sum.roundTripMs).toBe(90);
    for (const [name, count] of Object.entries(busy)) {
      if (name !== "roundTripMs") expect(sum).toHaveProperty(name, 3 * count);
    }
  });

  test("is frozen, and of no sessions nothing", () => {
    expect(sumOfStatistics([])).toEqual(NO_STATISTICS);
    expect(Object.isFrozen(sumOfStatistics([]))).toBe(true);
  });
});

test("of a session that is over what was done remains, and nothing that was held", () => {
  const { callsMade, callsMadeFailed, callsServed, callsServedFailed, bytesSent, bytesReceived, pingsSent } = busy;
  const { framesSent, framesResent, framesReceived, streamItemsSent, streamItemsReceived } = busy;
  expect(pastStatistics(busy)).toEqual({
    ...NO_STATISTICS,
    ...{ callsMade, callsMadeFailed, callsServed, callsServedFailed, bytesSent, bytesReceived, pingsSent },
    ...{ framesSent, framesResent, framesReceived, streamItemsSent, streamItemsReceived },
  });
});
