import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { ClientHandshake, type ClientHandshakeOptions } from "../../src/auth/client-handshake.js";
import { mintTicket } from "../../src/auth/ticket.js";
import { encodeConfirm } from "../../src/wire/confirm.js";
import { frameBody } from "../../src/wire/body.js";
import { FrameType, TAG_BYTES } from "../../src/wire/constants.js";
import { writeHeader } from "../../src/wire/frame.js";
import { decodeHello, encodeHello } from "../../src/wire/hello.js";
import type { Message } from "../../src/wire/message.js";
import { AttackedDaemon } from "./support/attacked-daemon.js";
import type { HostilePeer } from "./support/hostile-peer.js";

let attacked: AttackedDaemon;
beforeAll(async () => void (attacked = await AttackedDaemon.start()));
afterEach(() => attacked.answersCanary());
afterAll(async () => {
  await attacked.isUnharmed();
  await attacked[Symbol.asyncDispose]();
});

/** How often the daemon's code has run since this was asked last. */
async function timesRun(): Promise<number> {
  const { counter } = await attacked.canary.facts();
  await attacked.canary.reset();
  return counter;
}

const increment = (id: number): Message => ["call", id, "target", "increment", { json: [] }];

/** A frame with another tag, as it is right for whoever gives it. */
function resigned(peer: HostilePeer, frame: Uint8Array): Uint8Array {
  const copy = frame.slice();
  peer.established.sendMac.sign(copy);
  return copy;
}

function changed(frame: Uint8Array, at: number, byte = frame[at]! ^ 1): Uint8Array {
  const copy = frame.slice();
  copy[at] = byte;
  return copy;
}

/** HELLO of a client that holds the key. */
function helloOf(options: Partial<ClientHandshakeOptions> = {}): Uint8Array {
  return handshakeOf(options).hello;
}

function handshakeOf(options: Partial<ClientHandshakeOptions> = {}): ClientHandshake {
  return new ClientHandshake({
    credential: { method: 1, key: attacked.keys.eve },
    audience: new URL(attacked.url).origin,
    serializers: [1],
    maxFrameBytes: 65_536,
    ...options,
  });
}

/** A DATA frame with any number, rightly signed. */
function numbered(peer: HostilePeer, numbers: { readonly seq: number; readonly ack?: number }): Uint8Array {
  const frame = frameBody(JSON.stringify([increment(1)]), []);
  writeHeader(frame, { type: FrameType.DATA, ack: 0, ...numbers });
  return resigned(peer, frame);
}

/** Sends frames in one go; gives how the line closed and how often something ran. */
async function fate(peer: HostilePeer, ...frames: readonly Uint8Array[]): Promise<unknown> {
  for (const frame of frames) peer.transport.send(frame);
  const code = await peer.closeCode();
  return { code, ran: await timesRun() };
}

