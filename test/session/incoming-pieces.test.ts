import { describe, expect, test } from "vitest";
import { IncomingPieces } from "../../src/session/incoming-pieces.js";
import { frameBody } from "../../src/wire/body.js";
import { bodyOf } from "../../src/wire/frame.js";

const body = bodyOf(frameBody('[["item",1,{"json":"a long story"}]]', [new Uint8Array([1, 2, 3])]));

describe("IncomingPieces", () => {
  test("joins a body that was cut anywhere", () => {
    for (let cut = 1; cut < body.length; cut++) {
      const pieces = new IncomingPieces();
      expect(pieces.take({ id: 1, last: 0, ack: 0, bytes: body.subarray(0, cut) })).toBeUndefined();
      const joined = pieces.take({ id: 1, last: 1, ack: 0, bytes: body.subarray(cut) });
      expect(joined?.body.messages).toEqual([["item", 1, { json: "a long story" }]]);
      expect(joined?.body.segments).toEqual([new Uint8Array([1, 2, 3])]);
    }
  });

  test("keeps bodies apart that come at the same time", () => {
    const pieces = new IncomingPieces();
    for (const id of [1, 2]) pieces.take({ id, last: 0, ack: 0, bytes: body.subarray(0, 5) });
    for (const id of [2, 1]) {
      expect(pieces.take({ id, last: 1, ack: 0, bytes: body.subarray(5) })?.body.messages).toHaveLength(1);
    }
  });

  test("forgets a body that its sender abandoned", () => {
    const pieces = new IncomingPieces();
    for (let id = 1; id <= 50; id++) {
      pieces.take({ id, last: 0, ack: 0, bytes: new Uint8Array(1024 * 1024) });
      expect(pieces.take({ id, last: 2, ack: 0, bytes: new Uint8Array(0) })).toBeUndefined();
    }
  });

  // A view would keep 2 MiB of frame alive for each byte.
  test("keeps no more of a frame than the piece", () => {
    const pieces = new IncomingPieces();
    const frame = new Uint8Array(2 * 1024 * 1024);
    frame.set(body.subarray(0, 20));
    pieces.take({ id: 1, last: 0, ack: 0, bytes: frame.subarray(0, 20) });
    frame.fill(0);
    expect(pieces.take({ id: 1, last: 1, ack: 0, bytes: body.subarray(20) })?.body.messages).toHaveLength(1);
  });

  test("takes 4 bodies at a time and refuses a fifth", () => {
    const pieces = new IncomingPieces();
    for (let id = 1; id <= 4; id++) pieces.take({ id, last: 0, ack: 0, bytes: body.subarray(0, 5) });
    expect(() => pieces.take({ id: 5, last: 0, ack: 0, bytes: body })).toThrow("more than 4 bodies");
  });

  test("refuses a body above 16 MiB, and 32 MiB in all", () => {
    const megabyte = new Uint8Array(1024 * 1024);
    const one = new IncomingPieces();
    for (let piece = 0; piece < 16; piece++) one.take({ id: 1, last: 0, ack: 0, bytes: megabyte });
    expect(() => one.take({ id: 1, last: 0, ack: 0, bytes: new Uint8Array(1) })).toThrow("above 16777216 bytes");
    const three = new IncomingPieces();
    for (let piece = 0; piece < 32; piece++) three.take({ id: 1 + (piece % 3), last: 0, ack: 0, bytes: megabyte });
    expect(() => three.take({ id: 1, last: 0, ack: 0, bytes: new Uint8Array(1) })).toThrow("bytes");
  });

  test("refuses what one-byte pieces would cost", () => {
    const pieces = new IncomingPieces();
    const bytes = new Uint8Array(1);
    for (let piece = 0; piece < 16_384; piece++) pieces.take({ id: 1, last: 0, ack: 0, bytes });
    expect(() => pieces.take({ id: 1, last: 0, ack: 0, bytes })).toThrow("16384 pieces");
  });

  test("refuses upkeep and pieces inside a joined body", () => {
    for (const message of ['["ping",1]', '["bye","done","",0]', '["piece",2,0]']) {
      const bytes = bodyOf(frameBody(`[${message}]`, [new Uint8Array(1)]));
      expect(() => new IncomingPieces().take({ id: 1, last: 1, ack: 0, bytes })).toThrow("joined from pieces");
    }
  });
});
