import { describe, expect, test, vi } from "vitest";
import {
  assign,
  connectionOf,
  isRemote,
  onewayView,
  release,
  sameRemote,
  withOptions,
} from "../../src/client/proxy-functions.js";
import type { CallOptions } from "../../src/client/call-options.js";
import type { Remote } from "../../src/client/remote.js";
import { toReadableStream } from "../../src/client/to-readable-stream.js";
import { settle, StubPeer } from "./stub-peer.js";
import { expectNoUnhandledRejection } from "./unhandled.js";

declare class Line {
  quantity: number;
  readonly price: number;
  add(count: number): number;
}
type Listener = (event: string) => void;

const MEMBERS = [
  ["add", "method"],
  ["price", "get"],
  ["quantity", "get set"],
] as const;

expectNoUnhandledRejection();

describe("release", () => {
  test("gives references back and refuses later calls", async () => {
    const peer = new StubPeer();
    const reference = peer.reference(4, { members: MEMBERS });
    const line = peer.create(reference) as Remote<Line>;
    release(line);
    expect(reference.isReleased).toBe(true);
    await expect(line.add(1)).rejects.toMatchObject({ code: "HW_RELEASED", member: "add", delivery: "not-sent" });
    await expect(line.quantity).rejects.toMatchObject({ code: "HW_RELEASED" });
    expect(peer.asked).toEqual([]);
  });

  test("takes several, and the promise of one", () => {
    const peer = new StubPeer();
    const [a, b] = [peer.reference(1), peer.reference(2)];
    const login = peer.named<Remote<{ login(): Line }>>().login();
    release(peer.create(a) as Remote<Line>, login);
    peer.answer(peer.create(b));
    expect([a.isReleased, b.isReleased]).toEqual([true, true]);
  });

  test.each([undefined, null, {}, () => 1, Promise.resolve()])("refuses %s, which is no proxy", (value) => {
    expect(() => release(value as never)).toThrow(/"remote" must be a proxy of this package/);
  });
});