describe("a frame that is not what the key's holder said", () => {
  it.each(["HELLO", "CONFIRM", "DATA"] as const)(
    "row 1, S37: %s with any byte flipped closes the line, and nothing runs",
    { timeout: 60_000 },
    async (type) => {
      const until = { HELLO: "connected", CONFIRM: "greeted", DATA: "open" } as const;
      for (let at = 0, length = 1; at < length; at++) {
        await using peer = await attacked.peer({ until: until[type] });
        const frame = type === "HELLO" ? helloOf() : type === "CONFIRM" ? peer.confirm : peer.data(increment(1));
        length = frame.length;
        peer.transport.send(changed(frame, at, frame[at]! ^ (1 << (at & 7))));
        expect([at, await peer.closeCode()]).toEqual([at, type === "DATA" ? 4400 : 4401]);
      }
      expect(await timesRun()).toBe(0);
    },
  );

  it.each([0, 1, 15, 16, 47, 48, 60])("row 2: DATA cut to %i bytes closes the line", async (length) => {
    await using peer = await attacked.peer();
    expect(await fate(peer, peer.data(increment(1)).slice(0, length))).toEqual({ code: 4400, ran: 0 });
  });

  it.each([1, 16, 64])("row 3: DATA with %i bytes appended closes the line", async (extra) => {
    await using peer = await attacked.peer();
    const frame = peer.data(increment(1));
    const longer = new Uint8Array(frame.length + extra);
    longer.set(frame);
    expect(await fate(peer, longer)).toEqual({ code: 4400, ran: 0 });
  });

  it.each([
    ["connected", 4401],
    ["greeted", 4401],
    ["confirmed", 4400],
    ["open", 4400],
  ] as const)("row 4: a message of no bytes closes the line of a peer that is %s with %i", async (until, code) => {
    await using peer = await attacked.peer({ until });
    peer.frame({ payload: "" });
    expect(await peer.closeCode()).toBe(code);
  });

  it.each([
    ["the magic", 0],
    ["the version", 2],
    ["the type", 3],
    ["the ack", 9],
    ["the seq", 15],
    ["the length of the head", 19],
    ["the head", 30],
  ])("row 13: %s changed under the old tag closes the line", async (_, at) => {
    await using peer = await attacked.peer();
    expect(await fate(peer, changed(peer.data(increment(1)), at))).toEqual({ code: 4400, ran: 0 });
  });

  it("row 13: a byte moved from the head into a segment, all else as signed, closes the line", async () => {
    await using peer = await attacked.peer();
    const frame = frameBody(`${JSON.stringify([increment(1)])} `, [Uint8Array.of(1)]);
    writeHeader(frame, { type: FrameType.DATA, ack: 0, seq: 2 });
    peer.established.sendMac.sign(frame);
    const moved = frameBody(JSON.stringify([increment(1)]), [Uint8Array.of(0x20, 1)]);
    moved.set(frame.subarray(0, 16));
    moved.set(frame.subarray(frame.length - TAG_BYTES), moved.length - TAG_BYTES);
    expect(moved.length).toBe(frame.length);
    expect(await fate(peer, moved)).toEqual({ code: 4400, ran: 0 });
  });

  it.each([0, 16, 31, 33])("row 14: a tag of %i bytes closes the line", async (bytes) => {
    await using peer = await attacked.peer();
    const frame = peer.data(increment(1));
    const body = frame.length - TAG_BYTES;
    const retagged = new Uint8Array(body + bytes);
    retagged.set(frame.subarray(0, Math.min(frame.length, retagged.length)));
    expect(await fate(peer, retagged)).toEqual({ code: 4400, ran: 0 });
  });

  it("row 15: a frame of another key id's session closes the line", async () => {
    await using peer = await attacked.peer();
    await using other = await attacked.peer({ key: attacked.keys.ann });
    expect(await fate(peer, other.data(increment(1)))).toEqual({ code: 4400, ran: 0 });
  });

  it.each<readonly [string, Message]>([
    ["call", increment(1)],
    ["item", ["item", 1, { json: 1 }]],
    ["err", ["err", 1, { name: "Error", message: "m" }]],
    ["ping", ["ping", 1]],
    ["bye", ["bye", "done", "", 0]],
  ])("S34: a frame with %s that bears no tag, or a wrong one, closes the line", async (_, message) => {
    for (const spoil of [
      (frame: Uint8Array) => frame.slice(0, -TAG_BYTES),
      (frame: Uint8Array) => changed(frame, frame.length - 1),
    ]) {
      await using peer = await attacked.peer();
      expect(await fate(peer, spoil(peer.data(message)))).toEqual({ code: 4400, ran: 0 });
    }
  });

  it("S34: a CONFIRM that bears no tag, or a HELLO, is refused with 4401", async () => {
    await using greeted = await attacked.peer({ until: "greeted" });
    expect(await fate(greeted, greeted.confirm.slice(0, -TAG_BYTES))).toEqual({ code: 4401, ran: 0 });
    await using connected = await attacked.peer({ until: "connected" });
    expect(await fate(connected, helloOf().slice(0, -TAG_BYTES))).toEqual({ code: 4401, ran: 0 });
  });
});

