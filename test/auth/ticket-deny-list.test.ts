import { describe, expect, it, vi } from "vitest";
import { decodeBase64Url } from "../../src/auth/base64url.js";
import { mintTicketAt, type Ticket, type TicketOptions } from "../../src/auth/ticket.js";
import { TicketDenyList } from "../../src/auth/ticket-deny-list.js";
import { decodeTicketPayload } from "../../src/auth/ticket-payload.js";
import { NOW, root } from "./handshake-fixtures.js";

const MINUTE = 60_000;
const mintAt = (nowMs: number, options: Partial<TicketOptions> = {}): Ticket =>
  mintTicketAt(nowMs, { subject: "zoe", ...options, keys: root });
const payloadOf = ({ payload }: Ticket) => decodeTicketPayload(decodeBase64Url(payload)!);

function listAt(nowMs: number) {
  const time = { nowMs };
  const list = new TicketDenyList({ nowMs: () => time.nowMs });
  return { list, time, isDenied: (ticket: Ticket) => list.denialOf(payloadOf(ticket)) !== undefined };
}

describe("deny", () => {
  it.each<[string, (ticket: Ticket) => Ticket | string]>([
    ["the ticket", (ticket) => ticket],
    ["its payload", ({ payload }) => payload],
    ["its payload alone in an object", ({ payload }) => ({ payload }) as Ticket],
  ])("denies by %s one ticket and no other of its subject", (_, named) => {
    const { list, isDenied } = listAt(NOW);
    const [ticket, other] = [mintAt(NOW), mintAt(NOW)];
    list.deny(named(ticket));
    expect([isDenied(ticket), isDenied(other)]).toEqual([true, false]);
  });

  it.each([undefined, null, 5, "", "!", {}, { payload: "AAAA" }])("refuses what is no ticket: %j", (value) => {
    expect(() => listAt(NOW).list.deny(value as never)).toThrow(
      expect.objectContaining({ name: "ConfigError", code: "HW_OPTION_INVALID" }),
    );
  });

  it("remembers until the ticket can't be used any more, and no longer", () => {
    const { list, time } = listAt(NOW);
    list.deny(mintAt(NOW, { lifetimeMs: 10 * MINUTE }));
    time.nowMs = NOW + 11 * MINUTE;
    expect(list.size).toBe(1);
    time.nowMs++;
    expect(list.size).toBe(0);
  });

  it("remembers no longer than any ticket can be used, whatever one says", () => {
    const { list, time } = listAt(NOW);
    list.deny(mintAt(NOW + 1_000_000 * MINUTE));
    time.nowMs = NOW + 63 * MINUTE;
    expect(list.size).toBe(0);
  });
});

describe("denySubject", () => {
  it("denies what was issued until now, and nothing later or of others", () => {
    const { list, isDenied } = listAt(NOW);
    list.denySubject("zoe");
    const issued = [NOW - 1, NOW, NOW + 1].map((nowMs) => mintAt(nowMs));
    expect(issued.map(isDenied)).toEqual([true, true, false]);
    expect(isDenied(mintAt(NOW, { subject: "zo" }))).toBe(false);
  });

  it("covers a minter whose clock goes ahead when told so, up to a minute", () => {
    const { list, isDenied } = listAt(NOW);
    list.denySubject("zoe", { issuedUntilMs: NOW + MINUTE });
    expect([isDenied(mintAt(NOW + MINUTE)), isDenied(mintAt(NOW + MINUTE + 1))]).toEqual([true, false]);
    expect(() => list.denySubject("zoe", { issuedUntilMs: NOW + MINUTE + 1 })).toThrow('"issuedUntilMs" must be');
    expect(() => list.denySubject("zoe", { issuedUntilMs: -1 })).toThrow('"issuedUntilMs" must be');
  });

  it("never allows again what an earlier call has denied", () => {
    const { list, isDenied } = listAt(NOW);
    list.denySubject("zoe");
    list.denySubject("zoe", { issuedUntilMs: NOW - MINUTE });
    expect(isDenied(mintAt(NOW))).toBe(true);
  });

  it.each(["", "a\nb", 5])("refuses what is no subject: %j", (subject) => {
    expect(() => listAt(NOW).list.denySubject(subject as never)).toThrow('"subject" must be');
  });

  it("forgets when the last of those tickets has ended", () => {
    const { list, time } = listAt(NOW);
    list.denySubject("zoe");
    time.nowMs = NOW + 61 * MINUTE;
    expect(list.size).toBe(1);
    time.nowMs++;
    expect(list.size).toBe(0);
  });
});

it("forgets by itself, while more is denied: it holds no more than an hour brings", () => {
  const { list, time } = listAt(NOW);
  const forgotten = vi.spyOn(Map.prototype, "delete");
  try {
    for (let hour = 0; hour < 20; hour++) {
      for (let one = 0; one < 50; one++) list.deny(mintAt(time.nowMs, { lifetimeMs: MINUTE }));
      for (let one = 0; one < 50; one++) list.denySubject(`user-${hour}-${one}`);
      time.nowMs += 62 * MINUTE;
    }
    // Of 2000 all but those of the last hour and what came since it last looked.
    expect(forgotten.mock.calls.length).toBeGreaterThan(1700);
  } finally {
    forgotten.mockRestore();
  }
  expect(list.size).toBe(0);
});

it("tells its listeners of every denial", () => {
  const { list } = listAt(NOW);
  let calls = 0;
  const stop = list.onDenied(() => calls++);
  list.deny(mintAt(NOW));
  list.denySubject("zoe");
  stop();
  list.denySubject("zoe");
  expect(calls).toBe(2);
});
