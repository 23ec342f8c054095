import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { PayloadError } from "../../src/serializers/payload.js";
import { reviveScalar } from "../../src/serializers/scalar.js";

/** What a Date must be by the protocol. */
function isItsOwnIso(text: string): boolean {
  const date = new Date(text);
  return !Number.isNaN(date.valueOf()) && date.toISOString() === text;
}

function isRevived(text: string): boolean {
  try {
    return (reviveScalar("Date", text) as Date).valueOf() === new Date(text).valueOf();
  } catch (error) {
    expect(error).toBeInstanceOf(PayloadError);
    return false;
  }
}

const digits = (max: number, length = 2): fc.Arbitrary<string> =>
  fc.nat(max).map((number) => String(number).padStart(length, "0"));

describe("a Date", () => {
  test("is revived when it is its own toISOString(), and only then", () => {
    const parts = [
      digits(9999, 4),
      digits(14),
      digits(33),
      digits(26),
      digits(61),
      digits(61),
      digits(999, 3),
    ] as const;
    fc.assert(
      fc.property(fc.tuple(...parts), ([year, month, day, hour, minute, second, rest]) => {
        const text = `${year}-${month}-${day}T${hour}:${minute}:${second}.${rest}Z`;
        expect(isRevived(text)).toBe(isItsOwnIso(text));
      }),
      { numRuns: 2000 },
    );
  });

  test.each(["0000-01-01T00:00:00.000Z", "2024-02-29T23:59:59.999Z", "+010000-01-01T00:00:00.000Z"])(
    "is revived from %s",
    (text) => {
      expect(isRevived(text)).toBe(true);
    },
  );

  test.each([
    "2026-02-29T00:00:00.000Z",
    "2026-04-31T00:00:00.000Z",
    "2026-03-14T24:00:00.000Z",
    "2026-03-14T15:60:00.000Z",
    "2026-03-14T15:09:60.000Z",
    "2026-03-14T15:09:26Z",
    "2026-03-14T15:09:26.535",
    "2026-03-14T15:09:26.535Z\n",
    "-000000-01-01T00:00:00.000Z",
  ])("is refused from %j", (text) => {
    expect(isRevived(text)).toBe(false);
  });
});
