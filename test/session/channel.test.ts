import { describe, expect, test } from "vitest";
import { Mac } from "../../src/auth/mac.js";
import { ProtocolError } from "../../src/errors/hearthwire-error.js";
import { Channel } from "../../src/session/channel.js";
import type { Transport } from "../../src/transport/transport.js";
import { frameBody } from "../../src/wire/body.js";
import { FrameType } from "../../src/wire/constants.js";
import { writeHeader } from "../../src/wire/frame.js";

const c2s = new Mac(new Uint8Array(32).fill(1));
const s2c = new Mac(new Uint8Array(32).fill(2));

function frame(header: { type?: FrameType; seq: number; ack?: number }, mac = c2s): Uint8Array {
  const made = frameBody("[]", []);
  writeHeader(made, { type: FrameType.DATA, ack: 0, ...header });
  mac.sign(made);
  return made;
}

/** The server's end of a channel, and what it sent. */
function serverChannel(maxFrameBytes = 16 * 1024) {
  const sent: Uint8Array[] = [];
  const transport: Transport = {
    start: () => undefined,
    send: (bytes) => void sent.push(bytes),
    close: () => undefined,
    destroy: () => undefined,
    bufferedBytes: 0,
  };
  return { sent, channel: new Channel(transport, { sendMac: s2c, receiveMac: c2s, maxFrameBytes, peerAck: 0 }) };
}

describe("Channel", () => {
  test("takes frames in sequence", () => {
    const { channel } = serverChannel();
    expect(channel.receive(frame({ seq: 1 }), 0).seq).toBe(1);
    expect(channel.receive(frame({ seq: 2, ack: 7 }), 1)).toMatchObject({ seq: 2, ack: 7 });
  });

  test.each([
    ["the same frame again", [1, 2, 2]],
    ["an earlier frame again", [1, 2, 1]],
    ["a frame after a lost one", [1, 3]],
    ["a first frame beyond what the session has taken", [2]],
  ])("rejects %s", (_, seqs) => {
    const { channel } = serverChannel();
    const last = seqs.pop()!;
    seqs.forEach((seq, index) => channel.receive(frame({ seq }), index));
    expect(() => channel.receive(frame({ seq: last }), seqs.length)).toThrow("sequence number");
  });

  test("lets the first frame of a later channel repeat what the session has taken", () => {
    const { channel } = serverChannel();
    expect(channel.receive(frame({ seq: 3 }), 5).seq).toBe(3);
    expect(() => channel.receive(frame({ seq: 5 }), 5)).toThrow("sequence number");
  });

  test("rejects a frame signed with the other direction's key", () => {
    const { channel } = serverChannel();
    expect(() => channel.receive(frame({ seq: 1 }, s2c), 0)).toThrow("tag");
  });

  test("rejects its own frame when it is reflected", () => {
    const { channel, sent } = serverChannel();
    channel.send(frameBody("[]", []), { seq: 1, ack: 0 });
    expect(() => channel.receive(sent[0]!, 0)).toThrow("tag");
  });

  test("rejects a handshake frame after the handshake, rightly signed", () => {
    const { channel } = serverChannel();
    expect(() => channel.receive(frame({ type: FrameType.CONFIRM, seq: 0 }), 0)).toThrow("type 3");
  });

  test("rejects every single flipped bit of a frame, and takes the frame itself", () => {
    const good = frame({ seq: 1, ack: 3 });
    for (let bit = 0; bit < good.length * 8; bit++) {
      const bad = good.slice();
      bad[bit >> 3]! ^= 1 << (bit & 7);
      expect(() => serverChannel().channel.receive(bad, 0)).toThrow("tag");
    }
    expect(serverChannel().channel.receive(good, 0).ack).toBe(3);
  });

  test("rejects every truncation and every longer frame", () => {
    const good = frame({ seq: 1 });
    for (let length = 0; length < good.length; length++) {
      expect(() => serverChannel().channel.receive(good.slice(0, length), 0)).toThrow(ProtocolError);
    }
    for (const extra of [1, 16, 64]) {
      const longer = new Uint8Array(good.length + extra);
      longer.set(good);
      expect(() => serverChannel().channel.receive(longer, 0)).toThrow("tag");
    }
  });

  test("rejects a frame above maxFrameBytes with close code 1009, and takes one of exactly that size", () => {
    const large = frameBody("[]", [new Uint8Array(1000)]);
    writeHeader(large, { type: FrameType.DATA, ack: 0, seq: 1 });
    c2s.sign(large);
    expect(serverChannel(large.length).channel.receive(large, 0).seq).toBe(1);
    expect(() => serverChannel(large.length - 1).channel.receive(large, 0)).toThrow(
      expect.objectContaining({ code: "HW_FRAME_TOO_LARGE", closeCode: 1009 }),
    );
  });
});
