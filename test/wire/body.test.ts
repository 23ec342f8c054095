import { describe, expect, it } from "vitest";
import { ProtocolError } from "../../src/errors/hearthwire-error.js";
import { decodeBody, frameBody, joinPieces } from "../../src/wire/body.js";
import { bodyOf } from "../../src/wire/frame.js";
import { fromHex, joined, toHex } from "./hex.js";

const bodyBytes = (head: string, segments: readonly Uint8Array[] = []) => bodyOf(frameBody(head, segments));
const u32 = (value: number) => Uint8Array.of(value >>> 24, value >>> 16, value >>> 8, value);
/** A body whose head is given in bytes. */
const rawBody = (head: Uint8Array) => joined(u32(head.length), head, fromHex("0000"));

describe("frameBody", () => {
  it("writes the head with its length and no segment", () => {
    //                                             head length  head      segment count
    expect(toHex(bodyBytes("[]"))).toBe("00000002" + "5b5d" + "0000");
  });

  it("writes segments after their lengths", () => {
    expect(toHex(bodyBytes("[]", [fromHex("aabb"), fromHex(""), fromHex("cc")]))).toBe(
      // head length, head, count, three lengths, three segments
      "00000002" + "5b5d" + "0003" + "00000002" + "00000000" + "00000001" + "aabb" + "cc",
    );
  });

  it.each([
    ["ASCII", '[["ping",1]]'],
    ["two-byte characters", '[["open","ää"]]'],
    ["characters beyond the basic plane", '[["open","👋🏽"]]'],
    ["one at the very end of what fits", '[["open","aaaaaaaaaaaaaaé"]]'],
    ["a large head", `[["open","${"x".repeat(300_000)}"]]`],
    ["a large head beyond ASCII", `[["open","${"ä".repeat(100_000)}"]]`],
  ])("leaves header and tag zero around %s", (_, head) => {
    const frame = frameBody(head, [Uint8Array.of(1)]);
    expect(frame.length).toBe(16 + 4 + new TextEncoder().encode(head).length + 2 + 4 + 1 + 32);
    expect(frame.subarray(0, 16).every((byte) => byte === 0)).toBe(true);
    expect(frame.subarray(-32).every((byte) => byte === 0)).toBe(true);
    expect(decodeBody(bodyOf(frame)).messages).toEqual(JSON.parse(head));
  });
});