describe("withOptions", () => {
  const options: CallOptions = {
    timeoutMs: 50,
    signal: new AbortController().signal,
    annotations: { tenant: "acme" },
    correlationId: "c-1",
    traceparent: "00-1",
  };

  test.each<[string, (peer: StubPeer) => unknown]>([
    ["a named object", (peer) => withOptions(peer.named<Remote<Line>>(), options).add(1)],
    ["a named object with known members", (peer) => withOptions(peer.named<Remote<Line>>(MEMBERS), options).add(1)],
    ["a reference", (peer) => withOptions(peer.given<Remote<Line>>(1, { members: MEMBERS }), options).add(1)],
    ["a function", (peer) => withOptions(peer.given<Remote<Listener>>(1, { kind: "function" }), options)("x")],
    ["an accessor", (peer) => withOptions(peer.named<Remote<Line>>(MEMBERS), options).quantity.then()],
  ])("passes the options on with calls of %s", (_, call) => {
    const peer = new StubPeer();
    call(peer);
    expect(peer.lastCall.settings).toMatchObject(options);
  });

  test("leaves the original as it was, and keeps what is not said", () => {
    const peer = new StubPeer();
    const line = peer.named<Remote<Line>>();
    const view = withOptions(withOptions(line, { timeoutMs: 50, correlationId: "a" }), { timeoutMs: 70 });
    void line.add(1);
    expect(peer.lastCall.settings).toEqual({});
    void view.add(1);
    expect(peer.lastCall.settings).toEqual({ timeoutMs: 70, correlationId: "a" });
  });

  test("shares the lifetime: releasing one releases all", async () => {
    const peer = new StubPeer();
    const line = peer.given<Remote<Line>>(1, { members: MEMBERS });
    release(withOptions(line, { timeoutMs: 1 }));
    await expect(line.add(1)).rejects.toMatchObject({ code: "HW_RELEASED" });
  });

  test("goes on to members of results", () => {
    const peer = new StubPeer();
    const shop = withOptions(peer.named<Remote<{ line(): Line }>>(), { timeoutMs: 50 });
    void shop.line().add(1);
    expect(peer.calls.map(({ settings }) => settings.timeoutMs)).toEqual([50, 50]);
  });

  test("tells onAnswer the annotations and the id of each call, before its result", async () => {
    const peer = new StubPeer();
    const answers: unknown[] = [];
    const line = withOptions(peer.named<Remote<Line>>(), { onAnswer: (answer) => answers.push(answer) });
    const added = line.add(1).then(() => answers.push("result"));
    peer.answer(1, { cost: "2" });
    await added;
    const [{ correlationId }] = answers as [{ correlationId: string }];
    expect(answers).toEqual([
      { annotations: { cost: "2" }, correlationId: peer.lastCall.settings.correlationId },
      "result",
    ]);
    void line.add(1);
    expect(peer.lastCall.settings.correlationId).not.toBe(correlationId);
  });

  test("tells onAnswer of failures too, and survives its own", async () => {
    const peer = new StubPeer();
    const silenced = vi.spyOn(console, "error").mockImplementation(() => undefined);
    const onAnswer = vi.fn<() => void>(() => {
      throw new Error("mine");
    });
    const added = withOptions(peer.named<Remote<Line>>(), { onAnswer }).add(1);
    peer.refuse(new Error("theirs"));
    await expect(added).rejects.toThrow("theirs");
    expect(onAnswer).toHaveBeenCalledOnce();
    expect(silenced).toHaveBeenCalledOnce();
    silenced.mockRestore();
  });

  test.each<[CallOptions | Record<string, unknown>, RegExp]>([
    [{ timeoutMs: -1 }, /"timeoutMs" must be an integer 0\.\.2147483647 \(ms\), got -1/],
    [{ timeoutMs: "5" }, /"timeoutMs" .* got a text of 1 characters/],
    [{ signal: {} }, /"signal" must be an AbortSignal/],
    [
      { annotations: { a: "1", b: 1 } },
      /"annotations" must be an object of at most 16 texts \("b" is of type number\)/,
    ],
    [{ annotations: "a=1" }, /"annotations" must be an object of at most 16 texts, got a text/],
    [
      { annotations: Object.fromEntries(Array.from({ length: 17 }, (_, at) => [at, "x"])) },
      /"annotations" must be an object of at most 16 texts \(there are 17\)/,
    ],
    [{ correlationId: "x".repeat(129) }, /"correlationId" must be a text of at most 128 characters/],
    [{ traceparent: 1 }, /"traceparent" must be/],
    [{ onAnswer: true }, /"onAnswer" must be a function/],
    [{ timeout: 5 }, /"timeout" is no option here; there are timeoutMs/],
  ])("refuses %j", (wrong, message) => {
    const line = new StubPeer().named<Remote<Line>>();
    expect(() => withOptions(line, wrong as CallOptions)).toThrow(message);
  });

  test("refuses the promise of a proxy", () => {
    const login = new StubPeer().named<Remote<{ login(): Line }>>().login();
    expect(() => withOptions(login as never, {})).toThrow(/await it first/);
  });
});

describe("assign", () => {
  test("writes accessors in order and resolves when all are written", async () => {
    const peer = new StubPeer();
    const written = assign(peer.named<Remote<{ a: number; b: number; run(): void }>>(), { b: 2, a: 1 });
    expect(peer.calls.map(({ kind, member, args }) => [kind, member, ...args])).toEqual([
      ["set", "b", 2],
      ["set", "a", 1],
    ]);
    let isDone = false;
    void written.then(() => (isDone = true));
    peer.calls[0]?.succeed(undefined, undefined);
    await settle();
    expect(isDone).toBe(false);
    peer.calls[1]?.succeed(undefined, undefined);
    expect(await written).toBeUndefined();
  });

  test("rejects with the first failure and leaves none unobserved", async () => {
    const peer = new StubPeer();
    const written = assign(peer.named<Remote<{ a: number; b: number; run(): void }>>(), { a: 1, b: 2 });
    peer.calls[0]?.fail(new Error("no"), undefined);
    peer.calls[1]?.fail(new Error("neither"), undefined);
    await expect(written).rejects.toThrow("no");
    await settle();
    expect(peer.unobservedFailures).toEqual([]);
  });

  test("rejects a name that no object can have, and writes nothing", async () => {
    const peer = new StubPeer();
    const line = peer.named<Remote<Line>>();
    await expect(assign(line, { quantity: 1, _x: 2 } as never)).rejects.toMatchObject({ code: "HW_OPTION_INVALID" });
    expect(peer.asked).toEqual([]);
  });

  test("rejects what is no proxy", async () => {
    await expect(assign({} as never, {} as never)).rejects.toMatchObject({ code: "HW_OPTION_INVALID" });
  });
});

