import { describe, expect, it } from "vitest";
import { completeLimits, DEFAULT_LIMITS, type Limits } from "../../src/daemon/limits.js";
import { ConfigError } from "../../src/errors/hearthwire-error.js";

describe("completeLimits", () => {
  it("gives the defaults of the design", () => {
    expect(completeLimits()).toEqual({
      maxFrameBytes: 2 * 1024 * 1024,
      maxSessions: 1024,
      maxDetachedPerPrincipal: 64,
      maxCallsInFlight: 256,
      maxStreams: 64,
      maxReferences: 4096,
      maxSessionsPerPrincipal: Infinity,
      maxCallsPerPrincipal: Infinity,
      callsPerSecondPerPrincipal: Infinity,
      callBurstPerPrincipal: Infinity,
    });
    expect(DEFAULT_LIMITS).toEqual(completeLimits());
  });

  it("keeps what is given and fills up the rest", () => {
    expect(completeLimits({ maxSessions: 7 })).toEqual({ ...DEFAULT_LIMITS, maxSessions: 7 });
  });

  it.each([
    ["maxFrameBytes", 16 * 1024, 16 * 1024 * 1024],
    ["maxSessions", 1, 1_000_000],
    ["maxDetachedPerPrincipal", 1, 1_000_000],
    ["maxCallsInFlight", 1, 65_536],
    ["maxStreams", 1, 65_536],
    ["maxReferences", 1, 1_000_000],
    ["maxSessionsPerPrincipal", 1, 1_000_000],
    ["maxCallsPerPrincipal", 1, 1_000_000],
    ["callsPerSecondPerPrincipal", 1, 1_000_000],
  ] as const)("takes %s from %d to %d and refuses both neighbours with name, range and value", (name, least, most) => {
    expect(completeLimits({ [name]: least })[name]).toBe(least);
    expect(completeLimits({ [name]: most })[name]).toBe(most);
    for (const value of [least - 1, most + 1]) {
      expect(() => completeLimits({ [name]: value })).toThrow(
        `"limits.${name}" must be an integer ${least}..${most}, got ${value}`,
      );
    }
  });

  it.each([1.5, Number.NaN, Infinity, "64", null])("refuses %j, which is no integer", (value) => {
    const limits = { maxStreams: value } as Partial<Limits>;
    expect(() => completeLimits(limits)).toThrow(ConfigError);
    expect(() => completeLimits(limits)).toThrow(expect.objectContaining({ code: "HW_OPTION_INVALID" }));
  });

  it("takes Infinity for the limits of a principal, which are none unless they are given", () => {
    expect(completeLimits({ maxCallsPerPrincipal: Infinity })).toEqual(DEFAULT_LIMITS);
    expect(() => completeLimits({ maxSessions: Infinity })).toThrow('"limits.maxSessions"');
  });

  it("gives the burst of a rate one second's worth", () => {
    expect(completeLimits({ callsPerSecondPerPrincipal: 5 })).toMatchObject({ callBurstPerPrincipal: 5 });
    const both = { callsPerSecondPerPrincipal: 5, callBurstPerPrincipal: 50 };
    expect(completeLimits(both)).toMatchObject(both);
    for (const value of [0, 1_000_001]) {
      expect(() => completeLimits({ ...both, callBurstPerPrincipal: value })).toThrow(
        `"limits.callBurstPerPrincipal" must be an integer 1..1000000, got ${value}`,
      );
    }
  });

  it("refuses a name that is no limit, and says which there are", () => {
    expect(() => completeLimits({ maxSession: 1 } as Partial<Limits>)).toThrow(
      '"limits.maxSession" is no limit; there are maxFrameBytes, maxSessions, maxDetachedPerPrincipal, maxCallsInFlight, maxStreams, ' +
        "maxReferences, maxSessionsPerPrincipal, maxCallsPerPrincipal, callsPerSecondPerPrincipal, callBurstPerPrincipal",
    );
  });
});
