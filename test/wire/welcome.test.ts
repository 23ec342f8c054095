import { describe, expect, it } from "vitest";
import { ProtocolError } from "../../src/errors/hearthwire-error.js";
import { decodeWelcome, encodeWelcome, type Welcome } from "../../src/wire/welcome.js";
import { encodeConfirm } from "../../src/wire/confirm.js";
import { joined } from "./hex.js";

const welcome: Welcome = {
  ack: 0,
  nonce: new Uint8Array(32).fill(0x22),
  sessionId: new Uint8Array(16).fill(0x33),
  serializerId: 1,
  maxFrameBytes: 2 * 1024 * 1024,
  isResumed: false,
  heartbeatMs: 20_000,
  windowMs: 60_000,
};

const reread = (changes: Partial<Welcome>) => decodeWelcome(encodeWelcome({ ...welcome, ...changes }));

describe("decodeWelcome", () => {
  it("reads what encodeWelcome wrote, 110 bytes", () => {
    expect(encodeWelcome(welcome).length).toBe(110);
    expect(reread({})).toEqual(welcome);
  });

  it.each<[string, Partial<Welcome>]>([
    ["an ack", { ack: 2 ** 48 - 1 }],
    ["a resumed session", { isResumed: true }],
    ["the smallest maxFrameBytes", { maxFrameBytes: 16_384 }],
    ["the largest maxFrameBytes", { maxFrameBytes: 16_777_216 }],
    ["a heartbeat of 1 s", { heartbeatMs: 1_000 }],
    ["a heartbeat of 5 min", { heartbeatMs: 300_000 }],
    ["no window", { windowMs: 0 }],
    ["a window of 1 h", { windowMs: 3_600_000 }],
    ["a session id with one bit", { sessionId: Uint8Array.of(0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1) }],
  ])("accepts %s", (_, changes) => {
    expect(reread(changes)).toEqual({ ...welcome, ...changes });
  });

  it.each<[string, Partial<Welcome>]>([
    ["maxFrameBytes below 16 KiB", { maxFrameBytes: 16_383 }],
    ["maxFrameBytes above 16 MiB", { maxFrameBytes: 16_777_217 }],
    ["a heartbeat below 1 s", { heartbeatMs: 999 }],
    ["a heartbeat above 5 min", { heartbeatMs: 300_001 }],
    ["a window above 1 h", { windowMs: 3_600_001 }],
    ["a zero session id", { sessionId: new Uint8Array(16) }],
  ])("refuses %s", (_, changes) => {
    expect(() => reread(changes)).toThrow(ProtocolError);
  });

  it("refuses 2 as resumed", () => {
    const frame = encodeWelcome(welcome);
    frame[16 + 32 + 16 + 1 + 4] = 2;
    expect(() => decodeWelcome(frame)).toThrow("WELCOME: resumed must be 0 or 1, got 2");
  });

  it("refuses a byte more or less", () => {
    const frame = encodeWelcome(welcome);
    expect(() => decodeWelcome(joined(frame, Uint8Array.of(0)))).toThrow("WELCOME: 1 bytes too many");
    expect(() => decodeWelcome(frame.subarray(1, 110))).toThrow(ProtocolError);
    expect(() => decodeWelcome(frame.subarray(0, 109))).toThrow("WELCOME: ends inside window");
  });

  it("refuses a frame of another type", () => {
    expect(() => decodeWelcome(encodeConfirm(0))).toThrow("HELLO must be answered by WELCOME");
  });
});
