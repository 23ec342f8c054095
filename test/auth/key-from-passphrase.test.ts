import { scryptSync } from "node:crypto";
import { beforeAll, describe, expect, it } from "vitest";
import { Key } from "../../src/auth/key.js";
import { keyFromPassphrase, type PassphraseOptions } from "../../src/auth/key-from-passphrase.js";

const PASSPHRASE = "correct horse battery staple";
/** RFC 7914 by the platform, which shares no code with ours. */
const scrypt = (passphrase: string, salt: string): string =>
  scryptSync(passphrase, salt, 32, { N: 2 ** 17, r: 8, p: 1, maxmem: 2 ** 28 }).toString("hex");
const hex = (key: Key): string => Buffer.from(key.export()).toString("hex");

describe("keyFromPassphrase", () => {
  let key: Key;
  let turns = 0;
  beforeAll(async () => {
    const timer = setInterval(() => turns++, 1);
    key = await keyFromPassphrase(PASSPHRASE, { id: "alice", subject: "Alice", objects: ["cart"] });
    clearInterval(timer);
  });

  it("is scrypt with N = 2^17, r = 8, p = 1 over the passphrase, salted with the id", () => {
    expect(hex(key)).toBe(scrypt(PASSPHRASE, "hearthwire/1 passphrase alice"));
  });

  it("takes what a key is called and what it allows, connects only, and only over TLS beyond loopback", () => {
    expect(key).toMatchObject({ id: "alice", subject: "Alice", objects: ["cart"], use: "connect", requireTls: true });
  });

  it("lets timers run meanwhile", () => {
    expect(turns).toBeGreaterThan(10);
  });

  it("takes a salt, and the passphrase however its characters were composed", async () => {
    // The ligature, the full-width space and the combining accent of one keyboard are plain letters of another.
    const made = await keyFromPassphrase("e\u0301clair \uFB01n\u3000de si\u00E8cle", {
      id: "alice",
      salt: "warehouse",
    });
    expect(hex(made)).toBe(scrypt("\u00E9clair fin de si\u00E8cle", "warehouse"));
  });

  it.each<[string, unknown, PassphraseOptions, string, RegExp]>([
    ["a short passphrase", "secret12345", { id: "a" }, "HW_KEY_INVALID", /at least 12 characters, got 11/],
    ["one that is long in UTF-16 only", "😀".repeat(11), { id: "a" }, "HW_KEY_INVALID", /got 11/],
    ["one that is short when normalized", "e\u0301".repeat(11), { id: "a" }, "HW_KEY_INVALID", /got 11/],
    ["half a character", `${PASSPHRASE}\uD800`, { id: "a" }, "HW_KEY_INVALID", /well-formed/],
    ["bytes", new Uint8Array(32), { id: "a" }, "HW_KEY_INVALID", /got a value of type object/],
    ["no id", PASSPHRASE, {} as never, "HW_KEY_INVALID", /"id" of a key must be given/],
    ["no options", PASSPHRASE, undefined as never, "HW_KEY_INVALID", /"id" of a key must be given/],
    [
      "a short salt",
      PASSPHRASE,
      { id: "a", salt: "1234567" },
      "HW_OPTION_INVALID",
      /"salt" must be at least 8 bytes, got 7/,
    ],
    ["a salt of another type", PASSPHRASE, { id: "a", salt: 5 as never }, "HW_OPTION_INVALID", /"salt" must be/],
    ["a use", PASSPHRASE, { id: "a", use: "mint" } as never, "HW_OPTION_INVALID", /"use" is no option here/],
    [
      "requireTls",
      PASSPHRASE,
      { id: "a", requireTls: false } as never,
      "HW_OPTION_INVALID",
      /"requireTls" is no option/,
    ],
    [
      "a misspelt option",
      PASSPHRASE,
      { id: "a", object: ["x"] } as never,
      "HW_OPTION_INVALID",
      /^a name of 6 characters is no option of a key; there are id,/,
    ],
  ])("refuses %s, without a word of the passphrase", async (_, passphrase, options, code, message) => {
    const error: unknown = await keyFromPassphrase(passphrase as string, options).catch((reason: unknown) => reason);
    expect(error).toMatchObject({ name: "ConfigError", code, message: expect.stringMatching(message) as string });
    expect(String(error)).not.toMatch(/secret|horse/);
  });
});

it("gives a daemon that stores the bytes the same key, which it has to mark", async () => {
  const stored = await keyFromPassphrase(PASSPHRASE, { id: "alice" });
  expect(Key.from(stored.export(), { id: "alice", requireTls: true })).toMatchObject({
    fingerprint: stored.fingerprint,
    requireTls: true,
  });
});
