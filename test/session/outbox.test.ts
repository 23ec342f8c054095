import { describe, expect, test } from "vitest";
import { ProtocolError } from "../../src/errors/hearthwire-error.js";
import { Outbox } from "../../src/session/outbox.js";

describe("Outbox", () => {
  test("numbers frames from 1 and counts their bytes until they are acknowledged", () => {
    const outbox = new Outbox();
    expect([outbox.add(new Uint8Array(10)), outbox.add(new Uint8Array(20)), outbox.add(new Uint8Array(30))]).toEqual([
      1, 2, 3,
    ]);
    expect(outbox.unacknowledgedBytes).toBe(60);
    outbox.acknowledge(2);
    expect(outbox.unacknowledgedBytes).toBe(30);
    expect(outbox.lastSeq).toBe(3);
  });

  test("row 52: counts what keeping a frame costs beside its bytes, so that small ones can't fill the memory", () => {
    const outbox = new Outbox();
    for (let seq = 1; seq <= 100; seq++) outbox.add(new Uint8Array(60));
    expect(outbox.heldBytes).toBe(100 * (60 + 192));
    outbox.acknowledge(99);
    expect(outbox.heldBytes).toBe(60 + 192);
    outbox.clear();
    expect(outbox.heldBytes).toBe(0);
  });

  test("takes the ack of the last frame, and refuses the one above it", () => {
    const outbox = new Outbox();
    outbox.add(new Uint8Array(1));
    outbox.acknowledge(1);
    expect(() => outbox.acknowledge(2)).toThrow(ProtocolError);
  });

  test("leaves things alone when an older ack comes over another channel", () => {
    const outbox = new Outbox();
    outbox.add(new Uint8Array(1));
    outbox.add(new Uint8Array(1));
    outbox.acknowledge(2);
    outbox.acknowledge(1);
    expect(outbox.unacknowledgedBytes).toBe(0);
  });

  test("keeps numbering and counting right over many frames", () => {
    const outbox = new Outbox();
    for (let seq = 1; seq <= 1000; seq++) {
      expect(outbox.add(new Uint8Array(3))).toBe(seq);
      outbox.acknowledge(Math.max(0, seq - 5));
    }
    expect(outbox.unacknowledgedBytes).toBe(15);
    expect(outbox.lastSeq).toBe(1000);
  });

  test("hands out copies of what is not acknowledged, by their numbers", () => {
    const outbox = new Outbox();
    const frames = [1, 2, 3, 4].map((byte) => Uint8Array.of(byte));
    for (const frame of frames) outbox.add(frame);
    outbox.acknowledge(2);
    const copies = [3, 4].map((seq) => outbox.copy(seq));
    expect(copies.map(([byte]) => byte)).toEqual([3, 4]);
    for (const copy of copies) copy[0] = 9;
    expect(frames.map((frame) => frame[0])).toEqual([1, 2, 3, 4]);
    outbox.acknowledge(4);
    expect(outbox.acknowledgedSeq).toBe(4);
    expect(outbox.lastSeq).toBe(4);
  });

  test("goes on numbering after it was cleared", () => {
    const outbox = new Outbox();
    outbox.add(new Uint8Array(3));
    outbox.clear();
    expect(outbox.unacknowledgedBytes).toBe(0);
    expect(outbox.add(new Uint8Array(1))).toBe(2);
  });
});

test("an outbox keeps what is still to be sent again, though the peer has taken it", () => {
  const outbox = new Outbox();
  for (let seq = 1; seq <= 5; seq++) outbox.add(Uint8Array.of(seq));
  outbox.keepFrom(3);
  outbox.acknowledge(4);
  expect([outbox.acknowledgedSeq, outbox.copy(3)[0], outbox.copy(5)[0]]).toEqual([2, 3, 5]);
  outbox.keepFrom(5);
  expect([outbox.acknowledgedSeq, outbox.unacknowledgedBytes]).toEqual([4, 1]);
  outbox.keepFrom(Infinity);
  outbox.acknowledge(5);
  expect(outbox.unacknowledgedBytes).toBe(0);
});
