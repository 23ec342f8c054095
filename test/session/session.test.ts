import { describe, expect, test } from "vitest";
import { ConnectionError, LimitError } from "../../src/errors/hearthwire-error.js";
import { superjsonSerializer } from "../../src/serializers/superjson-serializer.js";
import { decodeBody } from "../../src/wire/body.js";
import { bodyOf, readHeader } from "../../src/wire/frame.js";
import { call, linkedSessions, rawClient, rawServer } from "./support/linked-sessions.js";

const names = (frame: Uint8Array): unknown[] => decodeBody(bodyOf(frame)).messages.map((message) => message[0]);

/** A promise that a test settles. */
function deferred<T = void>() {
  let resolve!: (value: T) => void;
  const promise = new Promise<T>((settle) => (resolve = settle));
  return { promise, resolve };
}

describe("opening a session", () => {
  test("says open first, calls in the same flight, and ready before the answers", async () => {
    const { client, frames } = linkedSessions({ members: { add: (a: number, b: number) => a + b } });
    expect(await call(client, "add", 2, 3)).toBe(5);
    expect(names(frames.up[0]!)).toEqual(["open", "call"]);
    expect(names(frames.down[0]!)).toEqual(["ready", "ok"]);
  });

  test("gives the client's data to the hook and its answer to the client", async () => {
    const { client } = linkedSessions({
      client: { openData: { room: new Map([["a", 1n]]) } },
      server: { onOpen: async (data) => ({ heard: data }) },
    });
    expect(await client.ready).toEqual({ heard: { room: new Map([["a", 1n]]) } });
  });

  test("runs no call before a slow hook has answered, and then all in order", async () => {
    const hook = deferred();
    const ran: number[] = [];
    const { client, clock } = linkedSessions({
      members: { note: (n: number) => void ran.push(n) },
      server: { onOpen: () => hook.promise },
    });
    const calls = [call(client, "note", 1), call(client, "note", 2)];
    await clock.advance(0);
    expect(ran).toEqual([]);
    hook.resolve();
    await Promise.all(calls);
    expect(ran).toEqual([1, 2]);
  });

  test("refuses when the hook throws: nothing ran, and the client is told why", async () => {
    let ran = 0;
    const { client, server, closes, clock } = linkedSessions({
      members: { note: () => ++ran },
      server: {
        onOpen: () => {
          throw new Error("members only");
        },
      },
    });
    const made = call(client, "note");
    await expect(client.ready).rejects.toMatchObject({
      code: "HW_REFUSED",
      message: "ws://daemon refused the connection: members only",
    });
    await expect(made).rejects.toMatchObject({ delivery: "not-sent" });
    await clock.advance(0);
    expect(closes.client?.code).toBe(4403);
    expect([client.isEnded, server.isEnded, ran]).toEqual([true, true, 0]);
  });

  test("tells a refusal of hearthwire's own by its code", async () => {
    const { client } = linkedSessions({
      server: {
        onOpen: () => {
          throw new LimitError("full", { limit: "maxSessions", allowed: 1 });
        },
      },
    });
    const error = await client.ready.then(undefined, (reason: Error) => reason);
    expect((error as Error).cause).toMatchObject({ code: "HW_LIMIT", allowed: 1 });
  });

  test("ends before anything was sent when the client's data can't be sent", async () => {
    const { client } = linkedSessions({ client: { openData: { now: Symbol("s") } } });
    await expect(client.ready).rejects.toMatchObject({ code: "HW_CANNOT_SEND", path: "handshake.now" });
  });
});

