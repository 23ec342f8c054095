import { describe, expect, it } from "vitest";
import { ProtocolError } from "../../src/errors/hearthwire-error.js";
import { ByteReader } from "../../src/wire/byte-reader.js";
import { fromHex, toHex } from "./hex.js";

const reader = (hex: string) => new ByteReader(fromHex(hex), "TEST");

describe("ByteReader", () => {
  it("reads big-endian integers one after another", () => {
    const bytes = reader("ff fffe fffffffd 001fffffffffffff");
    expect([bytes.u8("a"), bytes.u16("b"), bytes.u32("c"), bytes.u64("d")]).toEqual([
      0xff,
      0xfffe,
      0xffff_fffd,
      Number.MAX_SAFE_INTEGER,
    ]);
    bytes.end();
  });

  it("refuses a u64 that a number can't hold", () => {
    expect(() => reader("0020000000000000").u64("expires")).toThrow("TEST: expires must be at most 2^53-1");
  });

  it.each([
    ["u8", "", (bytes: ByteReader) => bytes.u8("field")],
    ["u16", "ff", (bytes: ByteReader) => bytes.u16("field")],
    ["u32", "ffffff", (bytes: ByteReader) => bytes.u32("field")],
    ["u64", "ffffffffffffff", (bytes: ByteReader) => bytes.u64("field")],
    ["bytes", "ff", (bytes: ByteReader) => bytes.bytes(2, "field")],
    ["text", "ff", (bytes: ByteReader) => bytes.text(2, "field")],
  ])("refuses %s beyond its end, naming the field", (_, hex, read) => {
    expect(() => read(reader(hex))).toThrow(/^TEST: ends inside field, \d bytes needed, \d left$/);
  });

  it("stays where it was after a refused read", () => {
    const bytes = reader("0102");
    expect(() => bytes.u32("field")).toThrow(ProtocolError);
    expect(bytes.u16("field")).toBe(0x0102);
  });

  it("gives bytes as views", () => {
    const whole = fromHex("01020304");
    const view = new ByteReader(whole, "TEST").bytes(2, "field");
    expect(toHex(view)).toBe("0102");
    expect(view.buffer).toBe(whole.buffer);
  });

  it("refuses bytes that are left over", () => {
    expect(() => reader("00").end()).toThrow("TEST: 1 bytes too many");
  });

  it.each([
    ["a lone continuation byte", "80"],
    ["an overlong slash", "c0af"],
    ["a surrogate", "eda080"],
    ["a cut sequence", "e282"],
    ["a code point above U+10FFFF", "f4908080"],
  ])("refuses %s as text", (_, hex) => {
    expect(() => reader(hex).text(hex.length / 2, "name")).toThrow("TEST: name must be well-formed UTF-8");
  });

  it("keeps a byte order mark, for whoever checks the text", () => {
    expect(reader("efbbbf41").text(4, "name")).toBe("\uFEFFA");
  });
});
