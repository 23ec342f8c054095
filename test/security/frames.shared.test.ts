import { describe, expect, it } from "vitest";
import { Key } from "../../src/auth/key.js";
import { Bench, type RawPeer } from "../daemon/raw-peer.js";

/** What an honest client says, from the first byte to the first call. */
const FRAMES = ["HELLO", "CONFIRM", "open", "call"] as const;
type Frame = (typeof FRAMES)[number];

/** A daemon, and a client of it that has said everything before a frame. */
async function justBefore(
  frame: Frame,
): Promise<{ readonly bench: Bench; readonly peer: RawPeer; readonly next: Uint8Array }> {
  const bench = new Bench();
  const peer = bench.peer();
  const handshake = bench.handshake();
  if (frame === "HELLO") return { bench, peer, next: handshake.hello };
  await peer.greet(handshake);
  if (frame === "CONFIRM") return { bench, peer, next: peer.confirm };
  peer.transport.send(peer.confirm);
  if (frame === "open") return { bench, peer, next: peer.data(["open"]) };
  peer.say(["open"]);
  await peer.answer("ready");
  return { bench, peer, next: peer.data(["call", 1, "shop", "buy", { json: ["candle"] }]) };
}

/** Sends a frame changed, and what there is to see of it: the close code, and what ran. */
async function fate(frame: Frame, change: (next: Uint8Array) => Uint8Array): Promise<unknown> {
  const { bench, peer, next } = await justBefore(frame);
  peer.transport.send(change(next));
  const { code } = await peer.heard.closed_;
  return { code, ran: bench.ran, accepted: bench.accepted.length };
}

const refusal = (frame: Frame): unknown => ({
  code: frame === "HELLO" || frame === "CONFIRM" ? 4401 : 4400,
  ran: [],
  accepted: frame === "call" ? 1 : 0,
});

/** The same frame with one bit another. */
function flipped(bit: number) {
  return (frame: Uint8Array): Uint8Array => {
    const changed = frame.slice();
    changed[bit >> 3]! ^= 1 << (bit & 7);
    return changed;
  };
}

function longer(frame: Uint8Array, extra: number): Uint8Array {
  const changed = new Uint8Array(frame.length + extra);
  changed.set(frame);
  return changed;
}

describe.each(FRAMES)("the frame %s", (frame) => {
  it("is taken as it was said", async () => {
    const { bench, peer, next } = await justBefore(frame);
    peer.transport.send(next);
    if (frame === "HELLO") await peer.heard.count(1);
    if (frame === "open") await peer.answer("ready");
    if (frame === "call") await peer.answer("ok", 1);
    expect([peer.heard.closings, bench.ran]).toEqual([[], frame === "call" ? ["buy candle"] : []]);
  });

  it(
    "row 1, row 20, S37: is refused with one bit flipped, of HELLO any, of others one of each byte",
    { timeout: 30_000 },
    async () => {
      const { next } = await justBefore(frame);
      const everyBit = Array.from({ length: next.length * 8 }, (_, bit) => bit);
      const bits = frame === "HELLO" ? everyBit : everyBit.filter((bit) => (bit >> 3) % 8 === (bit & 7));
      for (const bit of bits)
        expect([`bit ${bit}`, await fate(frame, flipped(bit))]).toEqual([`bit ${bit}`, refusal(frame)]);
    },
  );

  it("row 2: is refused when it is cut to any shorter length", async () => {
    const { next } = await justBefore(frame);
    for (let length = 0; length < next.length; length++) {
      expect([`${length} bytes`, await fate(frame, (whole) => whole.slice(0, length))]).toEqual([
        `${length} bytes`,
        refusal(frame),
      ]);
    }
  });

  it("row 3: is refused with 1 to 64 bytes appended", async () => {
    for (let extra = 1; extra <= 64; extra++) {
      expect([`${extra} bytes`, await fate(frame, (whole) => longer(whole, extra))]).toEqual([
        `${extra} bytes`,
        refusal(frame),
      ]);
    }
  });

  it.each([0, 16, 31, 33])("row 14: is refused with a tag of %i bytes", async (bytes) => {
    const retagged = (whole: Uint8Array): Uint8Array =>
      bytes > 32 ? longer(whole, bytes - 32) : whole.slice(0, whole.length - 32 + bytes);
    expect(await fate(frame, retagged)).toEqual(refusal(frame));
  });
});

describe("a key", () => {
  const bytes = new Uint8Array(32).fill(5);

  it.each([
    ["of 31 bytes", new Uint8Array(31).fill(5)],
    ["of 33 bytes: K and a zero, which HMAC would take for K", longer(bytes, 1)],
    ["of no bytes", new Uint8Array(0)],
    ["that is all zero", new Uint8Array(32)],
    ["that is a passphrase", "correct horse battery staple"],
    ["that is an ArrayBuffer", bytes.buffer],
    ["that is an array of numbers", [...bytes]],
  ])("row 16: throws when it is one %s", (_, wrong) => {
    expect(() => Key.from(wrong as Uint8Array, { id: "k" })).toThrow(
      expect.objectContaining({ code: "HW_KEY_INVALID", message: expect.stringMatching(/^"bytes" of a key must be/) }),
    );
  });

  it("row 16: is taken with exactly 32 bytes", () => {
    expect(Key.from(bytes, { id: "k" }).export()).toEqual(bytes);
  });
});
