import { Key } from "hearthwire";
import { describe, expect, test } from "vitest";
import { DiscoveryProof } from "../../src/auth/discovery-proof.js";
import { keyFromCryptoKey, importCryptoKey } from "../../src/auth/key-from-crypto-key.js";
import { CLOCK_SKEW_MS } from "../../src/auth/validity.js";
import { DISCOVERY_QUESTION_BYTES, encodeDiscoveryAnswer } from "../../src/wire/discovery-message.js";
import { Mac } from "../../src/auth/mac.js";

const bytes = new Uint8Array(32).fill(7);
const key = Key.from(bytes, { id: "team" });
const nonce = Uint8Array.from({ length: 16 }, (_, index) => index);
const nowMs = Date.parse("2026-01-01T00:00:00Z");
const proof = new DiscoveryProof(key);
const said = { answeredAtMs: nowMs, nonce, name: "office", address: "wss://192.168.1.5:7765/names" };
const signed = (changes: Partial<typeof said> = {}): Uint8Array => proof.signAnswer({ ...said, ...changes });
const open = (answer: Uint8Array, by = proof): unknown => by.openAnswer(answer, { nonces: [nonce], nowMs });

describe("a question", () => {
  const question = proof.signQuestion({ askedAtMs: nowMs, nonce });

  test("is believed by who has the key", () => {
    expect(proof.faultOfQuestion(question, nowMs)).toBeUndefined();
  });

  test("is as long as the longest answer, so that nobody gets more bytes sent than they send", () => {
    const longest = new DiscoveryProof(Key.generate({ id: "k".repeat(64) })).signAnswer({
      ...said,
      name: "n".repeat(63),
      address: `wss://h/${"a".repeat(247)}`,
    });
    expect(question).toHaveLength(DISCOVERY_QUESTION_BYTES);
    expect(longest.length).toBeLessThanOrEqual(question.length);
  });

  test("is foreign when any byte of it was changed", () => {
    for (let at = 0; at < question.length; at++) {
      const changed = question.slice();
      changed[at]! ^= 1;
      expect(proof.faultOfQuestion(changed, nowMs)).toBe("foreign");
    }
  });

  test.each([
    [CLOCK_SKEW_MS, undefined],
    [-CLOCK_SKEW_MS, undefined],
    [CLOCK_SKEW_MS + 1, "stale"],
    [-CLOCK_SKEW_MS - 1, "stale"],
  ])("is judged %i ms later as %s", (later, fault) => {
    expect(proof.faultOfQuestion(question, nowMs + later)).toBe(fault);
  });

  test("can't be sent back as an answer, nor an answer as a question", () => {
    expect(open(question)).toBe("foreign");
    expect(proof.faultOfQuestion(signed(), nowMs)).toBe("foreign");
  });
});

describe("an answer", () => {
  test("says where to dial", () => {
    expect(open(signed())).toEqual({ ...said, keyId: "team" });
  });

  test("is foreign when any byte of it was changed", () => {
    const answer = signed();
    for (let at = 0; at < answer.length; at++) {
      const changed = answer.slice();
      changed[at]! ^= 0x80;
      expect(open(changed)).toBe("foreign");
    }
  });

  test("is foreign when it is cut, empty, or of another key", () => {
    expect(open(signed().subarray(0, -1))).toBe("foreign");
    expect(open(new Uint8Array(0))).toBe("foreign");
    expect(open(signed(), new DiscoveryProof(Key.generate({ id: "team" })))).toBe("foreign");
  });

  test("is foreign when it names another key than the one that signed it", () => {
    const other = new DiscoveryProof(Key.from(bytes, { id: "other" }));
    expect(open(other.signAnswer(said))).toBe("foreign");
  });

  test("is stale when it answers another question", () => {
    expect(open(signed({ nonce: new Uint8Array(16) }))).toBe("stale");
  });

  test.each([
    [CLOCK_SKEW_MS, false],
    [CLOCK_SKEW_MS + 1, true],
    [-CLOCK_SKEW_MS - 1, true],
  ])("said %i ms ago is stale: %s", (ago, isStale) => {
    expect(open(signed({ answeredAtMs: nowMs - ago })) === "stale").toBe(isStale);
  });

  test.each([
    ["a name with a line break", { name: "of\nfice" }],
    ["a name that is empty", { name: "" }],
    ["an address that is none", { address: "names" }],
    ["an address of a page", { address: "https://192.168.1.5/names" }],
    ["an address of a Unix socket", { address: "ws+unix:///run/names.sock:/names" }],
    ["an address without an object", { address: "wss://192.168.1.5:7765/" }],
    ["an address with a password", { address: "wss://a:b@192.168.1.5:7765/names" }],
    ["more bytes than a question", { address: `wss://h/${"a".repeat(400)}` }],
  ])("with %s is malformed", (_, changes) => {
    expect(open(signed(changes))).toBe("malformed");
  });

  test("with bytes left over before its tag is malformed", () => {
    const short = encodeDiscoveryAnswer({ ...said, keyId: "team" });
    const long = new Uint8Array(short.length + 1);
    long.set(short);
    new Mac(key.derive("discovery", new TextEncoder().encode("answer"))).sign(long);
    expect(open(long)).toBe("malformed");
  });

  test("under a key whose time is over is expired", () => {
    const past = new DiscoveryProof(Key.from(bytes, { id: "team", notAfter: new Date(nowMs - CLOCK_SKEW_MS - 1) }));
    expect(open(signed(), past)).toBe("expired");
    expect(past.faultOfQuestion(proof.signQuestion({ askedAtMs: nowMs, nonce }), nowMs)).toBe("expired");
  });
});

describe("a key", () => {
  test("never signs with its own bytes nor with what signs HELLO", () => {
    const answer = signed();
    for (const wrong of [bytes, key.derive("hello"), key.derive("discovery")]) {
      expect(new Mac(wrong).verify(answer)).toBe(false);
    }
  });

  test.each([
    ["that mints tickets", Key.generate({ id: "root", use: "mint" }), /use "connect".*"root"/],
    ["of a passphrase", Key.from(bytes, { id: "word", requireTls: true }), /"word".*guess/],
  ])("%s is refused", (_, wrong, message) => {
    expect(() => new DiscoveryProof(wrong)).toThrow(
      expect.objectContaining({ code: "HW_KEY_INVALID", message: expect.stringMatching(message) as string }),
    );
  });

  test("that can't be read is refused", async () => {
    const sealed = await keyFromCryptoKey(await importCryptoKey(bytes), { id: "page" });
    expect(() => new DiscoveryProof(sealed)).toThrow(expect.objectContaining({ code: "HW_KEY_INVALID" }));
  });
});
