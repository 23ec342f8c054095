import { describe, expect, it } from "vitest";
import { ByteWriter } from "../../src/wire/byte-writer.js";
import { toHex } from "./hex.js";

describe("ByteWriter", () => {
  it("writes big-endian fields one after another from where it is told", () => {
    const bytes = new Uint8Array(18);
    new ByteWriter(bytes, 1)
      .u8(0xff)
      .u16(0xfffe)
      .u32(0xffff_fffd)
      .u64(Number.MAX_SAFE_INTEGER)
      .bytes(Uint8Array.of(7, 8));
    expect(toHex(bytes)).toBe("00" + "ff" + "fffe" + "fffffffd" + "001fffffffffffff" + "0708");
  });

  it.each([
    ["u8", 256, (writer: ByteWriter, value: number) => writer.u8(value)],
    ["u16", 65_536, (writer: ByteWriter, value: number) => writer.u16(value)],
    ["u32", 2 ** 32, (writer: ByteWriter, value: number) => writer.u32(value)],
    ["u64", 2 ** 53, (writer: ByteWriter, value: number) => writer.u64(value)],
    ["negative", -1, (writer: ByteWriter, value: number) => writer.u32(value)],
    ["fraction", 1.5, (writer: ByteWriter, value: number) => writer.u32(value)],
  ])("refuses a %s that would wrap round", (_, value, write) => {
    expect(() => write(new ByteWriter(new Uint8Array(8)), value)).toThrow(RangeError);
  });
});
