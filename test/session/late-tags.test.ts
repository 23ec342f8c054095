import { describe, expect, test } from "vitest";
import type { LateHmac } from "../../src/auth/mac.js";
import type { Established } from "../../src/auth/established.js";
import type { FrameFlowOptions } from "../../src/session/frame-flow-options.js";
import { FrameFlow } from "../../src/session/frame-flow.js";
import { fakeClock } from "../../src/testing/fake-clock.js";
import type { Transport, TransportClose } from "../../src/transport/transport.js";
import { frameBody } from "../../src/wire/body.js";
import { FrameType } from "../../src/wire/constants.js";
import { readHeader, writeHeader } from "../../src/wire/frame.js";
import { established } from "./support/linked-sessions.js";

/** WebCrypto in slow motion: each tag is made by `@noble/hashes`, once it is let through. */
function slowHmac() {
  const waiting: (() => void)[] = [];
  const lateHmac: LateHmac = () => () => new Promise((resolve) => waiting.push(() => resolve(undefined)));
  return {
    lateHmac,
    get asked() {
      return waiting.length;
    },
    /** Lets one through, the oldest unless said otherwise, and all that follows from it. */
    async letThrough(index = 0): Promise<void> {
      waiting.splice(index, 1)[0]!();
      await new Promise(setImmediate);
    },
  };
}

function flowOf(options: Partial<FrameFlowOptions>) {
  const sent: Uint8Array[] = [];
  const taken: number[] = [];
  const lost: TransportClose[] = [];
  const ends: (number | string | undefined)[] = [];
  const transport: Transport = {
    start: () => undefined,
    send: (frame) => void sent.push(frame.slice()),
    close: (code) => void ends.push(code),
    destroy: () => void ends.push("destroyed"),
    bufferedBytes: 0,
  };
  const nothing = (): void => undefined;
  const flow = new FrameFlow({
    role: "server",
    clock: fakeClock(),
    maxFrameBytes: 64 * 1024,
    body: (bytes) => taken.push(bytes.length) > 0,
    scheduleFlush: nothing,
    acknowledge: nothing,
    ping: nothing,
    relieved: nothing,
    lost: (close) => void lost.push(close),
    broken: (error) => expect.unreachable(error.message),
    ...options,
  });
  const keys = established();
  const receiver = flow.attach(transport, keys.server);
  return { flow, receiver, keys, sent, taken, lost, ends };
}

const LARGE = 20 * 1024;

/** A frame of the peer whose body holds so many bytes. */
function signed({ sendMac }: Established, { seq, bytes = 0 }: { readonly seq: number; readonly bytes?: number }) {
  const frame = frameBody("[]", bytes === 0 ? [] : [new Uint8Array(bytes)]);
  writeHeader(frame, { type: FrameType.DATA, seq, ack: 0 });
  sendMac.sign(frame);
  return frame;
}

const seqs = (frames: readonly Uint8Array[]): number[] => frames.map((frame) => readHeader(frame).seq);

