import { inspect } from "node:util";
import { describe, expect, it } from "vitest";
import { Key, type KeyOptions } from "../../src/auth/key.js";
import { encodeBase64Url } from "../../src/auth/base64url.js";
import { ConfigError } from "../../src/errors/hearthwire-error.js";
import { fromHex, toHex } from "../wire/hex.js";

const HEX = "a1b2c3d4e5f60718293a4b5c6d7e8f90a1b2c3d4e5f60718293a4b5c6d7e8f91";
const BYTES = fromHex(HEX);
const BASE64 = encodeBase64Url(BYTES);

function refusal(task: () => unknown): ConfigError {
  try {
    task();
  } catch (error) {
    if (error instanceof ConfigError) return error;
    throw error;
  }
  throw new Error("it was accepted");
}

describe("Key.from", () => {
  it.each([
    ["32 bytes", BYTES],
    ["a Buffer", Buffer.from(BYTES)],
    ["hex digits", HEX],
    ["capital hex digits", HEX.toUpperCase()],
    ["base64url", BASE64],
  ])("takes %s", (_, bytes) => {
    expect(toHex(Key.from(bytes, { id: "alice" }).export())).toBe(HEX);
  });

  it.each<[string, unknown]>([
    ["31 bytes", BYTES.subarray(1)],
    ["33 bytes", new Uint8Array(33).fill(1)],
    ["no bytes", new Uint8Array(0)],
    ["zero bytes", new Uint8Array(32)],
    ["zero hex digits", "0".repeat(64)],
    ["zero base64url", "A".repeat(43)],
    ["63 hex digits", HEX.slice(1)],
    ["65 hex digits", `${HEX}0`],
    ["a letter that is no hex digit", `g${HEX.slice(1)}`],
    ["padded base64url", `${BASE64}=`],
    ["base64url with bits after the last byte", `${BASE64.slice(0, -1)}B`],
    ["44 characters of base64url", `${BASE64}A`],
    ["an empty text", ""],
    ["a passphrase", "correct horse battery staple"],
    ["an array of numbers", [...BYTES]],
    ["an ArrayBuffer", BYTES.buffer],
    ["other typed arrays", new Uint16Array(32).fill(1)],
    ["undefined", undefined],
    ["null", null],
    ["a number", 7],
  ])("refuses %s", (_, bytes) => {
    expect(refusal(() => Key.from(bytes as Uint8Array, { id: "alice" })).code).toBe("HW_KEY_INVALID");
  });

  it.each<[string, readonly unknown[]]>([
    ["no options", []],
    ["null", [null]],
    ["no id", [{}]],
    ["an id in place of options", ["alice"]],
  ])('with %s asks for the "id", and says nothing of the bytes', (_, rest) => {
    const { code, message } = refusal(() => Reflect.apply(Key.from, Key, [HEX, ...rest]));
    expect([code, message]).toEqual(["HW_KEY_INVALID", expect.stringMatching(/^"id" .*Key\.from\(bytes, \{ id/)]);
    expect(message).not.toContain(HEX.slice(0, 8));
  });

  it.each(["a", "A.b_c-9", "k".repeat(64)])("takes the id %s", (id) => {
    expect(Key.from(BYTES, { id }).id).toBe(id);
  });

  it.each<[string, unknown]>([
    ["no character", ""],
    ["65 characters", "k".repeat(65)],
    ["a slash", "a/b"],
    ["a space", "a b"],
    ["a line end", "a\n"],
    ["a letter beyond ASCII", "ä"],
    ["a number", 7],
  ])("refuses an id of %s", (_, id) => {
    expect(refusal(() => Key.from(BYTES, { id: id as string })).code).toBe("HW_KEY_INVALID");
  });

  it.each<[string, Partial<Record<keyof KeyOptions, unknown>>]>([
    ["an empty subject", { subject: "" }],
    ["a subject with a slash", { subject: "a/b" }],
    ["a subject with a control character", { subject: "a\u0007" }],
    ["a subject of 256 bytes", { subject: "ä".repeat(128) }],
    ["half of a surrogate pair in the subject", { subject: "\uDC00" }],
    ["a notBefore that is no Date", { notBefore: 5 }],
    ["an invalid notAfter", { notAfter: new Date(Number.NaN) }],
    ["an object id with a slash", { objects: ["a/b"] }],
    ["an empty object id", { objects: [""] }],
    ["another use", { use: "both" }],
  ])("refuses %s", (_, options) => {
    expect(refusal(() => Key.from(BYTES, { ...(options as KeyOptions), id: "alice" })).code).toBe("HW_OPTION_INVALID");
  });

  it.each<[string, Readonly<Record<string, unknown>>, RegExp]>([
    ["the use", { use: "my passphrase" }, /"use" of a key must be .* got a text of 13 characters$/],
    ["a flag", { requireTls: "my passphrase" }, /"requireTls" of a key must be .* got a text of 13 characters$/],
    ["the objects", { objects: "my passphrase" }, /"objects" of a key must be .* got a text of 13 characters$/],
    ["an object id", { objects: ["my passphrase/"] }, /"objects" of a key must be .* got a text of 14 characters$/],
    ["the name of an option", { "my passphrase": 1 }, /^a name of 13 characters is no option of a key/],
  ])("shows nothing of a passphrase in the place of %s", (_, options, message) => {
    const error = refusal(() => Key.from(BYTES, { ...(options as KeyOptions), id: "alice" }));
    expect(error).toMatchObject({ code: "HW_OPTION_INVALID", message: expect.stringMatching(message) as string });
    expect(error.message).not.toContain("passphrase");
  });

  it("takes all options", () => {
    const notBefore = new Date(1_000);
    const notAfter = new Date(2_000);
    const key = Key.from(BYTES, {
      id: "alice-2026",
      subject: "Alïce",
      notBefore,
      notAfter,
      objects: ["warehouse"],
      requireChannelBinding: true,
      use: "mint",
    });
    expect(key).toMatchObject({
      id: "alice-2026",
      subject: "Alïce",
      notBefore,
      notAfter,
      objects: ["warehouse"],
      requireChannelBinding: true,
      use: "mint",
    });
  });

  it("has defaults: its id as subject, to connect, without limits", () => {
    const key = Key.from(BYTES, { id: "alice" });
    expect(key).toMatchObject({ subject: "alice", use: "connect", requireChannelBinding: false });
    expect(key.objects).toBeUndefined();
    expect(key.notAfter).toBeUndefined();
  });

  it("keeps its own copy of bytes, dates and objects", () => {
    const bytes = Buffer.from(BYTES);
    const notAfter = new Date(2_000);
    const objects = ["a"];
    const key = Key.from(bytes, { id: "alice", notAfter, objects });
    bytes.fill(1);
    notAfter.setTime(9_000);
    objects.push("b");
    key.export().fill(2);
    expect(toHex(key.export())).toBe(HEX);
    expect(key.notAfter).toEqual(new Date(2_000));
    expect(key.objects).toEqual(["a"]);
  });
});

describe("Key.generate", () => {
  it("makes another key each time", () => {
    const [a, b] = [Key.generate(), Key.generate()];
    expect(a.export().length).toBe(32);
    expect(toHex(a.export())).not.toBe(toHex(b.export()));
  });

  it("names itself by its fingerprint unless told otherwise", () => {
    const key = Key.generate();
    expect(key.id).toBe(`key-${key.fingerprint}`);
    expect(Key.generate({ id: "bob" }).id).toBe("bob");
  });
});

describe("Key#fingerprint", () => {
  it("is 8 hex digits that depend on the bytes alone", () => {
    const key = Key.from(BYTES, { id: "alice" });
    expect(key.fingerprint).toMatch(/^[0-9a-f]{8}$/);
    expect(Key.from(HEX, { id: "bob", use: "mint" }).fingerprint).toBe(key.fingerprint);
    expect(Key.generate().fingerprint).not.toBe(key.fingerprint);
  });
});

describe("a key's bytes", () => {
  const key = Key.from(BYTES, { id: "alice" });
  const forms = [
    HEX,
    HEX.toUpperCase(),
    BASE64,
    Buffer.from(BYTES).toString("base64"),
    [...BYTES].join(","),
    [...BYTES].join(", "),
  ];
  const byteDump = Buffer.from(BYTES).toString("hex").replace(/(..)/g, "$1 ").trim();

  it.each<[string, () => string]>([
    ["inspect", () => inspect(key)],
    [
      "inspect with everything",
      () => inspect(key, { showHidden: true, depth: Infinity, getters: true, maxArrayLength: null }),
    ],
    [
      "inspect inside something",
      () => inspect({ options: { keys: [key] } }, { showHidden: true, depth: Infinity, getters: true }),
    ],
    ["JSON", () => JSON.stringify(key)],
    ["JSON inside something", () => JSON.stringify({ keys: [key] })],
    ["string conversion", () => String(key)],
    ["a template", () => `${key as unknown as string}`],
    ["concatenation", () => "" + (key as unknown as string)],
    [
      "structuredClone",
      () => inspect(structuredClone(key), { showHidden: true, depth: Infinity, maxArrayLength: null }),
    ],
    ["Object.entries", () => inspect(Object.entries(key), { depth: Infinity })],
    ["a spread", () => inspect({ ...key }, { depth: Infinity })],
    ["own property names", () => inspect(Object.getOwnPropertyDescriptors(key), { depth: Infinity })],
    ["the message of an error that names the key", () => inspect(refusal(() => Key.from(BYTES, { id: "not an id" })))],
    ["the message of an error about its text", () => inspect(refusal(() => Key.from(`${HEX}00`, { id: "alice" })))],
    ["the message of an error about base64url", () => inspect(refusal(() => Key.from(`${BASE64}==`, { id: "alice" })))],
  ])("don't appear in %s", (_, show) => {
    const shown = show();
    for (const form of [...forms, byteDump]) expect(shown).not.toContain(form);
    expect(shown).not.toContain(HEX.slice(0, 12));
    expect(shown).not.toContain(BASE64.slice(0, 10));
  });

  it("don't come along in a structured clone, which is no key", () => {
    const clone = structuredClone(key) as unknown;
    expect(clone).not.toBeInstanceOf(Key);
    expect(clone).not.toHaveProperty("export");
  });
});

describe("Key#derive", () => {
  it("gives another key for another purpose or context", () => {
    const key = Key.from(BYTES, { id: "alice" });
    const derived = [key.derive("discovery"), key.derive("resume"), key.derive("resume", Uint8Array.of(1))].map(toHex);
    expect(new Set([...derived, HEX]).size).toBe(4);
  });
});
