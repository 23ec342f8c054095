import { describe, expect, it } from "vitest";
import { ProtocolError } from "../../src/errors/hearthwire-error.js";
import { decodeHello, encodeHello, type Hello } from "../../src/wire/hello.js";
import { allocateFrame, writeHeader } from "../../src/wire/frame.js";
import { fromHex, joined } from "./hex.js";

const filled = (count: number, byte: number) => new Uint8Array(count).fill(byte);

const hello: Hello = {
  authMethod: 1,
  bindingType: 0,
  nonce: filled(32, 0x11),
  serializers: [1, 2],
  maxFrameBytes: 2 * 1024 * 1024,
  keyId: "alice",
  ticket: new Uint8Array(0),
  audience: "ws://127.0.0.1:7766",
  sessionId: filled(16, 0),
  proof: filled(32, 0),
};

const reread = (changes: Partial<Hello>) => decodeHello(encodeHello({ ...hello, ...changes }));

describe("decodeHello", () => {
  it("reads what encodeHello wrote", () => {
    expect(reread({})).toEqual(hello);
  });

  it.each<[string, Partial<Hello>]>([
    ["method 2 with a ticket", { authMethod: 2, ticket: filled(1, 1) }],
    ["method 3", { authMethod: 3 }],
    ["binding type 1", { bindingType: 1 }],
    ["one serializer", { serializers: [128] }],
    ["eight serializers", { serializers: [1, 2, 3, 128, 129, 130, 131, 255] }],
    ["a serializer that is not known", { serializers: [77] }],
    ["the smallest maxFrameBytes", { maxFrameBytes: 16_384 }],
    ["the largest maxFrameBytes", { maxFrameBytes: 16_777_216 }],
    ["a key id of one character", { keyId: "a" }],
    ["a key id of 64 characters", { keyId: "A.z_0-9!".replace("!", "x").repeat(8) }],
    ["a ticket of 2048 bytes", { authMethod: 2, ticket: filled(2048, 7) }],
    ["no audience", { audience: "" }],
    ["an audience of 512 bytes", { audience: "ä".repeat(256) }],
    ["a session to go on with", { sessionId: filled(16, 1), proof: filled(32, 1) }],
  ])("accepts %s", (_, changes) => {
    expect(reread(changes)).toEqual({ ...hello, ...changes });
  });

  it.each<[string, Partial<Hello>]>([
    ["method 0", { authMethod: 0 as 1 }],
    ["method 4", { authMethod: 4 as 1 }],
    ["method 2 without a ticket", { authMethod: 2 }],
    ["method 1 with a ticket", { ticket: filled(1, 1) }],
    ["binding type 2", { bindingType: 2 as 1 }],
    ["no serializer", { serializers: [] }],
    ["nine serializers", { serializers: [1, 2, 3, 4, 5, 6, 7, 8, 9] }],
    ["maxFrameBytes below 16 KiB", { maxFrameBytes: 16_383 }],
    ["maxFrameBytes above 16 MiB", { maxFrameBytes: 16_777_217 }],
    ["no key id", { keyId: "" }],
    ["a key id of 65 characters", { keyId: "k".repeat(65) }],
    ["a key id with a space", { keyId: "a b" }],
    ["a key id with a line end", { keyId: "alice\n" }],
    ["a key id with a letter beyond ASCII", { keyId: "ä" }],
    ["a ticket of 2049 bytes", { authMethod: 2, ticket: filled(2049, 7) }],
    ["an audience of 513 bytes", { audience: `${"ä".repeat(256)}a` }],
    ["a session id without a proof", { sessionId: filled(16, 1) }],
    ["a proof without a session id", { proof: filled(32, 1) }],
  ])("refuses %s", (_, changes) => {
    expect(() => reread(changes)).toThrow(ProtocolError);
  });

  it("refuses an audience that is no UTF-8", () => {
    const frame = encodeHello({ ...hello, audience: "abc" });
    frame[frame.length - 32 - 48 - 1] = 0xff;
    expect(() => decodeHello(frame)).toThrow("HELLO: audience must be well-formed UTF-8");
  });

  it("refuses a byte more at the end", () => {
    const frame = encodeHello(hello);
    const longer = joined(frame.subarray(0, -32), fromHex("00"), frame.subarray(-32));
    expect(() => decodeHello(longer)).toThrow("HELLO: 1 bytes too many");
  });

  it("refuses every truncation", () => {
    const frame = encodeHello(hello);
    for (let length = 0; length < frame.length; length++) {
      expect(() => decodeHello(frame.subarray(0, length)), `${length} bytes`).toThrow(ProtocolError);
    }
  });

  it("refuses a frame above 4096 bytes before it looks inside", () => {
    expect(() => decodeHello(new Uint8Array(4097))).toThrow("HELLO: at most 4096 bytes, got 4097");
  });

  it("refuses a frame of another type", () => {
    const frame = allocateFrame(200);
    writeHeader(frame, { type: 3, ack: 0, seq: 0 });
    expect(() => decodeHello(frame)).toThrow("HELLO must be the first frame");
  });
});