describe("A frame whose tag comes late", () => {
  test("goes before those that were sent after it, with the right tag", async () => {
    const slow = slowHmac();
    const { flow, sent, keys } = flowOf({ lateHmac: slow.lateHmac });
    flow.transmit(frameBody("[]", []));
    flow.transmit(frameBody("[]", [new Uint8Array(LARGE)]));
    flow.transmit(frameBody("[]", []));
    flow.transmit(frameBody("[]", [new Uint8Array(LARGE)]));
    expect([seqs(sent), slow.asked]).toEqual([[1], 2]);
    await slow.letThrough(1);
    expect(seqs(sent)).toEqual([1]);
    await slow.letThrough();
    expect(seqs(sent)).toEqual([1, 2, 3, 4]);
    expect(sent.every((frame) => keys.client.receiveMac.verify(frame))).toBe(true);
    flow.transmit(frameBody("[]", []));
    expect(seqs(sent)).toEqual([1, 2, 3, 4, 5]);
  });

  test("counts as waiting until it is sent", async () => {
    const slow = slowHmac();
    const { flow, receiver, keys } = flowOf({ lateHmac: slow.lateHmac });
    flow.transmit(frameBody("[]", [new Uint8Array(5 * 1024 * 1024)]));
    // An ack for what was not even sent shall gain nothing.
    const ack = frameBody("[]", []);
    writeHeader(ack, { type: FrameType.DATA, seq: 1, ack: 1 });
    keys.client.sendMac.sign(ack);
    receiver.frame(ack);
    expect(flow.isCongested).toBe(true);
    await slow.letThrough();
    expect(flow.pressureBytes).toBe(0);
  });

  test("is taken before those that came after it, and before the end of the line", async () => {
    const slow = slowHmac();
    const { flow, receiver, keys, taken, lost } = flowOf({ lateHmac: slow.lateHmac });
    for (const one of [{ seq: 1, bytes: LARGE }, { seq: 2 }, { seq: 3, bytes: LARGE }, { seq: 4 }]) {
      receiver.frame(signed(keys.client, one));
    }
    receiver.closed({ code: 1006, reason: "" });
    expect([flow.takenSeq, lost]).toEqual([0, []]);
    await slow.letThrough(1);
    expect([flow.takenSeq, lost]).toEqual([0, []]);
    await slow.letThrough();
    expect([flow.takenSeq, taken.length, lost.length]).toEqual([4, 4, 1]);
  });

  test("drops the channel when its tag is wrong, as a small one does, and nothing after it is taken", async () => {
    const slow = slowHmac();
    const { flow, receiver, keys, lost, ends } = flowOf({ lateHmac: slow.lateHmac });
    const forged = signed(keys.client, { seq: 1, bytes: LARGE });
    forged[LARGE]! ^= 1;
    receiver.frame(forged);
    receiver.frame(signed(keys.client, { seq: 2 }));
    await slow.letThrough();
    const small = flowOf({});
    const altered = signed(small.keys.client, { seq: 1 });
    altered[20]! ^= 1;
    small.receiver.frame(altered);
    expect([flow.takenSeq, ends]).toEqual([0, small.ends]);
    expect(lost.map(({ code, error }) => [code, error?.message])).toEqual(
      small.lost.map(({ code, error }) => [code, error?.message]),
    );
    expect(lost).toHaveLength(1);
  });

  test("is not taken once the flow has ended", async () => {
    const slow = slowHmac();
    const { flow, receiver, keys, taken } = flowOf({ lateHmac: slow.lateHmac });
    receiver.frame(signed(keys.client, { seq: 1, bytes: LARGE }));
    flow.end({ code: 1000, keeps: false });
    await slow.letThrough();
    expect(taken).toEqual([]);
  });

  test("goes before a close with all that stand behind it, without waiting: a page may be gone a moment later", async () => {
    const slow = slowHmac();
    const { flow, keys, sent, ends } = flowOf({ lateHmac: slow.lateHmac });
    flow.transmit(frameBody("[]", [new Uint8Array(LARGE)]));
    flow.transmit(frameBody("[]", []));
    flow.transmit(frameBody("[]", [new Uint8Array(LARGE)]));
    flow.end({ code: 1000, keeps: false });
    expect([seqs(sent), ends, flow.pressureBytes]).toEqual([[1, 2, 3], [1000], 0]);
    expect(sent.every((frame) => keys.client.receiveMac.verify(frame))).toBe(true);
    await slow.letThrough();
    await slow.letThrough();
    expect(sent).toHaveLength(3);
  });

  test("is not even verified when nobody takes it any more", () => {
    const slow = slowHmac();
    const { flow, receiver, keys } = flowOf({ lateHmac: slow.lateHmac });
    flow.end({ code: undefined, keeps: false });
    receiver.frame(signed(keys.client, { seq: 1, bytes: LARGE }));
    expect(slow.asked).toBe(0);
  });

  test("is not even looked at above the largest size, and refused at once", () => {
    const slow = slowHmac();
    const { receiver, keys, lost } = flowOf({ lateHmac: slow.lateHmac, maxFrameBytes: 24 * 1024 });
    receiver.frame(signed(keys.client, { seq: 1, bytes: LARGE }));
    receiver.frame(signed(keys.client, { seq: 2, bytes: 2 * LARGE }));
    expect([slow.asked, lost.map(({ error }) => error?.message)]).toEqual([
      1,
      [expect.stringContaining("maxFrameBytes")],
    ]);
  });

  test("leaves a second channel alone, which signs its own copy", async () => {
    const slow = slowHmac();
    const { flow, sent } = flowOf({ lateHmac: slow.lateHmac });
    flow.transmit(frameBody("[]", [new Uint8Array(LARGE)]));
    const second: Uint8Array[] = [];
    const keys = established();
    const transport: Transport = {
      start: () => undefined,
      send: (frame) => void second.push(frame.slice()),
      close: () => undefined,
      destroy: () => undefined,
      bufferedBytes: 0,
    };
    flow.attach(transport, keys.server);
    await slow.letThrough();
    await slow.letThrough();
    expect([sent.length, seqs(second)]).toEqual([1, [1]]);
    expect(keys.client.receiveMac.verify(second[0]!)).toBe(true);
  });
});