describe("a hostile or broken line", () => {
  const members = { add: (a: number, b: number) => a + b };

  test.each([
    ["flipped in its tag", (frame: Uint8Array) => flip(frame, frame.length - 1)],
    ["flipped in its body", (frame: Uint8Array) => flip(frame, 20)],
    ["flipped in its sequence number", (frame: Uint8Array) => flip(frame, 15)],
    ["cut short", (frame: Uint8Array) => frame.slice(0, -1)],
    ["empty", () => new Uint8Array(0)],
    ["lost, so that the next one is out of order", () => undefined],
  ])("runs nothing of a frame that was %s, and settles everything", async (_, change) => {
    let ran = 0;
    const { client, server, clock } = linkedSessions({
      members: { note: () => ++ran },
      tamper: (frame, direction, index) => (direction === "up" && index === 2 ? change(frame) : frame),
    });
    await client.ready;
    const first = call(client, "note").catch((error: unknown) => error);
    await clock.advance(0);
    const second = call(client, "note");
    await clock.advance(0);
    expect([client.isEnded, server.isEnded]).toEqual([true, true]);
    expect(ran).toBe(0);
    expect(await first).toBeInstanceOf(ConnectionError);
    await expect(second).rejects.toBeInstanceOf(ConnectionError);
  });

  test("runs a frame that was sent twice once, and closes at its second coming", async () => {
    let ran = 0;
    const { client, server, clock } = linkedSessions({
      members: { note: () => ++ran },
      tamper: (frame, direction, index) => (direction === "up" && index === 2 ? [frame, frame.slice()] : frame),
    });
    await client.ready;
    const made = call(client, "note");
    await clock.advance(0);
    await expect(made).rejects.toMatchObject({ delivery: "unknown" });
    expect([client.isEnded, server.isEnded, ran]).toEqual([true, true, 1]);
  });

  test("runs neither of two frames that were swapped on the way", async () => {
    const ran: number[] = [];
    let held: Uint8Array | undefined;
    const { client, server, clock } = linkedSessions({
      members: { note: (n: number) => void ran.push(n) },
      tamper: (frame, direction, index) => {
        if (direction === "down" || index < 2 || index > 3) return frame;
        if (index === 3) return [frame, held!];
        held = frame;
        return undefined;
      },
    });
    await client.ready;
    const first = call(client, "note", 1);
    await clock.advance(0);
    const second = call(client, "note", 2);
    await clock.advance(0);
    expect([ran, client.isEnded, server.isEnded]).toEqual([[], true, true]);
    await expect(first).rejects.toMatchObject({ delivery: "unknown" });
    await expect(second).rejects.toBeInstanceOf(ConnectionError);
  });

  test("runs no frame of another session of the same key and number", async () => {
    let ran = 0;
    const members = { note: () => ++ran };
    const other = linkedSessions({ members: { note: () => undefined } });
    await other.client.ready;
    await call(other.client, "note");
    const { client, server, clock } = linkedSessions({
      members,
      tamper: (frame, direction, index) => (direction === "up" && index === 2 ? other.frames.up[1]!.slice() : frame),
    });
    await client.ready;
    void call(client, "note");
    await clock.advance(0);
    expect([ran, client.isEnded, server.isEnded]).toEqual([0, true, true]);
  });

  test("closes 4400 for a frame that does not pass", async () => {
    const { client, closes, clock } = linkedSessions({
      members,
      tamper: (frame, direction, index) => (direction === "up" && index === 2 ? flip(frame, 30) : frame),
    });
    await client.ready;
    void call(client, "add", 1, 2);
    await clock.advance(0);
    expect(closes.client?.code).toBe(4400);
  });

  test("refuses its own frame thrown back at it", async () => {
    const { client, clock, frames, server } = linkedSessions({
      members,
      tamper: (frame, direction) => (direction === "down" && frames.down.length === 2 ? frames.up[0]!.slice() : frame),
    });
    await client.ready;
    const made = call(client, "add", 1, 2);
    await clock.advance(0);
    await expect(made).rejects.toMatchObject({ delivery: "unknown" });
    expect([client.isEnded, server.isEnded]).toEqual([true, true]);
  });

  test("rejects what is pending as unknown when the line is cut, and later calls as not sent", async () => {
    const { client, server, clock, cut } = linkedSessions({ members: { wait: () => new Promise(() => undefined) } });
    await client.ready;
    const sent = call(client, "wait");
    await clock.advance(0);
    cut();
    await expect(sent).rejects.toMatchObject({
      code: "HW_CONNECTION_CLOSED",
      delivery: "unknown",
      object: "object",
      member: "wait",
    });
    await expect(call(client, "wait")).rejects.toMatchObject({ code: "HW_CONNECTION_CLOSED", delivery: "not-sent" });
    expect(await client.ended).toMatchObject({ code: "HW_CONNECTION_CLOSED" });
    expect(await server.ended).toMatchObject({ code: "HW_CONNECTION_CLOSED" });
  });
});

