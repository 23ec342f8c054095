import { describe, expect, test } from "vitest";
import type { FrameFlowOptions } from "../../src/session/frame-flow-options.js";
import { FrameFlow } from "../../src/session/frame-flow.js";
import { fakeClock } from "../../src/testing/fake-clock.js";
import type { Transport } from "../../src/transport/transport.js";
import { frameBody } from "../../src/wire/body.js";
import { readHeader, writeHeader } from "../../src/wire/frame.js";
import { established } from "./support/linked-sessions.js";
import type { Established } from "../../src/auth/established.js";
import { FrameType } from "../../src/wire/constants.js";

/** An empty frame of the peer. */
function signed({ sendMac }: Established, numbers: { readonly seq: number; readonly ack: number }): Uint8Array {
  const frame = frameBody("[]", []);
  writeHeader(frame, { type: FrameType.DATA, ...numbers });
  sendMac.sign(frame);
  return frame;
}

test("FrameFlow counts what the peer does not read, though the peer acknowledges it", () => {
  const nothing = (): void => undefined;
  const transport = { start: nothing, send: nothing, close: nothing, destroy: nothing, bufferedBytes: 0 };
  const flow = new FrameFlow({
    role: "server",
    clock: fakeClock(),
    maxFrameBytes: 16 * 1024,
    body: () => false,
    scheduleFlush: nothing,
    acknowledge: nothing,
    ping: nothing,
    relieved: nothing,
    lost: nothing,
    broken: nothing,
  });
  flow.attach(transport satisfies Transport, established().server);
  expect([flow.pressureBytes, flow.isCongested]).toEqual([0, false]);
  transport.bufferedBytes = 5 * 1024 * 1024;
  expect([flow.pressureBytes, flow.isCongested]).toEqual([5 * 1024 * 1024, true]);
  flow.end({ code: 1000, keeps: false });
});

/** A transport that goes nowhere, and what it was told. */
function deadEnd() {
  const sent: Uint8Array[] = [];
  const ends: (number | "destroyed")[] = [];
  const transport = {
    start: () => undefined,
    send: (frame: Uint8Array) => void sent.push(frame),
    close: (code: number) => void ends.push(code),
    destroy: () => void ends.push("destroyed"),
    bufferedBytes: 0,
  };
  return { transport: transport as Transport & { bufferedBytes: number }, sent, ends };
}

function flowOf(options: Partial<FrameFlowOptions>) {
  const clock = fakeClock();
  const nothing = (): void => undefined;
  const flow = new FrameFlow({
    role: "server",
    clock,
    maxFrameBytes: 64 * 1024,
    body: () => false,
    scheduleFlush: nothing,
    acknowledge: nothing,
    ping: nothing,
    relieved: nothing,
    lost: nothing,
    broken: nothing,
    ...options,
  });
  return { flow, clock };
}