describe("decodeBody", () => {
  it("reads an empty head as no messages: an acknowledgement", () => {
    expect(decodeBody(bodyBytes("[]"))).toEqual({ messages: [], segments: [] });
  });

  it("gives segments as views of the body", () => {
    const body = bodyBytes("[]", [fromHex("aabb"), fromHex("")]);
    const { segments } = decodeBody(body);
    expect(segments.map(toHex)).toEqual(["aabb", ""]);
    expect(segments[0]!.buffer).toBe(body.buffer);
  });

  it.each([
    ["nothing", ""],
    ["a cut head length", "000000"],
    ["a head longer than the body", "00000003 5b5d"],
    ["no segment count", "00000002 5b5d"],
    ["a cut segment count", "00000002 5b5d 00"],
    ["a missing segment length", "00000002 5b5d 0001"],
    ["a cut segment", "00000002 5b5d 0001 00000002 aa"],
    ["a segment of 4 GiB", "00000002 5b5d 0001 ffffffff aa"],
    ["a byte too many", "00000002 5b5d 0000 00"],
    ["a byte after the segments", "00000002 5b5d 0001 00000001 aa 00"],
  ])("refuses %s", (_, hex) => {
    expect(() => decodeBody(fromHex(hex))).toThrow(ProtocolError);
  });

  it.each([
    ["an object", "{}"],
    ["a string", '"[]"'],
    ["null", "null"],
    ["nothing", ""],
    ["two values", "[][]"],
    ["a trailing comma", '[["ping",1],]'],
    ["a comment", "[]/**/"],
    ["an array cut off", '[["ping",1]'],
  ])("refuses %s as a head", (_, head) => {
    expect(() => decodeBody(bodyBytes(head))).toThrow(ProtocolError);
  });

  it("refuses a byte order mark", () => {
    expect(() => decodeBody(rawBody(fromHex("efbbbf5b5d")))).toThrow("DATA: the head must be JSON");
  });

  it("refuses a head that is no UTF-8", () => {
    //                                        [  [  "  o  p  e  n  "  ,  "  ff "  ]  ]
    expect(() => decodeBody(rawBody(fromHex("5b5b226f70656e222c22ff225d5d")))).toThrow(
      "DATA: the head must be well-formed UTF-8",
    );
  });

  it("says nothing of the peer's text when the head is no JSON", () => {
    let message = "";
    try {
      decodeBody(bodyBytes("[hunter2]"));
    } catch (error) {
      message = String(error);
    }
    expect(message).toBe("ProtocolError: DATA: the head must be JSON");
  });

  it("accepts a head of 4 MiB and refuses one byte more", () => {
    const head = `[["open","${"x".repeat(4 * 1024 * 1024 - 13)}"]]`;
    expect(head.length).toBe(4 * 1024 * 1024);
    expect(decodeBody(bodyBytes(head)).messages.length).toBe(1);
    expect(() => decodeBody(bodyBytes(`${head} `))).toThrow("DATA: the head has at most 4194304 bytes, got 4194305");
  });

  it("refuses a message of an unknown shape", () => {
    expect(() => decodeBody(bodyBytes('[["pong",1],["shout",1]]'))).toThrow(ProtocolError);
  });

  describe("with a head above 64 KiB", () => {
    const padding = `["open","${"x".repeat(70_000)}"]`;
    const nested = (depth: number) => `[${padding},["item",1,${"[".repeat(depth - 2)}${"]".repeat(depth - 2)}]]`;

    it("accepts a depth of 256 and refuses 257", () => {
      expect(decodeBody(bodyBytes(nested(256))).messages.length).toBe(2);
      expect(() => decodeBody(bodyBytes(nested(257)))).toThrow("the head of a body nests deeper than 256");
    });

    it("doesn't count brackets inside strings", () => {
      const text = JSON.stringify(`${"[".repeat(300)}"\\"${"{".repeat(300)}\\`);
      expect(decodeBody(bodyBytes(`[${padding},["item",1,${text}]]`)).messages.length).toBe(2);
    });

    it("counts brackets after a string that ends with an escaped backslash", () => {
      expect(() =>
        decodeBody(bodyBytes(`[${padding},["item",1,["\\\\",${"[".repeat(300)}${"]".repeat(300)}]]]`)),
      ).toThrow("nests deeper than 256");
    });
  });
});

describe("joinPieces", () => {
  const whole = bodyBytes('[["call",1,"o","m",[]],["item",2,3]]', [fromHex("aabbcc")]);

  it.each([1, 7, 1000])("reads the body cut into pieces of %d bytes", (size) => {
    const pieces: Uint8Array[] = [];
    for (let at = 0; at < whole.length; at += size) pieces.push(whole.subarray(at, at + size));
    const body = joinPieces(pieces);
    expect(body.messages).toEqual([
      ["call", 1, "o", "m", []],
      ["item", 2, 3],
    ]);
    expect(body.segments.map(toHex)).toEqual(["aabbcc"]);
  });

  it("refuses a piece that is missing", () => {
    expect(() => joinPieces([whole.subarray(0, 10), whole.subarray(11)])).toThrow(ProtocolError);
  });

  it.each(['["ping",1]', '["pong",1]', '["drain",0]', '["bye","done","",0]', '["piece",1,1]'])(
    "refuses %s inside",
    (message) => {
      const body = bodyBytes(`[${message}]`, message.startsWith('["piece"') ? [fromHex("aa")] : []);
      expect(decodeBody(body).messages.length).toBe(1);
      expect(() => joinPieces([body])).toThrow("can't stand in a body joined from pieces");
    },
  );

  it("accepts 16 MiB and refuses one byte more", () => {
    const segment = new Uint8Array(16 * 1024 * 1024 - 4 - 2 - 2 - 4);
    const body = bodyBytes("[]", [segment]);
    expect(body.length).toBe(16 * 1024 * 1024);
    expect(joinPieces([body]).segments[0]!.length).toBe(segment.length);
    expect(() => joinPieces([body, Uint8Array.of(0)])).toThrow(
      "a body in pieces has at most 16777216 bytes, got 16777217",
    );
  });
});