describe("frames in another order", () => {
  it("row 5, S37: a frame replayed at once closes the line, and its effect is there once", async () => {
    await using peer = await attacked.peer();
    const frame = peer.data(increment(1));
    expect(await fate(peer, frame, frame)).toEqual({ code: 4400, ran: 1 });
  });

  it(
    "row 5, S37: a frame replayed 1000 frames later closes the line, and every effect is there once",
    { timeout: 60_000 },
    async () => {
      await using peer = await attacked.peer();
      const frames = Array.from({ length: 1000 }, (_, index) => peer.data(increment(index + 1)));
      for (const [index, frame] of frames.entries()) {
        peer.transport.send(frame);
        if (index % 200 === 199) await peer.answer("ok", index + 1);
      }
      expect(await fate(peer, frames[0]!)).toEqual({ code: 4400, ran: 1000 });
    },
  );

  it("row 6, S37: a whole recorded client side on a new connection is refused with 4401 at its CONFIRM", async () => {
    const { frames } = await recordedSession();
    await using peer = await attacked.peer({ until: "connected" });
    expect(await fate(peer, ...frames)).toEqual({ code: 4401, ran: 0 });
    expect(await attacked.event("refused", /HELLO was a recording/)).toContain("CONFIRM isn't signed");
  });

  it("row 7, S37: a frame of another session of the same key closes the line", async () => {
    await using peer = await attacked.peer();
    await using other = await attacked.peer();
    expect(await fate(peer, other.data(increment(1)))).toEqual({ code: 4400, ran: 0 });
  });

  it("row 9, S37: the daemon's own frame, reflected, closes the line", async () => {
    for (const index of [0, 1]) {
      await using peer = await attacked.peer();
      expect(await fate(peer, peer.heard.frames[index]!)).toEqual({ code: 4400, ran: 0 });
    }
  });

  it.each([
    ["swapped", [1, 0], 0],
    ["with one missing", [0, 2], 1],
    ["with one doubled", [0, 0, 1], 1],
  ] as const)("row 10, S37: frames that come %s close the line at the first wrong one", async (_, order, ran) => {
    await using peer = await attacked.peer();
    const frames = [1, 2, 3].map((id) => peer.data(increment(id)));
    expect(await fate(peer, ...order.map((index) => frames[index]!))).toEqual({ code: 4400, ran });
  });

  it.each([0, 1, 3, 2 ** 31, 2 ** 32, 2 ** 32 + 2, 2 ** 40 + 2, 2 ** 48 - 1])(
    "row 11: the seq %i from a holder of the key, where 2 is next, closes the line without loss of precision",
    async (seq) => {
      await using peer = await attacked.peer();
      if (seq > 0) return expect(await fate(peer, numbered(peer, { seq }))).toEqual({ code: 4400, ran: 0 });
      const frame = resigned(peer, changed(numbered(peer, { seq: 1 }), 15, 0));
      expect(await fate(peer, frame)).toEqual({ code: 4400, ran: 0 });
    },
  );

  it("row 11: the seq that is next is taken, and an ack above what was sent is not", async () => {
    await using peer = await attacked.peer();
    peer.transport.send(numbered(peer, { seq: 2 }));
    await peer.answer("ok", 1);
    expect(await fate(peer, numbered(peer, { seq: 3, ack: 2 ** 48 - 1 }))).toEqual({ code: 4400, ran: 1 });
  });

  it("row 18: frames put in before the first DATA frame are refused, and what follows never runs", async () => {
    for (const inserted of [helloOf(), encodeConfirm(0), new Uint8Array(48)]) {
      await using peer = await attacked.peer({ until: "greeted" });
      const rest = [peer.confirm, peer.data(["open"], increment(1))];
      expect(await fate(peer, inserted, ...rest)).toEqual({ code: 4401, ran: 0 });
    }
    await using peer = await attacked.peer({ until: "confirmed" });
    expect(await fate(peer, peer.data(), peer.data(["open"], increment(1)))).toEqual({ code: 4400, ran: 0 });
  });
});