describe("FrameFlow, given a second channel", () => {
  test("signs what the peer lacks with its keys and leaves the bytes of the old one alone", () => {
    const { flow } = flowOf({});
    const [first, second] = [deadEnd(), deadEnd()];
    flow.attach(first.transport, established().server);
    for (const text of ["1", "2", "3"]) flow.transmit(frameBody(`[${text}]`, []));
    const before = first.sent.map((frame) => frame.slice());
    const { client, server } = established();
    flow.attach(second.transport, { ...server, peerAck: 1 });
    expect(first.sent).toEqual(before);
    expect(second.sent.map((frame) => readHeader(frame).seq)).toEqual([2, 3]);
    expect(second.sent.every((frame) => client.receiveMac.verify(frame))).toBe(true);
    flow.transmit(frameBody("[4]", []));
    expect([first.sent.length, second.sent.length]).toEqual([3, 3]);
  });

  test("takes an ack that is older than what the first has brought for what it is", () => {
    const { flow } = flowOf({ broken: (error) => expect.unreachable(error.message) });
    const keys = established();
    const [first, second] = [deadEnd(), deadEnd()];
    const { frame } = flow.attach(first.transport, keys.server);
    for (let sent = 0; sent < 3; sent++) flow.transmit(frameBody("[]", []));
    frame(signed(keys.client, { seq: 1, ack: 3 }));
    flow.attach(second.transport, { ...established().server, peerAck: 1 });
    expect(second.sent).toEqual([]);
    flow.transmit(frameBody("[]", []));
    expect(second.sent.map((one) => readHeader(one).seq)).toEqual([4]);
  });

  test("goes on with what waited for the peer when the new ack relieves it", () => {
    let relieved = 0;
    const { flow } = flowOf({ relieved: () => relieved++ });
    const [first, second] = [deadEnd(), deadEnd()];
    flow.attach(first.transport, established().server);
    for (let sent = 0; sent < 5; sent++) flow.transmit(frameBody("[]", [new Uint8Array(1024 * 1024)]));
    expect(flow.isCongested).toBe(true);
    flow.attach(second.transport, { ...established().server, peerAck: 4 });
    expect([flow.isCongested, relieved]).toEqual([false, 1]);
  });

  test("goes on at once when the peer lacks nothing", () => {
    let relieved = 0;
    const { flow } = flowOf({ relieved: () => relieved++ });
    const [first, second, third] = [deadEnd(), deadEnd(), deadEnd()];
    flow.attach(first.transport, established().server);
    for (let sent = 0; sent < 5; sent++) flow.transmit(frameBody("[]", [new Uint8Array(1024 * 1024)]));
    flow.attach(second.transport, { ...established().server, peerAck: 5 });
    expect([second.sent, flow.isBusy, relieved]).toEqual([[], false, 1]);
    flow.detach({ code: 1006, reason: "" });
    flow.end({ code: 1000, keeps: true });
    flow.attach(third.transport, { ...established().server, peerAck: 5 });
    expect([third.sent, third.ends]).toEqual([[], [1000]]);
  });

  test("as a server tears the first down at once when the peer doesn't read it", () => {
    const { flow } = flowOf({});
    const [first, second, third] = [deadEnd(), deadEnd(), deadEnd()];
    flow.attach(first.transport, established().server);
    for (let sent = 0; sent < 4; sent++) flow.transmit(frameBody("[]", [new Uint8Array(1024 * 1024)]));
    first.transport.bufferedBytes = 4 * 1024 * 1024 - 1;
    flow.attach(second.transport, { ...established().server, peerAck: 4 });
    expect(first.ends).toEqual([4409]);
    for (let sent = 0; sent < 4; sent++) flow.transmit(frameBody("[]", [new Uint8Array(1024 * 1024)]));
    second.transport.bufferedBytes = 4 * 1024 * 1024;
    flow.attach(third.transport, { ...established().server, peerAck: 8 });
    expect(second.ends).toEqual([4409, "destroyed"]);
  });

  test("as a server tears all that it left down when the peer reads none of them", () => {
    const { flow } = flowOf({});
    const lines = Array.from({ length: 5 }, () => deadEnd());
    for (const { transport } of lines) {
      flow.attach(transport, established().server);
      transport.bufferedBytes = 1024 * 1024;
    }
    expect(lines.slice(0, 4).map(({ ends }) => ends)).toEqual(Array(4).fill([4409, "destroyed"]));
  });

  test("as a server closes the first with 4409, and tears it down when it doesn't end", async () => {
    const { flow, clock } = flowOf({});
    const [first, second] = [deadEnd(), deadEnd()];
    flow.attach(first.transport, established().server);
    flow.attach(second.transport, established().server);
    expect(first.ends).toEqual([4409]);
    await clock.advance(2_000);
    expect([first.ends, second.ends]).toEqual([[4409, "destroyed"], []]);
  });

  test("as a client leaves the first open and deaf until the server is heard on the second", async () => {
    let heard = 0;
    const bodies: number[] = [];
    const { flow, clock } = flowOf({ role: "client", heard: () => heard++, body: () => bodies.push(1) > 0 });
    const [first, second] = [deadEnd(), deadEnd()];
    const [old, fresh] = [established(), established()];
    const left = flow.attach(first.transport, old.client);
    left.frame(signed(old.server, { seq: 1, ack: 0 }));
    expect(heard).toBe(1);
    const current = flow.attach(second.transport, fresh.client);
    left.frame(signed(old.server, { seq: 2, ack: 0 }));
    await clock.advance(10_000);
    expect([bodies.length, first.ends, heard]).toEqual([1, [], 1]);
    current.frame(signed(fresh.server, { seq: 2, ack: 0 }));
    current.frame(signed(fresh.server, { seq: 3, ack: 0 }));
    expect([bodies.length, heard]).toEqual([3, 2]);
    await clock.advance(2_000);
    expect(first.ends).toEqual(["destroyed"]);
  });

  test("is gone when both have ended", async () => {
    const { flow, clock } = flowOf({ role: "client" });
    const [first, second] = [deadEnd(), deadEnd()];
    const left = flow.attach(first.transport, established().client);
    const current = flow.attach(second.transport, established().client);
    let isGone = false;
    void flow.gone.then(() => (isGone = true));
    flow.end({ code: 1000, keeps: false });
    expect([first.ends, second.ends]).toEqual([[], [1000]]);
    current.closed({ code: 1000, reason: "" });
    await Promise.resolve();
    expect(isGone).toBe(false);
    left.closed({ code: 4409, reason: "" });
    await Promise.resolve();
    expect([isGone, clock.pendingTimers]).toEqual([true, 0]);
  });
});

