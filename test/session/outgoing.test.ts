import { describe, expect, test } from "vitest";
import { LimitError } from "../../src/errors/hearthwire-error.js";
import type { EncodedPayload, OutgoingBody } from "../../src/serializers/payload.js";
import type { OutgoingMessage } from "../../src/session/message-sink.js";
import { Outgoing } from "../../src/session/outgoing.js";
import { decodeBody } from "../../src/wire/body.js";
import type { Body } from "../../src/wire/message.js";
import { bodyOf } from "../../src/wire/frame.js";
import { IncomingPieces } from "../../src/session/incoming-pieces.js";

/** A payload of text and bytes; with `refers` it holds a reference. */
function payload(text: string, options: { bytes?: Uint8Array; refers?: boolean } = {}): EncodedPayload {
  const { bytes, refers = false } = options;
  return {
    nodes: 2,
    textBound: 3 * (text.length + 60),
    segmentBytes: bytes?.length ?? 0,
    blobs: undefined,
    hasReferences: refers,
    finish(body: OutgoingBody): string {
      const segment = bytes === undefined ? "" : `,${body.segment(bytes)}`;
      const reference = refers ? `,${JSON.stringify(body.reference({}))}` : "";
      return `[${JSON.stringify(text)}${segment}${reference}]`;
    },
  };
}

function item(stream: number, content: EncodedPayload, more: Partial<OutgoingMessage> = {}): OutgoingMessage {
  return { keys: [`s${stream}`], before: `["item",${stream},`, payload: content, after: "]", ...more };
}

/** An outgoing side whose turns end when the test says so, and a reader of what it sent. */
function started(peerMaxFrameBytes = 16 * 1024) {
  const frames: Uint8Array[] = [];
  const flushes: (() => void)[] = [];
  const pieces = new IncomingPieces();
  const state = { isCongested: false, references: 0 };
  const outgoing = new Outgoing({
    scheduleFlush: (flush) => void flushes.push(flush),
    transmit: (frame) => frames.push(frame),
    flushed: () => undefined,
    isCongested: () => state.isCongested,
    isBusy: () => state.isCongested,
    grew: () => undefined,
  });
  outgoing.numbering = { reference: () => [0, ++state.references, "function"], stream: () => [1, "iterable"] };
  outgoing.start(peerMaxFrameBytes);
  const endTurn = (): void => flushes.splice(0).forEach((flush) => flush());
  endTurn();
  const bodies = (): Body[] => frames.map((frame) => decodeBody(bodyOf(frame)));
  /** Messages as the peer acts on them, joined pieces in the place of their last. */
  const acted = (): unknown[][] =>
    bodies().flatMap((body) =>
      body.messages.flatMap((message) => {
        if (message[0] !== "piece") return [message as unknown as unknown[]];
        const joined = pieces.take({ id: message[1], last: message[2], bytes: body.segments[0]!, ack: 0 });
        return (joined?.body.messages ?? []) as unknown as unknown[][];
      }),
    );
  return { outgoing, frames, state, endTurn, bodies, acted };
}

