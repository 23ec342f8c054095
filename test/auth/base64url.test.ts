import { describe, expect, it } from "vitest";
import { decodeBase64Url, encodeBase64Url } from "../../src/auth/base64url.js";

const text = (value: string) => new TextEncoder().encode(value);

describe("base64url", () => {
  // RFC 4648 section 10, without the padding.
  it.each([
    ["", ""],
    ["f", "Zg"],
    ["fo", "Zm8"],
    ["foo", "Zm9v"],
    ["foob", "Zm9vYg"],
    ["fooba", "Zm9vYmE"],
    ["foobar", "Zm9vYmFy"],
  ])("writes and reads %j as %j", (plain, encoded) => {
    expect(encodeBase64Url(text(plain))).toBe(encoded);
    expect(decodeBase64Url(encoded)).toEqual(text(plain));
  });

  it("uses the alphabet that URLs leave alone", () => {
    expect(encodeBase64Url(Uint8Array.of(0xfb, 0xff, 0xbf))).toBe("-_-_");
    expect(decodeBase64Url("-_-_")).toEqual(Uint8Array.of(0xfb, 0xff, 0xbf));
  });

  it.each([
    ["padding", "Zg=="],
    ["the other alphabet", "+/+/"],
    ["a space", "Zm 9v"],
    ["a line end", "Zm9v\n"],
    ["one character alone", "Z"],
    ["bits after the last byte", "Zh"],
  ])("refuses %s", (_, encoded) => {
    expect(decodeBase64Url(encoded)).toBeUndefined();
  });
});