describe("FrameFlow, when its line alone holds senders back", () => {
  /** Five MiB were sent, and the peer has had all of them, but the line has not said yet that it is rid of them. */
  function held() {
    let relieved = 0;
    const { flow, clock } = flowOf({ relieved: () => relieved++ });
    const keys = established();
    const { transport } = deadEnd();
    const { frame } = flow.attach(transport, keys.server);
    for (let sent = 0; sent < 5; sent++) flow.transmit(frameBody("[]", [new Uint8Array(1024 * 1024)]));
    transport.bufferedBytes = 5 * 1024 * 1024;
    return {
      flow,
      clock,
      transport,
      relieved: () => relieved,
      ack: (seq: number) => frame(signed(keys.client, { seq, ack: 5 })),
    };
  }

  test("tells that it is over when the next frame comes", () => {
    const { transport, relieved, ack } = held();
    ack(1);
    expect(relieved()).toBe(0);
    transport.bufferedBytes = 0;
    ack(2);
    ack(3);
    expect(relieved()).toBe(1);
  });

  test("tells that it is over though no frame comes any more", async () => {
    const { flow, clock, transport, relieved, ack } = held();
    ack(1);
    await clock.advance(1_000);
    expect([flow.isCongested, relieved()]).toEqual([true, 0]);
    transport.bufferedBytes = 0;
    await clock.advance(100);
    expect([flow.isCongested, relieved()]).toEqual([false, 1]);
  });

  test("looks no more once it has ended", () => {
    const { flow, clock, transport, ack } = held();
    ack(1);
    flow.end({ code: 1000, keeps: false });
    transport.close();
    expect(clock.pendingTimers).toBe(1);
  });
});