describe("oneway", () => {
  test("calls without an answer and gives nothing", () => {
    const peer = new StubPeer();
    expect(onewayView(peer.named<Remote<Line>>([["add", "oneway"]])).add(1)).toBeUndefined();
    expect(peer.lastCall).toMatchObject({ member: "add", settings: { isOneway: true } });
  });

  test("calls nothing that is not declared one-way, and tells the owner", () => {
    const peer = new StubPeer();
    expect(onewayView(peer.named<Remote<Line>>(MEMBERS)).add(1)).toBeUndefined();
    expect(peer.asked).toEqual([]);
    expect(peer.unobservedFailures).toHaveLength(1);
  });

  test("works on a function", () => {
    const peer = new StubPeer();
    expect(onewayView(peer.given<Remote<Listener>>(1, { kind: "function" }))("x")).toBeUndefined();
    expect(peer.lastCall).toMatchObject({ member: "", settings: { isOneway: true } });
  });

  test("tells failures here to the owner", async () => {
    const peer = new StubPeer();
    peer.refusal = new Error("can't be sent");
    onewayView(peer.named<Remote<Line>>()).add(1);
    await settle();
    expect(peer.unobservedFailures).toHaveLength(1);
  });
});

describe("isRemote", () => {
  test("knows proxies of objects, functions and named objects, and views", () => {
    const peer = new StubPeer();
    const named = peer.named<Remote<Line>>();
    const all = [named, withOptions(named, {}), peer.given(1), peer.given(1, { kind: "function" })];
    expect(all.map(isRemote)).toEqual([true, true, true, true]);
  });

  test.each([undefined, null, 0, "x", {}, [], () => 1, Promise.resolve()])("knows that %s is none", (value) => {
    expect(isRemote(value)).toBe(false);
  });

  test("knows that the promise of a proxy, and what inherits from one, is none", () => {
    const named = new StubPeer().named<Remote<Line>>();
    expect([isRemote(named.add(1)), isRemote(Object.create(named))]).toEqual([false, false]);
  });
});

describe("sameRemote", () => {
  test("knows views of one reference", () => {
    const line = new StubPeer().given<Remote<Line>>(1, { members: MEMBERS });
    expect(sameRemote(line, withOptions(line, { timeoutMs: 1 }))).toBe(true);
  });

  test("tells references apart, also of equal number", () => {
    const [a, b] = [new StubPeer().given(1), new StubPeer().given(1)];
    expect([sameRemote(a, a), sameRemote(a, b), sameRemote(a, {}), sameRemote({}, {})]).toEqual([
      true,
      false,
      false,
      false,
    ]);
  });
});

test("connectionOf refuses a proxy that came to a daemon", () => {
  const line = new StubPeer().given<Remote<Line>>(1);
  expect(() => connectionOf(line)).toThrow(/belongs to no connection/);
});

describe("toReadableStream", () => {
  test("reads an async iterable to its end", async () => {
    async function* source() {
      yield 1;
      yield 2;
    }
    const seen: number[] = [];
    for await (const item of toReadableStream(source())) seen.push(item);
    expect(seen).toEqual([1, 2]);
  });

  test("ends the source when it is cancelled", async () => {
    const ended = vi.fn<() => void>();
    async function* source() {
      try {
        yield 1;
        yield 2;
      } finally {
        ended();
      }
    }
    const reader = toReadableStream(source()).getReader();
    await reader.read();
    await reader.cancel();
    expect(ended).toHaveBeenCalledOnce();
  });
});
