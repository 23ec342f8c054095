import { expect, it } from "vitest";
import { Key } from "../../src/auth/key.js";
import { mintTicketAt } from "../../src/auth/ticket.js";
import { lifeOf, renewalDelayMs, retryDelayMs } from "../../src/client/renewal-time.js";

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
const NOW = 1_700_000_000_000;

it.each([
  ["an hour at 80 %", HOUR_MS, 48 * MINUTE_MS],
  ["ten minutes at 80 %", 10 * MINUTE_MS, 8 * MINUTE_MS],
  ["2.5 minutes at 80 %, which is 30 s before its end", 150_000, 120_000],
  ["100 s at 30 s before its end", 100_000, 70_000],
  ["40 s at its half", 40_000, 20_000],
  ["1 ms after a second", 1, 1_000],
])("renews a credential of %s", (_, lifetimeMs, delayMs) => {
  expect(renewalDelayMs({ beginsAtMs: NOW, endsAtMs: NOW + lifetimeMs }, NOW)).toBe(delayMs);
});

it.each([
  ["counts the life of one from the future from now", -10 * MINUTE_MS, 8 * MINUTE_MS],
  ["renews one that has run for a while the earlier", 5 * MINUTE_MS, 3 * MINUTE_MS],
  ["takes its time with one that seems to be over", HOUR_MS, 30_000],
])("%s", (_, sinceIssueMs, delayMs) => {
  const beginsAtMs = NOW - sinceIssueMs;
  expect(renewalDelayMs({ beginsAtMs, endsAtMs: beginsAtMs + 10 * MINUTE_MS }, NOW)).toBe(delayMs);
});

it("tries again after pauses that double, up to 30 s, or a quarter of what is left", () => {
  expect([1, 2, 3, 4, 5, 6, 7].map((tries) => retryDelayMs(tries, MINUTE_MS))).toEqual([
    1_000, 2_000, 4_000, 8_000, 16_000, 30_000, 30_000,
  ]);
  expect(retryDelayMs(6, HOUR_MS)).toBe(32_000);
  expect(retryDelayMs(60, HOUR_MS)).toBe(HOUR_MS / 4);
  expect(retryDelayMs(60, -MINUTE_MS)).toBe(30_000);
});

it("knows when credentials end", () => {
  const root = Key.generate({ id: "root", use: "mint" });
  const ticket = mintTicketAt(NOW, { subject: "zoe", keys: root, lifetimeMs: MINUTE_MS });
  // What the daemon goes by is what was signed.
  expect(lifeOf({ method: 2, ticket: { ...ticket, expiresAtMs: 0 } }, NOW)).toEqual({
    beginsAtMs: NOW,
    endsAtMs: NOW + MINUTE_MS,
  });
  const dates = { notBefore: new Date(NOW - HOUR_MS), notAfter: new Date(NOW + HOUR_MS) };
  expect(lifeOf({ method: 1, key: Key.generate(dates) }, NOW)).toEqual({
    beginsAtMs: NOW - HOUR_MS,
    endsAtMs: NOW + HOUR_MS,
  });
  expect(lifeOf({ method: 1, key: Key.generate({ notAfter: dates.notAfter }) }, NOW)).toMatchObject({
    beginsAtMs: NOW,
  });
  expect(lifeOf({ method: 1, key: Key.generate() }, NOW)).toBeUndefined();
});