describe("Outgoing", () => {
  test("puts the messages of one turn into one frame", () => {
    const { outgoing, frames, endTurn, bodies } = started();
    for (let n = 0; n < 5; n++) outgoing.send(item(1, payload(`${n}`)));
    expect(frames).toHaveLength(0);
    endTurn();
    expect(bodies().map(({ messages }) => messages.length)).toEqual([5]);
  });

  test("flushes early at 32 messages, and again for what follows", () => {
    const { outgoing, endTurn, bodies } = started();
    for (let n = 0; n < 40; n++) outgoing.send(item(1, payload(`${n}`)));
    expect(bodies().map(({ messages }) => messages.length)).toEqual([32]);
    endTurn();
    expect(bodies().map(({ messages }) => messages.length)).toEqual([32, 8]);
  });

  test("flushes early at 256 items, or at 32 other messages among them", () => {
    const items = started();
    for (let n = 0; n < 300; n++) items.outgoing.send(item(1, payload(`${n}`), { isItem: true }));
    items.endTurn();
    expect(items.bodies().map(({ messages }) => messages.length)).toEqual([256, 44]);
    const mixed = started();
    for (let n = 0; n < 20; n++) mixed.outgoing.send(item(1, payload(`${n}`), { isItem: true }));
    for (let n = 0; n < 70; n++) mixed.outgoing.send(item(2, payload(`${n}`)));
    mixed.endTurn();
    expect(mixed.bodies().map(({ messages }) => messages.length)).toEqual([52, 32, 6]);
  });

  test("cuts an item above 17 KiB into pieces though a frame would hold it, and no call", () => {
    const { outgoing, endTurn, bodies, acted } = started(256 * 1024);
    const large = payload("large", { bytes: new Uint8Array(64 * 1024) });
    outgoing.send(item(4, payload("small"), { isItem: true }));
    outgoing.send(item(1, large, { isItem: true }));
    outgoing.send(item(2, payload("chunk", { bytes: new Uint8Array(16 * 1024) }), { isItem: true }));
    outgoing.send(item(3, large));
    endTurn();
    const kinds = bodies().map(({ messages }) => messages.map(([kind]) => kind).join());
    expect(kinds).toEqual(["item", "piece", "piece", "piece", "piece", "item", "item"]);
    expect(acted().map(([, stream]) => stream)).toEqual([4, 1, 2, 3]);
  });

  test("sends a large item whole while a body is in pieces, behind which it would wait", () => {
    const { outgoing, state, endTurn, bodies } = started(256 * 1024);
    const large = payload("large", { bytes: new Uint8Array(64 * 1024) });
    state.isCongested = true;
    outgoing.send(item(1, large, { isItem: true }));
    outgoing.send(item(2, large, { isItem: true }));
    endTurn();
    expect(bodies().map(({ messages }) => messages[0]!.slice(0, 2))).toEqual([["item", 2]]);
  });

  test("flushes early at 8 KiB of calls and at 16 KiB of items", () => {
    const kilobyte = payload("x".repeat(1000));
    const calls = started(1024 * 1024);
    for (let n = 0; n < 20; n++) calls.outgoing.send({ ...item(1, kilobyte), isItem: false });
    const items = started(1024 * 1024);
    for (let n = 0; n < 20; n++) items.outgoing.send({ ...item(1, kilobyte), isItem: true });
    expect(calls.bodies()[0]?.messages).toHaveLength(9);
    expect(items.bodies()[0]?.messages).toHaveLength(17);
  });

  test("says which frame a message went into", () => {
    const { outgoing, endTurn } = started();
    const first = outgoing.send(item(1, payload("a")));
    const second = outgoing.send(item(1, payload("b")));
    expect(first).toBe(second);
    expect(first?.seq).toBeUndefined();
    endTurn();
    expect(first?.seq).toBe(1);
    expect(outgoing.currentBody).not.toBe(first);
  });

  test("starts a new frame where the next message would pass the peer's size", () => {
    const { outgoing, endTurn, bodies, frames } = started(16 * 1024);
    const bytes = new Uint8Array(6_000);
    for (let n = 0; n < 4; n++) outgoing.send({ ...item(1, payload("", { bytes })), isItem: true });
    endTurn();
    expect(Math.max(...frames.map((frame) => frame.length))).toBeLessThanOrEqual(16 * 1024);
    expect(bodies().flatMap(({ segments }) => segments.map((segment) => segment.length))).toEqual([
      6_000, 6_000, 6_000, 6_000,
    ]);
  });

  test("refuses a message that must join a body that has gone, and sends nothing", () => {
    const { outgoing, frames, endTurn } = started();
    const body = outgoing.send(item(1, payload("a")));
    expect(outgoing.send(item(1, payload("b"), { sameBodyAs: body! }))).toBe(body);
    endTurn();
    expect(outgoing.send(item(1, payload("c"), { sameBodyAs: body! }))).toBeUndefined();
    endTurn();
    expect(frames).toHaveLength(1);
  });

  test("leaves no trace of a message whose payload can't be finished", () => {
    const { outgoing, endTurn, bodies } = started();
    const broken: EncodedPayload = {
      ...payload("x"),
      finish(body) {
        body.segment(new Uint8Array(9));
        throw new LimitError("full", { limit: "maxReferences", allowed: 1 });
      },
    };
    outgoing.send(item(1, payload("a", { bytes: new Uint8Array(2) })));
    expect(() => outgoing.send(item(1, broken))).toThrow(LimitError);
    outgoing.send(item(1, payload("b", { bytes: new Uint8Array(3) })));
    endTurn();
    expect(bodies()[0]?.messages.map((message) => message[2])).toEqual([
      ["a", 0],
      ["b", 1],
    ]);
    expect(bodies()[0]?.segments.map(({ length }) => length)).toEqual([2, 3]);
  });

  test("tells each message when its frame has a number", () => {
    const { outgoing, endTurn } = started();
    const seqs: (number | undefined)[] = [];
    const body = outgoing.send(item(1, payload("a"), { sent: () => seqs.push(body?.seq) }));
    expect(seqs).toEqual([]);
    endTurn();
    expect(seqs).toEqual([1]);
  });

  test("sends nothing before it is started, and everything then", () => {
    const frames: Uint8Array[] = [];
    const flushes: (() => void)[] = [];
    const outgoing = new Outgoing({
      scheduleFlush: (flush) => void flushes.push(flush),
      transmit: (frame) => frames.push(frame),
      flushed: () => undefined,
      isCongested: () => false,
      isBusy: () => false,
      grew: () => undefined,
    });
    outgoing.numbering = { reference: () => [1, 1], stream: () => [1, "iterable"] };
    outgoing.send(item(1, payload("a")));
    expect(flushes).toHaveLength(0);
    outgoing.start(16 * 1024);
    flushes.forEach((flush) => flush());
    expect(frames).toHaveLength(1);
  });
});

