import { InvalidArgumentError } from "commander";
import { afterEach, describe, expect, test, vi } from "vitest";
import { parseDuration, parseMoment } from "../../src/cli/time-text.js";

afterEach(() => void vi.useRealTimers());

describe("parseDuration", () => {
  test.each([
    ["1ms", 1],
    ["90s", 90_000],
    ["10m", 600_000],
    ["2h", 7_200_000],
    ["36500d", 36_500 * 86_400_000],
  ])("%s is %i ms", (text, durationMs) => {
    expect(parseDuration(text)).toBe(durationMs);
  });

  test.each(["", "10", "0s", "01s", "-1s", "1.5h", "1 h", "1H", "1w", "36501d", "99999999999ms", "1h30m"])(
    "refuses %j",
    (text) => {
      expect(() => parseDuration(text)).toThrow(InvalidArgumentError);
    },
  );
});

describe("parseMoment", () => {
  test("counts a duration from now on, up to the next whole second", () => {
    vi.useFakeTimers({ now: Date.parse("2026-02-27T23:00:00.001Z") });
    expect(parseMoment("2d")).toEqual(new Date("2026-03-01T23:00:01Z"));
  });

  test("takes a time in UTC", () => {
    expect(parseMoment("2028-02-29T23:59:59Z")).toEqual(new Date("2028-02-29T23:59:59Z"));
  });

  test.each(["2026-02-30T00:00:00Z", "2026-12-31", "2026-12-31T23:00:00", "2026-12-31T25:00:00Z", "tomorrow", "1"])(
    "refuses %j",
    (text) => {
      expect(() => parseMoment(text)).toThrow(InvalidArgumentError);
    },
  );
});