describe("the end of a session", () => {
  test("by close() says bye, and is no error on this side", async () => {
    const { client, server, closes } = linkedSessions();
    await client.ready;
    await client.close();
    expect(await client.ended).toBeUndefined();
    expect(await server.ended).toMatchObject({ code: "HW_CONNECTION_CLOSED", message: "client closed the connection" });
    expect(closes.server?.code).toBe(1000);
  });

  test("leaves no timer behind on either side", async () => {
    const { client, server, clock } = linkedSessions({ members: { add: (a: number) => a } });
    await call(client, "add", 1);
    await client.close();
    await server.ended;
    await clock.advance(2_500);
    expect(clock.pendingTimers).toBe(0);
  });

  test("tells calls that the peer never took that they were not sent", async () => {
    const { client, server, clock } = linkedSessions({ members: { wait: () => new Promise(() => undefined) } });
    await client.ready;
    const taken = call(client, "wait");
    await clock.advance(0);
    const untaken = call(client, "wait");
    server.end("revoked", new Error("key removed"));
    await expect(taken).rejects.toMatchObject({ code: "HW_REFUSED", delivery: "unknown" });
    await expect(untaken).rejects.toMatchObject({ code: "HW_REFUSED", delivery: "not-sent", retryable: true });
  });

  test.each([
    ["an answer to a call that was never made", [["ok", 7]]],
    ["an unknown message", [["hack", 1]]],
    ["a second open", [["open"]]],
    ["ready, which is the server's word", [["ready"]]],
    ["an argument too many", [["cancel", 1, 2]]],
    ["no array of messages", { open: 1 }],
  ])("by %s closes 4400 and touches no other session", async (_, messages) => {
    let ran = 0;
    const bystander = linkedSessions({ members: { add: (a: number, b: number) => a + b } });
    const { server, say, closes, heard } = await rawClient({ members: { note: () => ++ran } });
    const call1 = ["call", 1, "object", "note", { json: [] }];
    await say(Array.isArray(messages) && messages[0]![0] !== "ok" ? [...messages, call1] : (messages as unknown[]));
    expect(server.isEnded).toBe(true);
    expect(heard.at(-1)?.slice(0, 2)).toEqual(["bye", "protocol"]);
    expect(closes.map(({ code }) => code)).toEqual([4400]);
    expect(ran).toBe(0);
    expect(await call(bystander.client, "add", 2, 3)).toBe(5);
  });

  test.each([
    ["a bare acknowledgement", []],
    ["a piece", [["piece", 1, 0]]],
    ["a call", [["call", 1, "object", "note", { json: [] }]]],
  ])("by %s in place of open closes 4400", async (_, messages) => {
    const { server, say, closes } = await rawClient({ opens: false });
    await say(messages, messages[0]?.[0] === "piece" ? [new Uint8Array(9)] : []);
    expect(server.isEnded).toBe(true);
    expect(closes.map(({ code }) => code)).toEqual([4400]);
  });

  test("closes when more waits for a slow hook than 64 MiB, however it is packed", async () => {
    const { server, say } = await rawClient({ server: { onOpen: () => new Promise(() => undefined) } });
    const call1 = (id: number) => ["call", id, "object", "note", { json: ["x".repeat(1_900_000)] }];
    let id = 0;
    while (!server.isEnded && id < 60) await say([call1(++id)]);
    expect(id).toBe(36);
  });

  test.each([
    ["ready", [["ready"]]],
    ["refused", [["refused", { name: "Error", message: "late" }]]],
  ])("by a second %s is no refusal: what was sent may have run", async (_, messages) => {
    const { client, say } = rawServer();
    await say([["ready"]]);
    await client.ready;
    const made = call(client, "note");
    await new Promise((resolve) => queueMicrotask(() => resolve(undefined)));
    await say(messages);
    await expect(made).rejects.toMatchObject({ delivery: "unknown" });
    expect(await client.ended).toMatchObject({ code: "HW_PROTOCOL" });
  });

  test("leaves a session alone whose peer sends a payload that the gate refuses", async () => {
    const { server, say, heard } = await rawClient({ members: { note: () => 1 } });
    await say([["call", 1, "object", "note", { json: [1], meta: { values: { "0": ["symbol"] }, v: 1 } }]]);
    expect(heard.at(-1)).toMatchObject(["err", 1, { code: "HW_BAD_PAYLOAD", wire: 1 }]);
    await say([["call", 2, "object", "note", { json: [1] }]]);
    expect(heard.at(-1)).toEqual(["ok", 2, { json: 1 }]);
    expect(server.isEnded).toBe(false);
  });

  test("by drain lets running calls finish and takes no new ones", async () => {
    const hold = deferred<string>();
    const { client, server, clock } = linkedSessions({ members: { wait: () => hold.promise } });
    await client.ready;
    const running = call(client, "wait");
    await clock.advance(0);
    const drained = server.drain(5_000);
    await clock.advance(0);
    await expect(call(client, "wait")).rejects.toMatchObject({ code: "HW_CONNECTION_CLOSED", delivery: "not-sent" });
    hold.resolve("done");
    expect(await running).toBe("done");
    await drained;
    expect(await client.ended).toMatchObject({ message: "ws://daemon is shutting down; connect again later" });
  });

  test("by drain comes when the grace is over, whatever still runs", async () => {
    const { client, server, clock } = linkedSessions({ members: { wait: () => new Promise(() => undefined) } });
    await client.ready;
    const running = call(client, "wait");
    await clock.advance(0);
    const drained = server.drain(5_000);
    await clock.advance(4_999);
    expect(server.isEnded).toBe(false);
    await clock.advance(1);
    await drained;
    await expect(running).rejects.toMatchObject({ delivery: "unknown" });
  });

  test("aborts the calls that run here", async () => {
    const aborted = deferred<unknown>();
    const { client, clock, cut } = linkedSessions({
      members: {
        wait() {
          this.signal.addEventListener("abort", () => aborted.resolve(this.signal.reason));
          return new Promise(() => undefined);
        },
      },
    });
    await client.ready;
    void call(client, "wait");
    await clock.advance(0);
    cut();
    expect(await aborted.promise).toBeInstanceOf(Error);
  });
});