describe("a message too large for a frame", () => {
  const large = (): EncodedPayload => payload("big", { bytes: new Uint8Array(100_000).fill(7) });

  test("goes in pieces, each a frame of its own within the peer's size", () => {
    const { outgoing, frames, acted } = started(16 * 1024);
    outgoing.send(item(1, large()));
    expect(Math.max(...frames.map((frame) => frame.length))).toBeLessThanOrEqual(16 * 1024);
    expect(frames.length).toBeGreaterThan(6);
    expect(acted()).toEqual([["item", 1, ["big", 0]]]);
  });

  test("has the number of its last piece", () => {
    const { outgoing, frames } = started(16 * 1024);
    const seqs: unknown[] = [];
    const body = outgoing.send(item(1, large(), { sent: () => seqs.push("sent") }));
    expect(body?.seq).toBe(frames.length);
    expect(seqs).toEqual(["sent"]);
  });

  test("lets others pass while it waits for acks, but not what shares its key", () => {
    const { outgoing, state, endTurn, acted } = started(16 * 1024);
    state.isCongested = true;
    outgoing.send(item(1, large()));
    outgoing.send(item(1, payload("after")));
    outgoing.send(item(2, payload("passes")));
    endTurn();
    expect(acted()).toEqual([["item", 2, ["passes"]]]);
    state.isCongested = false;
    outgoing.relieved();
    endTurn();
    expect(acted().slice(1)).toEqual([
      ["item", 1, ["big", 0]],
      ["item", 1, ["after"]],
    ]);
  });

  test("lets references pass when it has none, which nothing could name too early", () => {
    const { outgoing, state, endTurn, acted } = started(16 * 1024);
    state.isCongested = true;
    outgoing.send(item(1, large()));
    outgoing.send(item(2, payload("refers", { refers: true })));
    endTurn();
    expect(acted().map(([name, id]) => [name, id])).toEqual([["item", 2]]);
  });

  test("holds back releases, references if it has some, and what follows them by key", () => {
    const { outgoing, state, endTurn, acted } = started(16 * 1024);
    state.isCongested = true;
    outgoing.send(item(1, payload("big", { bytes: new Uint8Array(100 * 1024), refers: true })));
    outgoing.send({ keys: [], before: '["release",1,1', after: "]" });
    outgoing.send(item(2, payload("refers", { refers: true })));
    outgoing.send(item(2, payload("behind it")));
    expect(state.references).toBe(1);
    endTurn();
    expect(acted()).toEqual([]);
    state.isCongested = false;
    outgoing.relieved();
    endTurn();
    expect(acted().map(([name, id]) => [name, id])).toEqual([
      ["item", 1],
      ["release", 1],
      ["item", 2],
      ["item", 2],
    ]);
  });

  test("waits for another one, and both arrive in order", () => {
    const { outgoing, state, endTurn, acted } = started(16 * 1024);
    state.isCongested = true;
    const first = outgoing.send(item(1, large()));
    const second = outgoing.send(item(2, large()));
    state.isCongested = false;
    outgoing.relieved();
    endTurn();
    expect(acted().map(([, id]) => id)).toEqual([1, 2]);
    expect(second!.seq!).toBeGreaterThan(first!.seq!);
  });

  test("is refused above 16 MiB before anything was sent", () => {
    const { outgoing, frames, endTurn } = started(16 * 1024);
    const huge = payload("huge", { bytes: new Uint8Array(16 * 1024 * 1024) });
    expect(() => outgoing.send(item(1, huge))).toThrow(LimitError);
    endTurn();
    expect(frames).toHaveLength(0);
  });

  test("is refused when its text alone is above 4 MiB, and taken just below", () => {
    const { outgoing, acted } = started(16 * 1024 * 1024);
    expect(() => outgoing.send(item(1, payload("x".repeat(4 * 1024 * 1024))))).toThrow("large text as bytes");
    outgoing.send(item(1, payload("x".repeat(4 * 1024 * 1024 - 100))));
    expect(acted()).toHaveLength(1);
  });
});