describe("FrameFlow, with much under way", () => {
  const FRAME_BYTES = 60 * 1024;
  const large = (): Uint8Array => frameBody("[]", [new Uint8Array(FRAME_BYTES)]);

  test("lets calls go on as soon as it is not congested, and bulk when little is under way", () => {
    const told: [boolean, boolean][] = [];
    const { flow } = flowOf({ relieved: () => told.push([flow.isCongested, flow.isBusy]) });
    const keys = established();
    const receiver = flow.attach(deadEnd().transport, keys.server);
    for (let seq = 1; seq <= 80; seq++) flow.transmit(large());
    expect([flow.isCongested, flow.isBusy]).toEqual([true, true]);
    receiver.frame(signed(keys.client, { seq: 1, ack: 5 }));
    expect(told).toEqual([]);
    receiver.frame(signed(keys.client, { seq: 2, ack: 40 }));
    receiver.frame(signed(keys.client, { seq: 3, ack: 79 }));
    receiver.frame(signed(keys.client, { seq: 4, ack: 80 }));
    expect(told).toEqual([
      [false, true],
      [false, true],
      [false, false],
    ]);
    flow.end({ code: 1000, keeps: false });
  });

  test("goes on when the window shrinks to less than is under way, and nothing is sent to fill it", async () => {
    let relieved = 0;
    const { flow, clock } = flowOf({ relieved: () => relieved++ });
    const keys = established();
    const receiver = flow.attach(deadEnd().transport, keys.server);
    let seq = 0;
    const round = async (number: number, delayMs: number): Promise<void> => {
      while (!flow.isBusy) seq = flow.transmit(large());
      await clock.advance(delayMs);
      receiver.frame(signed(keys.client, { seq: number, ack: seq }));
    };
    for (let number = 1; number <= 4; number++) await round(number, 100);
    expect(flow.isBusy).toBe(false);
    while (!flow.isBusy) seq = flow.transmit(large());
    const probe = seq;
    receiver.frame(signed(keys.client, { seq: 5, ack: probe - 1 }));
    for (let more = 0; more < 3; more++) seq = flow.transmit(large());
    expect(flow.isBusy).toBe(false);
    await clock.advance(300);
    receiver.frame(signed(keys.client, { seq: 6, ack: probe }));
    expect(flow.isBusy).toBe(true);
    relieved = 0;
    receiver.frame(signed(keys.client, { seq: 7, ack: seq }));
    expect([flow.isBusy, relieved]).toEqual([false, 1]);
    flow.end({ code: 1000, keeps: false });
  });

  test("knows nothing of a new line's delay", async () => {
    let relieved = 0;
    const { flow, clock } = flowOf({ relieved: () => relieved++ });
    const keys = established();
    const receiver = flow.attach(deadEnd().transport, keys.server);
    let seq = 0;
    for (let round = 1; round <= 3; round++) {
      while (!flow.isBusy) seq = flow.transmit(large());
      await clock.advance(100);
      receiver.frame(signed(keys.client, { seq: round, ack: seq }));
    }
    flow.transmit(large());
    flow.transmit(large());
    expect(flow.isBusy).toBe(false);
    const newKeys = established();
    const second = flow.attach(deadEnd().transport, newKeys.server);
    expect(flow.isBusy).toBe(true);
    relieved = 0;
    second.frame(signed(newKeys.client, { seq: 4, ack: seq + 2 }));
    expect([flow.isBusy, relieved]).toEqual([false, 1]);
    flow.end({ code: 1000, keeps: false });
  });
});

test("FrameFlow sends a channel no gap, though the peer took what comes next over the one before", async () => {
  const { flow, clock } = flowOf({});
  const [first, second] = [deadEnd(), deadEnd()];
  flow.attach(first.transport, established().server);
  for (let seq = 1; seq <= 40; seq++) flow.transmit(frameBody("[]", [new Uint8Array(60 * 1024)]));
  const keys = established();
  const receiver = flow.attach(second.transport, keys.server);
  const sent = second.sent.length;
  expect(sent).toBeLessThan(20);
  receiver.frame(signed(keys.client, { seq: 1, ack: 30 }));
  await clock.advance(10);
  expect(second.sent.map((frame) => readHeader(frame).seq)).toEqual(
    Array.from({ length: 40 }, (_, index) => index + 1),
  );
  expect(flow.acknowledgedSeq).toBe(30);
  flow.end({ code: 1000, keeps: false });
});