describe("frames of a session", () => {
  test("carry many calls of one turn, and their answers, in one frame each way", async () => {
    const { client, frames } = linkedSessions({ members: { add: (a: number, b: number) => a + b } });
    await client.ready;
    const [up, down] = [frames.up.length, frames.down.length];
    const answers = await Promise.all([1, 2, 3, 4].map((n) => call(client, "add", n, n)));
    expect(answers).toEqual([2, 4, 6, 8]);
    expect([frames.up.length - up, frames.down.length - down]).toEqual([1, 1]);
  });

  test("acknowledge what was taken in the header of the next one", async () => {
    const { client, frames } = linkedSessions({ members: { add: (a: number) => a } });
    await call(client, "add", 1);
    const taken = frames.up.length;
    await call(client, "add", 1);
    expect(readHeader(frames.down.at(-1)!).ack).toBe(taken + 1);
  });

  test("go alone for an ack 500 ms after the oldest frame, and no ack answers an ack", async () => {
    const { client, clock, frames } = linkedSessions({ members: { add: (a: number) => a } });
    await call(client, "add", 1);
    const [up, down] = [frames.up.length, frames.down.length];
    await clock.advance(499);
    expect(frames.up.length).toBe(up);
    await clock.advance(1);
    expect(names(frames.up.at(-1)!)).toEqual([]);
    await clock.advance(5_000);
    expect([frames.up.length, frames.down.length]).toEqual([up + 1, down]);
  });

  test("ping an idle peer each heartbeat and are answered", async () => {
    const { client, clock, frames, server } = linkedSessions();
    await client.ready;
    await clock.advance(20_500);
    expect(names(frames.down.at(-1)!)).toEqual(["ping"]);
    expect(names(frames.up.at(-1)!)).toEqual(["pong"]);
    await clock.advance(200_000);
    expect([client.isEnded, server.isEnded]).toEqual([false, false]);
  });

  test("that stop coming end the session with 4408 after 2.5 heartbeats", async () => {
    const { client, server, clock, closes } = linkedSessions({
      tamper: (frame, direction, index) => (direction === "up" && index > 1 ? undefined : frame),
    });
    await client.ready;
    await clock.advance(60_000);
    expect([client.isEnded, server.isEnded]).toEqual([true, true]);
    expect(closes.client?.code).toBe(4408);
  });

  test("carry a megabyte in pieces of the peer's size, and small calls pass", async () => {
    const { client, frames } = linkedSessions({
      members: { echo: (bytes: Uint8Array) => bytes, add: (a: number) => a },
      maxFrameBytes: 16 * 1024,
    });
    await client.ready;
    const bytes = new Uint8Array(1024 * 1024).map((_, index) => index * 7);
    const [back, small] = await Promise.all([call(client, "echo", bytes), call(client, "add", 7)]);
    expect(small).toBe(7);
    expect(Buffer.compare(back as Uint8Array, bytes)).toBe(0);
    expect(Math.max(...frames.up.map((frame) => frame.length))).toBeLessThanOrEqual(16 * 1024);
  });

  test("leave room for the members of an object that is told for the first time", async () => {
    const members = Array.from(
      { length: 400 },
      (_, index) => [`a_member_with_a_long_name_${index}`, "method"] as const,
    );
    const { client, server, frames } = linkedSessions({
      server: {
        handler: {
          run: () => [new (class Thing {})(), "x".repeat(4_000)],
          members: () => members,
          isExposed: () => true,
        },
      },
      maxFrameBytes: 16 * 1024,
    });
    const [thing] = (await call(client, "make")) as [{ members: unknown }];
    expect(thing.members).toEqual(members);
    expect(Math.max(...frames.down.map((frame) => frame.length))).toBeLessThanOrEqual(16 * 1024);
    expect(server.isEnded).toBe(false);
  });

  test("stop at 4 MiB unacknowledged and go on with the ack", async () => {
    const { client, clock, frames } = linkedSessions({
      members: { take: (bytes: Uint8Array) => bytes.length },
      maxFrameBytes: 1024 * 1024,
    });
    await client.ready;
    const bytes = new Uint8Array(900_000);
    const taken = Array.from({ length: 12 }, () => call(client, "take", bytes));
    await clock.advance(0);
    expect(frames.up.length).toBeGreaterThan(4);
    expect(await Promise.all(taken)).toEqual(taken.map(() => 900_000));
  });

  test("end the session as overloaded when 32 MiB of answers are never acknowledged", async () => {
    const { server, say, heard, closes } = await rawClient({ members: { big: () => new Uint8Array(1_500_000) } });
    let id = 0;
    while (!server.isEnded && id < 40) await say([["call", ++id, "object", "big", { json: [] }]]);
    expect(id).toBe(23);
    expect(heard.at(-1)?.slice(0, 2)).toEqual(["bye", "overloaded"]);
    expect(closes.map(({ code }) => code)).toEqual([4429]);
  });

  test("end it in mid-frame: the answers of one frame can't become gigabytes", async () => {
    let made = 0;
    const members = { page: () => (made++, "x".repeat(200_000)) };
    const { server, say, heard } = await rawClient({ members });
    await say(Array.from({ length: 1_000 }, (_, index) => ["call", index + 1, "object", "page", { json: [] }]));
    expect(server.isEnded).toBe(true);
    expect(heard.at(-1)?.slice(0, 2)).toEqual(["bye", "overloaded"]);
    expect(made).toBeLessThan(200);
  });

  test("end it when large answers wait behind one in pieces that is never acknowledged", async () => {
    let made = 0;
    const { server, say } = await rawClient({ members: { big: () => (made++, new Uint8Array(4_000_000)) } });
    for (let id = 1; id <= 30 && !server.isEnded; id++) await say([["call", id, "object", "big", { json: [] }]]);
    expect(server.isEnded).toBe(true);
    expect(made).toBeLessThan(12);
  });

  test("hold stream items back at 4 MiB unacknowledged, and answer calls all the same", async () => {
    let made = 0;
    const { say, heard } = await rawClient({
      members: {
        async *flood() {
          for (; made < 100; made++) yield new Uint8Array(200_000);
        },
        big: () => new Uint8Array(1_500_000),
        add: (a: number) => a,
      },
    });
    for (let id = 1; id <= 3; id++) await say([["call", id, "object", "big", { json: [] }]]);
    await say([
      ["call", 4, "object", "flood", { json: [] }],
      ["call", 5, "object", "add", { json: [7] }],
    ]);
    expect(heard.filter(([name]) => name === "item")).toEqual([]);
    expect(heard.at(-1)).toEqual(["ok", 5, { json: 7 }]);
    expect(made).toBeLessThan(3);
  });
});

