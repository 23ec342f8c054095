import { describe, expect, it } from "vitest";
import { ProtocolError } from "../../src/errors/hearthwire-error.js";
import { allocateFrame, bodyOf, readHeader, writeHeader } from "../../src/wire/frame.js";
import { fromHex, joined, toHex } from "./hex.js";

const tag = new Uint8Array(32);
const framed = (header: string) => joined(fromHex(header), tag);

describe("allocateFrame", () => {
  it("has room for header, body and tag, all zero", () => {
    const frame = allocateFrame(5);
    expect(toHex(frame)).toBe("00".repeat(16 + 5 + 32));
    expect(bodyOf(frame).length).toBe(5);
  });
});

describe("writeHeader", () => {
  it("writes magic, version, type, ack and seq", () => {
    const frame = allocateFrame(0);
    writeHeader(frame, { type: 4, ack: 0x0102_0304_0506, seq: 0x0a0b_0c0d_0e0f });
    //                                         magic ver type  ack            seq
    expect(toHex(frame.subarray(0, 16))).toBe("4857" + "01" + "04" + "010203040506" + "0a0b0c0d0e0f");
  });

  it.each([-1, 1.5, 2 ** 48, Number.NaN, Number.POSITIVE_INFINITY])("refuses %d as a seq", (seq) => {
    expect(() => writeHeader(allocateFrame(0), { type: 4, ack: 0, seq })).toThrow(RangeError);
  });

  it.each([-1, 1.5, 2 ** 48])("refuses %d as an ack", (ack) => {
    expect(() => writeHeader(allocateFrame(0), { type: 4, ack, seq: 1 })).toThrow(RangeError);
  });
});

describe("readHeader", () => {
  it.each([1, 255, 256, 2 ** 31 - 1, 2 ** 31, 2 ** 32 - 1, 2 ** 32, 2 ** 32 + 1, 2 ** 47, 2 ** 47 + 1, 2 ** 48 - 1])(
    "reads seq and ack %d exactly",
    (value) => {
      const frame = allocateFrame(0);
      writeHeader(frame, { type: 4, ack: value, seq: value });
      expect(readHeader(frame)).toEqual({ type: 4, ack: value, seq: value });
    },
  );

  it.each([
    ["HELLO", "4857 01 01 000000000000 000000000000", { type: 1, ack: 0, seq: 0 }],
    ["WELCOME", "4857 01 02 000000000007 000000000000", { type: 2, ack: 7, seq: 0 }],
    ["CONFIRM", "4857 01 03 000000000009 000000000000", { type: 3, ack: 9, seq: 0 }],
    ["DATA", "4857 01 04 000000000000 000000000001", { type: 4, ack: 0, seq: 1 }],
  ])("reads %s", (_, header, expected) => {
    expect(readHeader(framed(header))).toEqual(expected);
  });

  it.each([
    ["a first magic byte", "4757 01 04 000000000000 000000000001"],
    ["a second magic byte", "4856 01 04 000000000000 000000000001"],
    ["version 0", "4857 00 04 000000000000 000000000001"],
    ["version 2", "4857 02 04 000000000000 000000000001"],
    ["type 0", "4857 01 00 000000000000 000000000000"],
    ["type 5", "4857 01 05 000000000000 000000000001"],
    ["HELLO with a seq", "4857 01 01 000000000000 000000000001"],
    ["HELLO with an ack", "4857 01 01 000000000001 000000000000"],
    ["WELCOME with a seq", "4857 01 02 000000000000 000000000001"],
    ["CONFIRM with a seq", "4857 01 03 000000000000 000000000001"],
    ["DATA without a seq", "4857 01 04 000000000000 000000000000"],
  ])("refuses %s that is wrong", (_, header) => {
    expect(() => readHeader(framed(header))).toThrow(ProtocolError);
  });

  it("refuses 47 bytes, one less than a frame has", () => {
    const frame = framed("4857 01 04 000000000000 000000000001");
    expect(() => readHeader(frame.subarray(0, 47))).toThrow("a frame has at least 48 bytes, got 47");
  });

  it("reads a frame that is a view into a larger buffer", () => {
    const padded = joined(Uint8Array.of(9, 9, 9), framed("4857 01 04 000000000002 000000000003"));
    expect(readHeader(padded.subarray(3))).toEqual({ type: 4, ack: 2, seq: 3 });
  });
});
