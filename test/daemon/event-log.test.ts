import { describe, expect, it } from "vitest";
import type { DaemonEvents, SessionInfo } from "../../src/daemon/daemon-events.js";
import { logEvents } from "../../src/daemon/event-log.js";
import { ConnectionError } from "../../src/errors/hearthwire-error.js";
import { Emitter } from "../../src/observe/emitter.js";
import { NO_STATISTICS } from "../../src/session/session-statistics.js";
import { fakeClock } from "../../src/testing/fake-clock.js";

function logged() {
  const lines: unknown[] = [];
  const level = (name: string) => (message: string, fields?: object) => void lines.push([name, message, fields]);
  const events = new Emitter<DaemonEvents>();
  const clock = fakeClock();
  const end = logEvents(
    { events, clock },
    {
      debug: level("debug"),
      info: level("info"),
      warn: level("warn"),
      error: level("error"),
    },
  );
  return { clock, end, events, lines };
}

const session = {
  sessionId: "00ff",
  principal: { kind: "key", id: "key:ann", subject: "ann" },
  isAttached: true,
  remoteAddress: "127.0.0.1",
  keyId: "ann",
  statistics: NO_STATISTICS,
  references: () => [],
  close: async () => {},
} as const;

describe("logEvents", () => {
  it("writes who was accepted, whose session moved and how it ended", () => {
    const { events, lines } = logged();
    events.emit("accepted", session);
    events.emit("renewed", session);
    events.emit("detached", session, new ConnectionError("HW_CONNECTION_CLOSED", "the line broke\u2028"));
    events.emit("resumed", session);
    events.emit("closed", session);
    events.emit("closed", session, new ConnectionError("HW_SESSION_LOST", "lost"));
    const fields = { sessionId: "00ff", principal: "key:ann", remoteAddress: "127.0.0.1" };
    expect(lines).toEqual([
      ["info", "hearthwire: accepted", fields],
      ["info", "hearthwire: renewed", fields],
      ["info", "hearthwire: detached", { ...fields, reason: "the line broke\\u2028" }],
      ["info", "hearthwire: resumed", fields],
      ["info", "hearthwire: closed", fields],
      ["info", "hearthwire: closed", { ...fields, reason: "lost" }],
    ]);
  });

  it("writes why someone was refused, and what failed unobserved", () => {
    const { events, lines } = logged();
    events.emit("refused", { reason: "no such key" });
    events.emit("unobserved", new TypeError("no"), { object: "shop", member: "buy" });
    expect(lines).toEqual([
      ["warn", "hearthwire: refused", { reason: "no such key" }],
      ["warn", "hearthwire: unobserved", { error: "TypeError", message: "no", object: "shop", member: "buy" }],
    ]);
  });

  // 5000 one-way calls on a missing name gave 20 lines of "denied" and 5000 of "unobserved".
  it("writes 20 of what failed unobserved for one principal in 10 s, then the last with how many were left out", async () => {
    const { clock, events, lines } = logged();
    const bob = { ...session, sessionId: "11ff", principal: { kind: "key", id: "key:bob", subject: "bob" } } as const;
    const fail = (number: number, whose?: SessionInfo) =>
      events.emit("unobserved", new Error(`${number}`), { object: "shop", member: "buy" }, whose);
    for (let number = 1; number <= 5_000; number++) fail(number, session);
    fail(1, bob);
    expect(lines.length).toBe(21);
    await clock.advance(10_000);
    const fields = { remoteAddress: "127.0.0.1", error: "Error", object: "shop", member: "buy" };
    const ofAnn = { ...fields, sessionId: "00ff", principal: "key:ann" };
    expect(lines.slice(19)).toEqual([
      ["warn", "hearthwire: unobserved", { ...ofAnn, message: "20" }],
      ["warn", "hearthwire: unobserved", { ...fields, sessionId: "11ff", principal: "key:bob", message: "1" }],
      ["warn", "hearthwire: unobserved", { ...ofAnn, message: "5000", leftOut: 4_979 }],
    ]);
  });

  it("writes the last of what failed unobserved at its end, and all that no session caused", () => {
    const { clock, end, events, lines } = logged();
    for (let number = 1; number <= 22; number++) {
      events.emit("unobserved", new Error(`${number}`), { object: "", member: "" }, session);
    }
    end();
    expect(lines.at(-1)).toMatchObject(["warn", "hearthwire: unobserved", { message: "22", leftOut: 1 }]);
    expect(clock.pendingTimers).toBe(0);
    for (let number = 1; number <= 50; number++) {
      events.emit("unobserved", new Error("disposal"), { object: "", member: "" });
    }
    expect(lines.length).toBe(21 + 50);
  });

  it.each([
    ["a line break", "a\nb", "a\\u000ab"],
    ["a carriage return", "a\rb", "a\\u000db"],
    ["a terminal's escape sequence", "\u001b[31m", "\\u001b[31m"],
    ["a C1 control", "\u009b31m", "\\u009b31m"],
    ["a line separator", "a\u2028b", "a\\u2028b"],
    ["a mark that turns the text's direction", "\u202eabc", "\\u202eabc"],
    ["a sign of no width", "a\u00adb\ufe0f", "a\\u00adb\\ufe0f"],
    ["letters that only programs see", "a\u{e0041}", "a\\udb40\\udc41"],
  ])("escapes %s, with which a peer could forge a line", (_name, text, safe) => {
    const { events, lines } = logged();
    events.emit("refused", { reason: text });
    expect(lines).toEqual([["warn", "hearthwire: refused", { reason: safe }]]);
  });

  it("leaves other text as it is and cuts it at 200 characters", () => {
    const { events, lines } = logged();
    events.emit("refused", { reason: "ü".repeat(200) });
    events.emit("refused", { reason: "ü".repeat(201) });
    events.emit("refused", { reason: "\n".repeat(100) });
    const reasons = lines.map((line) => (line as [string, string, { reason: string }])[2].reason);
    expect(reasons[0]).toBe("ü".repeat(200));
    expect(reasons[1]).toBe("ü".repeat(200));
    expect(reasons[2]).toBe("\\u000a".repeat(100).slice(0, 200));
  });
});