/** A session from HELLO to a call, written down and over. */
async function recordedSession(): Promise<{ readonly frames: readonly Uint8Array[] }> {
  const handshake = handshakeOf();
  await using peer = await attacked.peer({ until: "connected" });
  await peer.greet(handshake);
  const frames = [handshake.hello, peer.confirm, peer.data(["open"]), peer.data(increment(1))];
  for (const frame of frames.slice(1)) peer.transport.send(frame);
  await peer.answer("ok", 1);
  expect(await timesRun()).toBe(1);
  return { frames };
}

describe("frames of the handshake where they don't belong", () => {
  it("row 17: a second HELLO in place of CONFIRM is refused", async () => {
    await using peer = await attacked.peer({ until: "greeted" });
    expect(await fate(peer, helloOf())).toEqual({ code: 4401, ran: 0 });
  });

  it("row 17: a WELCOME from a client is refused, first or in place of CONFIRM", async () => {
    await using other = await attacked.peer({ until: "greeted" });
    const welcome = other.heard.frames[0]!;
    await using first = await attacked.peer({ until: "connected" });
    expect(await fate(first, welcome)).toEqual({ code: 4401, ran: 0 });
    expect(await fate(other, resigned(other, welcome))).toEqual({ code: 4401, ran: 0 });
  });

  it.each([
    ["HELLO", () => helloOf()],
    ["CONFIRM", () => encodeConfirm(0)],
  ] as const)("row 17: a %s after the session has opened closes the line, rightly signed too", async (_, frame) => {
    await using unsigned = await attacked.peer();
    expect(await fate(unsigned, frame())).toEqual({ code: 4400, ran: 0 });
    await using signed = await attacked.peer();
    expect(await fate(signed, resigned(signed, frame()), signed.data(increment(1)))).toEqual({ code: 4400, ran: 0 });
  });

  it("row 19: a DATA frame before HELLO is refused", async () => {
    const { frames } = await recordedSession();
    await using peer = await attacked.peer({ until: "connected" });
    expect(await fate(peer, frames[3]!)).toEqual({ code: 4401, ran: 0 });
  });

  it.each([
    ["the method rewritten to key", 16, 1],
    ["the method rewritten to TLS", 16, 3],
    ["the binding rewritten", 17, 1],
  ])("row 22: a HELLO by ticket with %s is refused", async (_, at, byte) => {
    const ticket = mintTicket(attacked.keys.root, { subject: "zoe" });
    const hello = helloOf({ credential: { method: 2, ticket } });
    await using peer = await attacked.peer({ until: "connected" });
    expect(await fate(peer, changed(hello, at, byte))).toEqual({ code: 4401, ran: 0 });
  });

  it("row 22: a HELLO whose ticket was taken out is refused, and the whole one is taken", async () => {
    const ticket = mintTicket(attacked.keys.root, { subject: "zoe" });
    const handshake = handshakeOf({ credential: { method: 2, ticket } });
    const whole = decodeHello(handshake.hello);
    const stripped = encodeHello({ ...whole, authMethod: 1, ticket: new Uint8Array(0) });
    stripped.set(handshake.hello.subarray(-TAG_BYTES), stripped.length - TAG_BYTES);
    await using robbed = await attacked.peer({ until: "connected" });
    expect(await fate(robbed, stripped)).toEqual({ code: 4401, ran: 0 });
    await using honest = await attacked.peer({ handshake: { credential: { method: 2, ticket } } });
    honest.say(increment(1));
    await honest.answer("ok", 1);
    expect(await timesRun()).toBe(1);
  });

  it("row 20: an offer that was lowered under its tag is refused, whatever was lowered", async () => {
    const { hello } = handshakeOf({ serializers: [3, 1] });
    const fields = decodeHello(hello);
    for (const lowered of [
      { serializers: [1, 3] },
      { serializers: [1] },
      { maxFrameBytes: 16_384 },
      { audience: "ws://localhost:1" },
    ]) {
      const changedHello = encodeHello({ ...fields, ...lowered });
      changedHello.set(hello.subarray(-TAG_BYTES), changedHello.length - TAG_BYTES);
      await using peer = await attacked.peer({ until: "connected" });
      expect(await fate(peer, changedHello)).toEqual({ code: 4401, ran: 0 });
    }
  });
});
