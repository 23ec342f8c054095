import { describe, expect, it } from "vitest";
import { decodeConfirm, encodeConfirm } from "../../src/wire/confirm.js";
import { joined, toHex } from "./hex.js";

describe("CONFIRM", () => {
  it("is a header with an ack and nothing else", () => {
    //                                      magic  ver    type   ack              seq              tag
    expect(toHex(encodeConfirm(258))).toBe("4857" + "01" + "03" + "000000000102" + "000000000000" + "00".repeat(32));
  });

  it("reads as its ack", () => {
    expect(decodeConfirm(encodeConfirm(2 ** 48 - 1))).toBe(2 ** 48 - 1);
  });

  it("is refused with a body", () => {
    const frame = joined(encodeConfirm(0), Uint8Array.of(0));
    expect(() => decodeConfirm(frame)).toThrow("CONFIRM: has no body, got 1 bytes");
  });

  it("is refused when it is of another type", () => {
    const frame = encodeConfirm(0);
    frame[3] = 2;
    expect(() => decodeConfirm(frame)).toThrow("WELCOME must be followed by CONFIRM");
  });
});