test("a fault while a frame is taken ends the session and is reported, and is never thrown at the transport", async () => {
  const real = superjsonSerializer();
  const reported: unknown[] = [];
  const { client, server } = linkedSessions({
    server: {
      serializer: {
        id: real.id,
        encode: (...args) => real.encode(...args),
        encodeError: (...args) => real.encodeError(...args),
        decode: (...args) => real.decode(...args),
        decodeError: (...args) => real.decodeError(...args),
        dependencies: () => {
          throw new RangeError("a fault");
        },
      },
    },
  });
  server.on("unobserved", (error) => reported.push(error.cause));
  await client.ready;
  await expect(call(client, "take", 1)).rejects.toMatchObject({ code: "HW_CONNECTION_CLOSED", delivery: "unknown" });
  expect(reported).toEqual([new RangeError("a fault")]);
  expect(await server.ended).toMatchObject({ code: "HW_PROTOCOL" });
});

test("an argument that can't be sent throws out of call(), and the session goes on", async () => {
  const { client } = linkedSessions({ members: { add: (a: number) => a } });
  await client.ready;
  expect(() => void call(client, "add", Symbol("s"))).toThrow(
    expect.objectContaining({ code: "HW_CANNOT_SEND", path: "args[0]" }),
  );
  expect(await call(client, "add", 1)).toBe(1);
});

function flip(frame: Uint8Array, index: number): Uint8Array {
  const changed = frame.slice();
  changed[index]! ^= 1;
  return changed;
}
