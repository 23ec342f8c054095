import { describe, expect, test } from "vitest";
import { ConnectionError } from "../../src/errors/hearthwire-error.js";
import { alone, deferred, link, rejectionOf, TestCall, type Link } from "./support/linked-conversations.js";

/** A stream of the server's that the client holds, and what its sink took. */
async function held(
  sink: UnderlyingSink = {},
): Promise<{ ends: Link; stream: WritableStream; taken: unknown[]; source: WritableStream }> {
  const ends = link();
  const taken: unknown[] = [];
  const source = new WritableStream({ write: (chunk) => void taken.push(chunk), ...sink });
  ends.server.handler.objects["disk"] = { open: () => source, echo: (value: unknown) => value };
  return { ends, taken, source, stream: (await ends.client.ask("disk", "open").result) as WritableStream };
}

describe("a WritableStream", () => {
  test("arrives as a real one, whose chunks go to the sink in order", async () => {
    const closed = deferred();
    const { ends, stream, taken } = await held({ close: () => closed.resolve() });
    expect(stream).toBeInstanceOf(WritableStream);
    const writer = stream.getWriter();
    for (const chunk of [1, new Uint8Array([2]), "three"]) await writer.write(chunk);
    await writer.close();
    await closed.promise;
    await ends.settle();
    expect(taken).toEqual([1, new Uint8Array([2]), "three"]);
    expect(ends.server.conversation.statistics.references).toBe(0);
  });

  test("answers a chunk only when the sink took it", async () => {
    const gate = deferred();
    const { ends, stream } = await held({ write: () => gate.promise });
    const writer = stream.getWriter();
    let isTaken = false;
    const written = writer.write(1).then(() => (isTaken = true));
    await ends.settle();
    expect(isTaken).toBe(false);
    gate.resolve();
    await written;
  });

  test("is errored by an error of the sink", async () => {
    const { stream } = await held({ write: () => Promise.reject(new RangeError("disk full")) });
    expect(await rejectionOf(stream.getWriter().write(1))).toMatchObject({ name: "RangeError", message: "disk full" });
  });

  test("hands an abort on with its reason", async () => {
    const reason = deferred<unknown>();
    const { stream } = await held({ abort: reason.resolve });
    await stream.abort(new RangeError("enough"));
    await expect(reason.promise).resolves.toMatchObject({ name: "RangeError", message: "enough" });
  });

  test("comes home as itself", async () => {
    const { ends, stream, source } = await held();
    let given: unknown;
    ends.server.handler.objects["disk"] = { take: (value: unknown) => void (given = value) };
    await ends.client.ask("disk", "take", [stream]).result;
    expect(given).toBe(source);
  });

  test("has three members, and no other", async () => {
    const { ends } = await held();
    await expect(ends.client.make(new TestCall("look", "disk", "")).result).resolves.toBeDefined();
    ends.server.take([
      ["look", 50, 1],
      ["call", 51, 1, "getWriter", { json: [] }],
    ]);
    await ends.settle();
    expect(ends.server.saidOf("ok").at(-1)).toEqual([
      "ok",
      50,
      {
        json: [
          ["abort", "method"],
          ["close", "method"],
          ["write", "method"],
        ],
      },
    ]);
    expect(ends.server.saidOf("err")).toMatchObject([["err", 51, { code: "HW_NO_SUCH_MEMBER", wire: 1 }]]);
  });

  test("that has a writer already is refused", () => {
    const { side } = alone();
    const stream = new WritableStream();
    stream.getWriter();
    expect(() => side.ask("disk", "take", [stream])).toThrow(/args\[0\].*has a writer/);
  });

  test("is aborted when the session ends in the middle of writing", async () => {
    const reason = deferred<unknown>();
    const { ends, stream } = await held({ abort: reason.resolve });
    await stream.getWriter().write(1);
    const error = new ConnectionError("HW_SESSION_LOST", "the peer is gone");
    ends.server.conversation.end({ error, takenSeq: Infinity });
    await expect(reason.promise).resolves.toBe(error);
  });

  test("is free for other writers once the peer has released it", async () => {
    const { ends, stream, source } = await held();
    const writer = stream.getWriter();
    await writer.write(1);
    expect(source.locked).toBe(true);
    ends.server.take([["release", 1, 1]]);
    expect(source.locked).toBe(false);
  });
});

describe("a WritableStream whose holder doesn't call", () => {
  test.each([
    ["reads a member", ["get", 50, 1, "close"]],
    ["sets a member", ["set", 50, 1, "write", { json: 1 }]],
    ["wants no answer", ["call", 50, 1, "write", { json: [1] }, { w: 1 }]],
  ])("is not touched when it %s", async (_, message) => {
    let isClosed = false;
    const { ends, taken } = await held({ close: () => void (isClosed = true) });
    ends.server.take([message]);
    await ends.settle();
    expect([taken, isClosed]).toEqual([[], false]);
    ends.server.take([["call", 51, 1, "write", { json: [2] }]]);
    await ends.settle();
    expect(taken).toEqual([2]);
  });
});
