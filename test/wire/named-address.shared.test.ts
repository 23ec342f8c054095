import fc from "fast-check";
import { describe, expect, it, test } from "vitest";
import { ConfigError } from "../../src/errors/hearthwire-error.js";
import {
  formatNamedAddress,
  type NamedAddress,
  nameServerUrl,
  parseNamedAddress,
} from "../../src/wire/named-address.js";

const from = (alphabet: string): fc.Arbitrary<string> => fc.constantFrom(...alphabet);
const LETTERS = "abcxyzABCXYZ0189";
const nameOf = fc
  .tuple(from(LETTERS), fc.array(from(`${LETTERS}._~/-`), { maxLength: 127 }))
  .map(([first, rest]) => first + rest.join(""));
const tagOf = fc.array(from(`${LETTERS}._:~-`), { minLength: 1, maxLength: 64 }).map((letters) => letters.join(""));
const tagsOf = (minLength: number): fc.Arbitrary<string[]> =>
  fc.uniqueArray(tagOf, { minLength, maxLength: 32 }).map((tags) => tags.sort());
const hostOf = fc.oneof(
  fc.domain().map((domain) => domain.toLowerCase()),
  fc.ipV4(),
  fc.ipV6().map((text) => new URL(`ws://[${text}]/`).hostname),
  fc.constant("localhost"),
);
const serverOf = fc.option(
  fc.record({ host: hostOf, port: fc.integer({ min: 1, max: 65_535 }) }).map(({ host, port }) => ({ host, port })),
  { nil: undefined },
);

const addressOf: fc.Arbitrary<NamedAddress> = fc
  .oneof(
    fc.record({ name: nameOf, tags: tagsOf(0), server: serverOf }),
    fc.record({ name: fc.constant(undefined), tags: tagsOf(1), server: serverOf }),
  )
  .map(({ name, tags, server }) => ({
    ...(name !== undefined && { name }),
    tags,
    ...(server !== undefined && { server }),
  }));

