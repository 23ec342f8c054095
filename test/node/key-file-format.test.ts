import { inspect } from "node:util";
import { describe, expect, it } from "vitest";
import { formatKeyFile, newKeys, parseKeyFile } from "../../src/node/key-file-format.js";

const SECRET = "AQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQE";
const entry = { id: "alice", use: "connect", key: SECRET };
const parse = (changes: object) => [
  ...parseKeyFile(JSON.stringify({ version: 1, keys: [{ ...entry, ...changes }] }), "/keys.json"),
];

describe("a key of a file", () => {
  it("has what the file says of it", () => {
    const [key] = parse({
      subject: "Alice",
      notBefore: "2026-01-31T00:00:00Z",
      notAfter: "2028-02-29T23:59:59.999Z",
      objects: ["cart"],
      requireChannelBinding: true,
      requireTls: true,
    });
    expect(key).toMatchObject({
      id: "alice",
      subject: "Alice",
      notBefore: new Date("2026-01-31T00:00:00Z"),
      notAfter: new Date("2028-02-29T23:59:59.999Z"),
      objects: ["cart"],
      requireChannelBinding: true,
      requireTls: true,
    });
  });

  it("is without limits when it says nothing", () => {
    const [key] = parse({});
    expect(key).toMatchObject({ subject: "alice", requireChannelBinding: false, requireTls: false });
    expect([key?.notBefore, key?.notAfter, key?.objects]).toEqual([undefined, undefined, undefined]);
  });

  it.each<[string, object, RegExp]>([
    [
      "a misspelt restriction",
      { notafter: "2026-01-01T00:00:00Z" },
      /keys\[0\] has a member besides id, use, key, subject/,
    ],
    ["a day that there is not", { notAfter: "2026-02-30T00:00:00Z" }, /has a "notAfter" of another type or form/],
    ["a time of some zone", { notAfter: "2026-02-03T00:00:00+01:00" }, /has a "notAfter"/],
    ["a day without time", { notBefore: "2026-02-03" }, /has a "notBefore"/],
    ["a number as time", { notBefore: 1 }, /has a "notBefore"/],
    [
      "an end before its beginning",
      { notBefore: "2026-02-03T00:00:00Z", notAfter: "2026-02-02T00:00:00Z" },
      /"notAfter" of a key/,
    ],
    ["a text of objects", { objects: "cart" }, /has a "objects"/],
    ["an object that is none", { objects: ["a/b"] }, /"objects" of a key must be object ids/],
    ["a flag as text", { requireTls: "false" }, /has a "requireTls"/],
    ["a flag as number", { requireChannelBinding: 1 }, /has a "requireChannelBinding"/],
    ["null", { subject: null }, /has a "subject"/],
    ["a subject with a slash", { subject: "a/b" }, /must not contain "\/"/],
    ["no use", { use: undefined }, /has no "use"/],
  ])("is refused with %s, and nothing of it is shown", (_, changes, message) => {
    let error: unknown;
    try {
      parse(changes);
    } catch (reason) {
      error = reason;
    }
    expect(error).toMatchObject({
      name: "ConfigError",
      code: "HW_KEY_INVALID",
      message: expect.stringMatching(message) as string,
    });
    expect(inspect(error, { depth: 9 })).not.toContain(SECRET.slice(0, 8));
  });
});

it("refuses a member that would change the entry's prototype", () => {
  const content = `{"version":1,"keys":[{"id":"a","use":"connect","key":"${SECRET}","__proto__":{}}]}`;
  expect(() => parseKeyFile(content, "/keys.json")).toThrow("has a member besides");
});

it("makes two independent keys", () => {
  const keys = [...parseKeyFile(formatKeyFile(newKeys()), "/keys.json")];
  expect(keys.map(({ use }) => use)).toEqual(["connect", "mint"]);
  expect(keys[0]!.fingerprint).not.toBe(keys[1]!.fingerprint);
});
