import { getEventListeners } from "node:events";
import { describe, expect, test } from "vitest";
import { ConnectionError } from "../../src/errors/hearthwire-error.js";
import { collectGarbageUntil } from "./support/collect-garbage.js";
import { alone, link, rejectionOf } from "./support/linked-conversations.js";

const argument = (id: number, kind: string): object => ({
  json: [[id, kind]],
  meta: { values: { 0: [["custom", "stream"]] }, v: 1 },
});

/** A server that keeps the signals it is given. */
function takingSignals({ maxReferences = 4096 } = {}): {
  readonly ends: ReturnType<typeof link>;
  readonly sink: (...signals: readonly AbortSignal[]) => Promise<unknown>;
  readonly taken: readonly AbortSignal[];
} {
  const ends = link({ client: { limits: { maxReferences } }, server: { limits: { maxReferences } } });
  const taken: AbortSignal[] = [];
  ends.server.handler.objects["sink"] = { take: (...signals: readonly AbortSignal[]) => void taken.push(...signals) };
  return { ends, sink: async (...signals) => ends.client.ask("sink", "take", signals).result, taken };
}

function aloneWithSink(): ReturnType<typeof alone> {
  const end = alone();
  end.side.handler.objects["sink"] = { take: () => undefined };
  return end;
}

