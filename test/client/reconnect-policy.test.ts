import { describe, expect, it } from "vitest";
import { pauseAfter, pauseAfterEnd } from "../../src/client/reconnect-policy.js";
import { ConfigError, ConnectionError, ProtocolError } from "../../src/errors/hearthwire-error.js";
import { byeError, lostError, sessionLostError } from "../../src/session/bye.js";
import { PORT_URL } from "../../src/transport/port-message.js";
import type { ByeCode } from "../../src/wire/message.js";

const backoff = { pauseMs: () => 77, tries: 1 };
const LATER = 77;
const CLOSED = undefined;

function circumstances(changes: object = {}) {
  const credentials = { isRefreshable: true, isOver: false, spend: () => undefined };
  return {
    refusals: 0,
    wasConnected: true,
    wasOpen: true,
    reconnects: true,
    credentials,
    backoff,
    ...changes,
  } as never;
}

const nobody = new ConnectionError("HW_CONNECT_FAILED", "nobody listens", { retryable: true });
const full = new ConnectionError("HW_REFUSED", "a limit", { retryable: true });
const unproven = new ConnectionError("HW_REFUSED", "could not prove");
const wrongOption = new ConfigError("HW_OPTION_INVALID", "wrong");
const fixed = { credentials: { isRefreshable: false, isOver: false } };

describe("pauseAfter", () => {
  it.each([
    [16, 0],
    [17, LATER],
  ])("when there are other replicas, after %i tries", (tries, pauseMs) => {
    const failure = { error: nobody, hasOthers: true };
    expect(pauseAfter(failure, circumstances({ backoff: { ...backoff, tries }, wasConnected: false }))).toBe(pauseMs);
  });

  it.each<[string, Error, object, number | undefined]>([
    ["nobody listens, at first", nobody, { wasConnected: false }, CLOSED],
    ["nobody listens, later", nobody, {}, LATER],
    ["a limit is reached, at first", full, { wasConnected: false }, LATER],
    ["a limit is reached, without reconnect", full, { wasConnected: false, reconnects: false }, CLOSED],
    ["who answers can't prove itself, at first", unproven, { wasConnected: false }, CLOSED],
    ["who answers can't prove itself, later", unproven, {}, LATER],
    ["the program is wrong", wrongOption, {}, CLOSED],
    ["a credential function fails, later", new Error("offline"), {}, LATER],
  ])("when %s", (_, error, changes, pauseMs) => {
    expect(pauseAfter({ error }, circumstances(changes))).toBe(pauseMs);
  });

  it.each<[string, object, number | undefined]>([
    ["at first", { wasConnected: false, refusals: 1 }, 0],
    ["later", { refusals: 1 }, 0],
    ["for the third time in a row, at first", { wasConnected: false, refusals: 3 }, 0],
    ["for the third time in a row, later", { refusals: 3 }, LATER],
    ["for the fourth", { refusals: 4 }, CLOSED],
    ["and is the only one, at first", { ...fixed, wasConnected: false, refusals: 1 }, CLOSED],
    ["and is the only one, later", { ...fixed, refusals: 1 }, LATER],
    ["and has ended", { credentials: { isRefreshable: false, isOver: true }, refusals: 1 }, CLOSED],
    ["without reconnect, at first", { reconnects: false, wasConnected: false, refusals: 1 }, 0],
  ])("when a credential is refused %s", (_, changes, pauseMs) => {
    expect(pauseAfter({ error: unproven, isRefused: true }, circumstances(changes))).toBe(pauseMs);
  });
});

describe("pauseAfterEnd", () => {
  it.each<[ByeCode, number | undefined]>([
    ["done", CLOSED],
    ["protocol", CLOSED],
    ["drain", LATER],
    ["overloaded", LATER],
    ["expired", LATER],
    ["revoked", LATER],
  ])("of bye %s", (code, pauseMs) => {
    const error = byeError(code, "ws://a.test/");
    expect(pauseAfterEnd(error, circumstances())).toBe(pauseMs);
    expect(pauseAfterEnd(error, circumstances({ reconnects: false }))).toBe(CLOSED);
  });

  it("of bye revoked is the last when there is no other credential", () => {
    expect(pauseAfterEnd(byeError("revoked", undefined), circumstances(fixed))).toBe(CLOSED);
  });

  it("of bye expired is the last when there is no other credential, and spends it when there is", () => {
    let spent = 0;
    const credentials = { isRefreshable: true, isOver: false, spend: () => (spent += 1) };
    expect(pauseAfterEnd(byeError("expired", undefined), circumstances({ credentials }))).toBe(LATER);
    expect(pauseAfterEnd(byeError("revoked", undefined), circumstances({ credentials }))).toBe(LATER);
    expect(spent).toBe(2);
    const over = { ...credentials, isOver: true };
    expect(pauseAfterEnd(byeError("expired", undefined), circumstances({ credentials: over }))).toBe(CLOSED);
  });

  it.each<[string, Error, object, number | undefined]>([
    ["a session that is lost", sessionLostError("over", {}), {}, 0],
    ["one that was lost before it was open", sessionLostError("over", {}), { wasOpen: false }, LATER],
    ["one with its channel", lostError({ code: 1006 }, "ws://a.test/"), {}, LATER],
    ["one with its port", lostError({ code: 1006 }, PORT_URL), {}, CLOSED],
    ["one that the daemon refused", unproven, { wasOpen: false }, CLOSED],
    ["one that the daemon had no room for, at first", full, { wasOpen: false, wasConnected: false }, CLOSED],
    ["one that the daemon had no room for, later", full, { wasOpen: false }, LATER],
    ["one that broke the protocol", new ProtocolError("a rule"), {}, CLOSED],
  ])("of %s", (_, error, changes, pauseMs) => {
    expect(pauseAfterEnd(error, circumstances(changes))).toBe(pauseMs);
  });
});
