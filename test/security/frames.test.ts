import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { encodeConfirm } from "../../src/wire/confirm.js";
import { frameBody } from "../../src/wire/body.js";
import { FrameType, TAG_BYTES } from "../../src/wire/constants.js";
import { writeHeader } from "../../src/wire/frame.js";
import type { Message } from "../../src/wire/message.js";
import { AttackedDaemon } from "./support/attacked-daemon.js";
import { HostilePeer } from "./support/hostile-peer.js";

let attacked: AttackedDaemon;
beforeAll(async () => void (attacked = await AttackedDaemon.start()));
afterEach(() => attacked.isUnharmed());
afterAll(() => attacked[Symbol.asyncDispose]());

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
  it.each(["HELLO", "CONFIRM", "DATA"] as const)("row 1, S37: %s with any byte flipped closes the line, and nothing runs", { timeout: 60_000 }, async (type) => {
    const until = { HELLO: "connected", CONFIRM: "greeted", DATA: "open" } as const;
    for (let at = 0, length = 1; at < length; at++) {
      await using peer = await attacked.peer({ until: until[type] });
      const frame = type === "HELLO" ? helloOf() : type === "CONFIRM" ? peer.confirm : peer.data(increment(1));
      length = frame.length;
      peer.transport.send(changed(frame, at, frame[at]! ^ (1 << (at & 7))));
      expect(await peer.closeCode(), `byte ${at}`).toBe(type === "DATA" ? 4400 : 4401);
    }
    expect(await timesRun()).toBe(0);
  });

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
    for (const spoil of [(frame: Uint8Array) => frame.slice(0, -TAG_BYTES), (frame: Uint8Array) => changed(frame, frame.length - 1)]) {
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