describe("an AbortSignal as a value", () => {
  async function sentSignal(abort: AbortController): Promise<{ ends: ReturnType<typeof link>; signal: AbortSignal }> {
    const ends = link();
    let signal!: AbortSignal;
    ends.server.handler.objects["sink"] = { take: (given: AbortSignal) => void (signal = given) };
    await ends.client.ask("sink", "take", [abort.signal]).result;
    return { ends, signal };
  }

  test("is aborted there when it is aborted here, with the reason", async () => {
    const abort = new AbortController();
    const { ends, signal } = await sentSignal(abort);
    expect(signal).toBeInstanceOf(AbortSignal);
    await ends.settle();
    expect(signal.aborted).toBe(false);
    abort.abort(new RangeError("enough"));
    await ends.settle();
    expect(signal).toMatchObject({ aborted: true, reason: { name: "RangeError", message: "enough" } });
  });

  test("that is aborted already arrives aborted", async () => {
    const abort = new AbortController();
    abort.abort(new RangeError("enough"));
    const { ends, signal } = await sentSignal(abort);
    await ends.settle();
    expect(signal.aborted).toBe(true);
  });

  test("is aborted when the session ends, after which nobody could", async () => {
    const { ends, signal } = await sentSignal(new AbortController());
    const error = new ConnectionError("HW_SESSION_LOST", "the peer is gone");
    ends.server.conversation.end({ error, takenSeq: Infinity });
    expect(signal).toMatchObject({ aborted: true, reason: error });
  });

  test("says never when nobody is left who could abort it", async () => {
    const { ends } = await sentSignal(new AbortController());
    await collectGarbageUntil(() => ends.client.saidOf("end").length > 0);
    await ends.settle();
    expect(ends.client.saidOf("end")).toEqual([["end", 1]]);
  });

  test("is the same signal there when it is sent again, in one place with one listener", async () => {
    const { ends, sink, taken } = takingSignals({ maxReferences: 1 });
    const abort = new AbortController();
    for (let call = 0; call < 5; call++) await sink(abort.signal, abort.signal);
    expect(new Set(taken).size).toBe(1);
    expect(taken).toHaveLength(10);
    expect(getEventListeners(abort.signal, "abort")).toHaveLength(1);
    abort.abort(new RangeError("enough"));
    await ends.settle();
    expect(taken[0]).toMatchObject({ aborted: true, reason: { message: "enough" } });
    expect(ends.client.saidOf("fail")).toHaveLength(1);
    expect(getEventListeners(abort.signal, "abort")).toHaveLength(0);
    expect(ends.client.conversation.references()).toEqual([]);
    expect(ends.server.conversation.references()).toEqual([]);
  });

  test("takes a place of its own when it is another one", async () => {
    const { sink } = takingSignals({ maxReferences: 1 });
    const abort = new AbortController();
    await sink(abort.signal);
    expect(await rejectionOf(sink(new AbortController().signal))).toMatchObject({
      code: "HW_LIMIT",
      message: expect.stringContaining('"maxReferences" allows the session 1 AbortSignals'),
    });
    abort.abort();
    await expect(sink(new AbortController().signal)).resolves.toBeUndefined();
  });

  test("is listed on both sides while it is open", async () => {
    const { ends, sink } = takingSignals();
    const abort = new AbortController();
    await sink(abort.signal);
    await sink(abort.signal);
    expect(ends.client.conversation.references()).toEqual([{ direction: "given", kind: "signal", id: 1, count: 2 }]);
    expect(ends.server.conversation.references()).toEqual([{ direction: "held", kind: "signal", id: 1, count: 2 }]);
    abort.abort();
    await ends.settle();
    expect(ends.server.conversation.references()).toEqual([]);
  });

  test("says its abort after all messages that name it", async () => {
    const { ends, sink, taken } = takingSignals();
    const abort = new AbortController();
    await sink(abort.signal);
    const second = sink(abort.signal);
    abort.abort(new RangeError("enough"));
    const third = sink(abort.signal);
    await Promise.all([second, third]);
    await ends.settle();
    expect(ends.client.said.map(([name]) => name).filter((name) => name !== "release")).toEqual([
      ...["call", "call", "call"],
      ...["fail", "fail"],
    ]);
    expect(taken.map(({ aborted }) => aborted)).toEqual([true, true, true]);
    expect(taken[1]).toBe(taken[0]);
    expect(ends.server.conversation.references()).toEqual([]);
  });

  test("stays open for the calls that hold it when the payload of another is refused", async () => {
    const { ends, sink, taken } = takingSignals();
    const abort = new AbortController();
    await sink(abort.signal);
    const json = { json: [[1, "signal"], "x"], meta: { values: { 0: [["custom", "stream"]], 1: ["Date"] }, v: 1 } };
    ends.server.take([["call", 90, "sink", "take", json]]);
    await ends.settle();
    expect(ends.server.saidOf("err")).toHaveLength(1);
    expect(ends.server.saidOf("stop")).toEqual([]);
    abort.abort();
    await ends.settle();
    expect(taken[0]!.aborted).toBe(true);
  });

  test("is given up when the only payload that named it is refused", async () => {
    const { side, settle } = aloneWithSink();
    const json = { json: [[1, "signal"], "x"], meta: { values: { 0: [["custom", "stream"]], 1: ["Date"] }, v: 1 } };
    side.take([["call", 1, "sink", "take", json]]);
    await settle();
    expect(side.saidOf("stop")).toEqual([["stop", 1]]);
  });

  test("ends when the peer gives it up, unless it was sent again", async () => {
    const { ends, sink } = takingSignals();
    const [once, twice] = [new AbortController(), new AbortController()];
    await sink(once.signal);
    await sink(twice.signal);
    await sink(twice.signal);
    ends.client.take([
      ["stop", 1],
      ["stop", 2],
    ]);
    await ends.settle();
    expect(ends.client.saidOf("end")).toEqual([["end", 1]]);
    expect(getEventListeners(once.signal, "abort")).toHaveLength(0);
    expect(getEventListeners(twice.signal, "abort")).toHaveLength(1);
  });

  test.each(["iterable", "readable"])("can't come under the id of an %s that is open", async (kind) => {
    const { side, settle } = aloneWithSink();
    side.take([
      ["call", 1, "sink", "take", argument(7, kind)],
      ["call", 2, "sink", "take", argument(7, "signal")],
    ]);
    await settle();
    expect(side.saidOf("err")).toMatchObject([["err", 2, { code: "HW_BAD_PAYLOAD" }]]);
  });

  test.each(["iterable", "readable"])("that is open can't come again as an %s", async (kind) => {
    const { side, settle } = aloneWithSink();
    side.take([
      ["call", 1, "sink", "take", argument(7, "signal")],
      ["call", 2, "sink", "take", argument(7, kind)],
    ]);
    await settle();
    expect(side.saidOf("err")).toMatchObject([["err", 2, { code: "HW_BAD_PAYLOAD" }]]);
  });

  test("takes no room from streams", async () => {
    const ends = link({ client: { limits: { ownStreams: 1, maxStreams: 1 } }, server: { limits: { maxStreams: 1 } } });
    ends.server.handler.objects["sink"] = { take: (...signals: readonly AbortSignal[]) => signals.length };
    const signals = Array.from({ length: 5 }, () => new AbortController().signal);
    await expect(ends.client.ask("sink", "take", signals).result).resolves.toBe(5);
    expect(ends.client.conversation.statistics.streams).toBe(0);
  });
});