describe("a named address", () => {
  it("is read as it was written", () => {
    fc.assert(
      fc.property(addressOf, (one) => {
        expect(parseNamedAddress(formatNamedAddress(one))).toStrictEqual(one);
      }),
    );
  });

  it("has one form, whatever is read", () => {
    fc.assert(
      fc.property(addressOf, (one) => {
        const text = formatNamedAddress(one);
        expect(formatNamedAddress(parseNamedAddress(text))).toBe(text);
        const shuffled = formatNamedAddress({ ...one, tags: one.tags.toReversed() });
        expect(shuffled).toBe(text);
      }),
    );
  });

  it("fails with nothing but a ConfigError, whatever the text", () => {
    const pieces = fc.constantFrom(
      "hearthwire:",
      "@",
      "?",
      "tags=",
      ",",
      "a",
      ":",
      "7765",
      "/",
      "%",
      " ",
      "[::1]",
      "\n",
    );
    fc.assert(
      fc.property(
        fc.oneof(
          fc.string(),
          fc.array(pieces).map((some) => some.join("")),
        ),
        (text) => {
          try {
            expect(parseNamedAddress(formatNamedAddress(parseNamedAddress(text)))).toStrictEqual(
              parseNamedAddress(text),
            );
          } catch (error) {
            expect(error).toBeInstanceOf(ConfigError);
          }
        },
      ),
    );
  });

  test.each([
    ["hearthwire:chat", { name: "chat", tags: [] }],
    ["hearthwire:0", { name: "0", tags: [] }],
    ["hearthwire:eu/shop.cart_1~x-y", { name: "eu/shop.cart_1~x-y", tags: [] }],
    [`hearthwire:${"n".repeat(128)}`, { name: "n".repeat(128), tags: [] }],
    ["hearthwire:chat@localhost", { name: "chat", tags: [], server: { host: "localhost", port: 7765 } }],
    [
      "hearthwire:chat@Names.Example.COM:80",
      { name: "chat", tags: [], server: { host: "names.example.com", port: 80 } },
    ],
    ["hearthwire:chat@127.1:65535", { name: "chat", tags: [], server: { host: "127.0.0.1", port: 65_535 } }],
    ["hearthwire:chat@[0:0::1]:1", { name: "chat", tags: [], server: { host: "[::1]", port: 1 } }],
    ["hearthwire:?tags=gpu,eu", { tags: ["eu", "gpu"] }],
    ["hearthwire:chat?tags=a:b", { name: "chat", tags: ["a:b"] }],
    ["hearthwire:@h:1?tags=a,b", { tags: ["a", "b"], server: { host: "h", port: 1 } }],
    [`hearthwire:?tags=${"t".repeat(64)}`, { tags: ["t".repeat(64)] }],
  ])("%s is read", (text, parts) => {
    expect(parseNamedAddress(text)).toStrictEqual(parts);
  });

  test.each([
    "hearthwire:",
    "hearthwire",
    "Hearthwire:chat",
    "hearthwire://chat",
    " hearthwire:chat",
    "hearthwire:chat ",
    "hearthwire:chat\n",
    "hearthwire:.chat",
    "hearthwire:/chat",
    "hearthwire:ch at",
    "hearthwire:ch%61t",
    "hearthwire:chät",
    "hearthwire:chat:1",
    "hearthwire:chat#x",
    `hearthwire:${"n".repeat(129)}`,
    "hearthwire:@localhost",
    "hearthwire:chat@",
    "hearthwire:chat@localhost:",
    "hearthwire:chat@localhost:0",
    "hearthwire:chat@localhost:07765",
    "hearthwire:chat@localhost:65536",
    "hearthwire:chat@localhost/names",
    "hearthwire:chat@user@localhost",
    "hearthwire:chat@::1",
    "hearthwire:chat@[::1",
    "hearthwire:chat@[::1%25eth0]",
    "hearthwire:chat@1.2.3.256",
    "hearthwire:chat@ex ample.com",
    "hearthwire:chat@bücher.example",
    "hearthwire:chat?",
    "hearthwire:chat?tag=a",
    "hearthwire:chat?tags=",
    "hearthwire:chat?tags=a,",
    "hearthwire:chat?tags=a,a",
    "hearthwire:chat?tags=a&b=c",
    "hearthwire:chat?tags=a/b",
    "hearthwire:chat?tags=a?tags=b",
    "hearthwire:chat?tags=a@localhost",
    `hearthwire:?tags=${"t".repeat(65)}`,
    `hearthwire:?tags=${Array.from({ length: 33 }, (_, index) => `t${index}`).join(",")}`,
  ])("%j is refused", (text) => {
    expect(() => parseNamedAddress(text)).toThrow(
      expect.objectContaining({
        name: "ConfigError",
        code: "HW_ADDRESS_INVALID",
        message: expect.stringMatching(/^"address" m/),
      }),
    );
  });

  test.each([
    { tags: [] },
    { name: "", tags: [] },
    { name: "a@b", tags: [] },
    { name: "a?tags=b", tags: [] },
    { tags: ["a,b"] },
    { tags: ["a", "a"] },
    { name: "a", tags: [], server: { host: "LOCALHOST", port: 1 } },
    { name: "a", tags: [], server: { host: "a:1", port: 1 } },
    { name: "a", tags: [], server: { host: "a", port: 0 } },
    { name: "a", tags: [], server: { host: "a", port: 1.5 } },
  ] satisfies readonly NamedAddress[])("parts like %j are not written", (parts) => {
    expect(() => formatNamedAddress(parts)).toThrow(expect.objectContaining({ code: "HW_ADDRESS_INVALID" }));
  });
});

test.each([
  [{ host: "127.0.0.1", port: 7765 }, "ws://127.0.0.1:7765/"],
  [{ host: "[::1]", port: 80 }, "ws://[::1]/"],
  [{ host: "localhost", port: 1 }, "ws://localhost:1/"],
  [{ host: "localhost.example.com", port: 1 }, "wss://localhost.example.com:1/"],
  [{ host: "192.0.2.1", port: 443 }, "wss://192.0.2.1/"],
])("a name server %j is reached at %s", (server, url) => {
  expect(nameServerUrl(server)).toBe(url);
});