describe("FrameFlow, when another one sends again at the same time", () => {
  const FRAMES = 20;
  const slices = (order: readonly string[]): string =>
    order
      .join("")
      .replaceAll(/(.)\1*/g, "$& ")
      .trimEnd();

  /** Two that have lost their channels, with 1.2 MiB each that their peers have not acknowledged; `a` has another one. */
  function twoLost() {
    const clock = fakeClock();
    const order: string[] = [];
    const lost = (name: string) => {
      const { flow } = flowOf({ clock });
      const { client, server } = established();
      const { transport, sent, ends } = deadEnd();
      const send = transport.send.bind(transport);
      transport.send = (frame) => {
        order.push(name);
        send(frame);
      };
      flow.attach(deadEnd().transport, established().server);
      for (let seq = 1; seq <= FRAMES; seq++) flow.transmit(frameBody("[]", [new Uint8Array(60 * 1024)]));
      flow.detach({ code: 1006, reason: "" });
      const seqs = (): readonly number[] => sent.map((frame) => readHeader(frame).seq);
      return { flow, transport, seqs, ends, attach: () => flow.attach(transport, server), client };
    };
    const [a, b] = [lost("a"), lost("b")];
    a.attach();
    return { clock, order, a, b };
  }
  const all = Array.from({ length: FRAMES }, (_, index) => index + 1);

  test("takes turns with it", async () => {
    const { clock, order, a, b } = twoLost();
    b.attach();
    expect([a.seqs().length, b.seqs().length]).toEqual([5, 0]);
    await clock.advance(0);
    expect(slices(order)).toBe("aaaaaaaaaa bbbbb aaaaa bbbbb aaaaa bbbbbbbbbb");
    expect([a.seqs(), b.seqs()]).toEqual([all, all]);
  });

  test("sends new frames after the old ones, and no gap though the peer acknowledges some before its first turn", async () => {
    const { clock, b } = twoLost();
    const receiver = b.attach();
    receiver.frame(signed(b.client, { seq: 1, ack: 12 }));
    b.flow.transmit(frameBody("[]", []));
    expect([b.seqs(), b.flow.acknowledgedSeq]).toEqual([[], 0]);
    await clock.advance(0);
    expect([b.seqs(), b.flow.acknowledgedSeq]).toEqual([[...all, FRAMES + 1], 12]);
  });

  test("that ends before its first turn sends all, the bye last, and closes then", async () => {
    const { clock, b } = twoLost();
    b.attach();
    b.flow.transmit(frameBody("[]", []));
    b.flow.end({ code: 1000, keeps: false });
    expect([b.seqs(), b.ends]).toEqual([[], []]);
    await clock.advance(0);
    expect([b.seqs(), b.ends]).toEqual([[...all, FRAMES + 1], [1000]]);
  });

  test.each([
    { how: "its line breaks", end: ({ flow }) => flow.detach({ code: 1006, reason: "" }) },
    { how: "its peer says bye", end: ({ flow }) => flow.end({ code: undefined, keeps: false }) },
    {
      how: "it has ended and is forgotten",
      end: ({ flow }) => {
        flow.end({ code: 1000, keeps: true });
        flow.forget();
      },
    },
  ] satisfies { how: string; end: (one: ReturnType<typeof twoLost>["b"]) => void }[])(
    "leaves the turns to it when $how",
    async ({ end }) => {
      const { clock, a, b, order } = twoLost();
      b.attach();
      end(b);
      await clock.advance(0);
      expect([a.seqs(), b.seqs(), slices(order)]).toEqual([all, [], "a".repeat(FRAMES)]);
      await clock.advance(2_000);
      a.flow.end({ code: 1000, keeps: false });
      expect(clock.pendingTimers).toBe(1);
    },
  );

  test("goes on over a third channel from the first frame that its peer lacks", async () => {
    const { clock, a, b } = twoLost();
    const third = deadEnd();
    b.attach();
    b.flow.attach(third.transport, { ...established().server, peerAck: 7 });
    await clock.advance(0);
    expect([a.seqs(), b.seqs(), third.sent.map((frame) => readHeader(frame).seq)]).toEqual([all, [], all.slice(7)]);
  });
});
