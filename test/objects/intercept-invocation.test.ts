import { describe, expect, it } from "vitest";
import { callContext } from "../../src/objects/call-context.js";
import { expose } from "../../src/objects/expose.js";
import type { InterceptedCall, Interceptor } from "../../src/objects/interceptor.js";
import { FakeCall, Peer, refusal, settled } from "./inbound.js";

class Line {
  count = 1;
  ran: string[] = [];
  readonly ended: string[] = [];
  add(amount: number): number {
    this.ran.push(`add ${String(amount)}`);
    this.count += amount;
    return this.count;
  }
  fail(): never {
    this.ran.push("fail");
    throw new RangeError("too many");
  }
  tags(): unknown {
    return { ...callContext().annotations, id: callContext().correlationId };
  }
  note(): void {
    this.ran.push("note");
  }
  async *items(): AsyncGenerator<string> {
    try {
      yield callContext().member;
    } finally {
      this.ended.push("items");
    }
  }
  bytes(): ReadableStream {
    return new ReadableStream({ cancel: () => void this.ended.push("bytes") });
  }
  get quantity(): number {
    return this.count;
  }
  set quantity(value: number) {
    this.count = value;
  }
}
const text = {
  "~standard": {
    version: 1,
    vendor: "test",
    validate: (value: unknown) =>
      typeof value === "number" ? { value } : { issues: [{ message: "expected a number" }] },
  },
} as const;
expose(Line, {
  members: {
    add: { input: [text as never] },
    fail: {},
    tags: {},
    note: { oneway: true },
    items: {},
    bytes: {},
    quantity: { writable: true },
  },
});

function scene(...interceptors: Interceptor[]) {
  const line = new Line();
  const peer = new Peer({ line }, { interceptors });
  return { line, peer, run: (call: FakeCall) => Promise.resolve(peer.handler.run(call)) };
}

describe("an interceptor of calls served", () => {
  it("sees call, result and error, of reads and writes too", async () => {
    const seen: unknown[] = [];
    const { peer } = scene(async (call, next) => {
      const { side, kind, object, member, args } = call;
      const result = await next(call).catch((error: Error) => {
        seen.push(error.message);
        throw error;
      });
      seen.push([side, kind, object, member, args, result]);
      return result;
    });
    expect(await peer.call("line", "add", 2)).toBe(3);
    await peer.set("line", "quantity", 9);
    expect(await peer.get("line", "quantity")).toBe(9);
    await expect(peer.call("line", "fail")).rejects.toThrow("too many");
    expect(seen).toEqual([
      ["server", "call", "line", "add", [2], 3],
      ["server", "set", "line", "quantity", [9], undefined],
      ["server", "get", "line", "quantity", [], 9],
      "too many",
    ]);
  });

  it("names neither object nor member of a function held by reference", async () => {
    const seen: InterceptedCall[] = [];
    const { peer } = scene((call, next) => (seen.push(call), next(call)));
    expect(await peer.call((a: number) => a + 1, "", 1)).toBe(2);
    expect(seen).toMatchObject([{ object: "", member: "", args: [1] }]);
  });

  it("stands around the next, the first outermost", async () => {
    const order: string[] = [];
    const named =
      (name: string): Interceptor =>
      async (call, next) => {
        order.push(`${name} in`);
        const result = await next(call);
        order.push(`${name} out`);
        return result;
      };
    await scene(named("a"), named("b")).peer.call("line", "add", 1);
    expect(order).toEqual(["a in", "b in", "b out", "a out"]);
  });

  it("does not run for a call that is not permitted or whose arguments are refused", async () => {
    const seen: string[] = [];
    const line = new Line();
    const interceptors: readonly Interceptor[] = [(call, next) => (seen.push(call.member), next(call))];
    const peer = new Peer({ line }, { interceptors, authorize: ({ member }) => member !== "fail" });
    expect(await refusal(() => peer.call("line", "fail"))).toMatchObject({ code: "HW_NO_SUCH_MEMBER" });
    expect(await refusal(() => peer.call("line", "add", "x"))).toMatchObject({ code: "HW_ARGUMENTS_INVALID" });
    expect(await refusal(() => peer.call("line", "gone"))).toMatchObject({ code: "HW_NO_SUCH_MEMBER" });
    expect(seen).toEqual([]);
  });

  it("refuses a call by throwing, at once or later", async () => {
    for (const refusing of [
      () => {
        throw new TypeError("not you");
      },
      () => Promise.reject(new TypeError("not you")),
    ] satisfies Interceptor[]) {
      const { line, peer } = scene(refusing);
      await expect(peer.call("line", "add", 1)).rejects.toThrow(new TypeError("not you"));
      expect(line.ran).toEqual([]);
    }
  });

  it("answers without running the member, with a promise or without", async () => {
    for (const answer of [7, Promise.resolve(7)]) {
      const { line, peer } = scene(() => answer);
      expect(await peer.call("line", "add", 1)).toBe(7);
      expect(line.ran).toEqual([]);
    }
  });

  it("runs the member again", async () => {
    const { line, peer } = scene(async (call, next) => {
      await next(call);
      return next(call);
    });
    expect(await peer.call("line", "add", 2)).toBe(5);
    expect(line.ran).toEqual(["add 2", "add 2"]);
  });

  it("changes arguments, which are not checked again", async () => {
    const { line, peer } = scene((call, next) => next({ ...call, args: ["x"] }));
    await peer.call("line", "add", 2);
    expect(line.ran).toEqual(["add x"]);
  });

  it("changes what the member sees of annotations, and nothing else of the context", async () => {
    const { run } = scene((call, next) => next({ ...call, annotations: { ...call.annotations, b: "2" } }));
    const call = new FakeCall("line", "tags", [], { annotations: { a: "1" }, correlationId: "c-1" });
    expect(await run(call)).toEqual({ a: "1", b: "2", id: "c-1" });
  });

  it.each([
    ["side", { side: "client" }],
    ["kind", { kind: "get" }],
    ["object", { object: "vault" }],
    ["member", { member: "fail" }],
    ["args", { args: { 0: 1 } }],
    ["annotations", { annotations: null }],
    ["traceparent", { traceparent: 1 }],
  ])("can't give on a call with another %s of the wrong kind", async (name, change) => {
    const { line, peer } = scene((call, next) => next({ ...call, ...change } as never));
    const { code, message } = await refusal(() => peer.call("line", "add", 1));
    expect(code).toBe("HW_OPTION_INVALID");
    expect(message).toContain(`"${name}"`);
    expect(line.ran).toEqual([]);
  });

  it("runs in the context of the call, and so does a stream that it wraps around another", async () => {
    const seen: string[] = [];
    const { run, line } = scene(async (call, next) => {
      seen.push(callContext().principal.id);
      const items = (await next(call)) as AsyncIterable<string>;
      return (async function* () {
        const { member } = callContext();
        for await (const item of items) yield `${member} ${item}`;
      })();
    });
    const stream = (await run(new FakeCall("line", "items"))) as AsyncGenerator<string>;
    expect(await stream.next()).toEqual({ done: false, value: "items items" });
    await stream.return(undefined);
    expect(line.ended).toEqual(["items"]);
    expect(seen).toEqual(["key:alice"]);
  });

  it("ends a stream by throwing after it came", async () => {
    const { peer, line } = scene(async (call, next) => {
      await next(call);
      throw new TypeError("not you");
    });
    await expect(peer.call("line", "bytes")).rejects.toThrow("not you");
    await settled();
    expect(line.ended).toEqual(["bytes"]);
  });

  it("is not asked for what becomes of a call answered early, but runs around it", async () => {
    const seen: string[] = [];
    const { run, line } = scene(async (call, next) => {
      await next(call);
      seen.push(call.member);
    });
    const call = new FakeCall("line", "note");
    await run(call);
    expect([call.answeredEarly, line.ran, seen]).toEqual([1, ["note"], ["note"]]);
  });

  it("costs a call no AbortController that does not look at its signal", async () => {
    const { run } = scene((call, next) => next(call));
    const call = new FakeCall("line", "add", [1]);
    await run(call);
    expect(call.signalsAsked).toBe(0);
  });
});

describe("next", () => {
  it("runs nothing once the call was given up", async () => {
    let goOn = (): void => undefined;
    const { run, line } = scene(async (call, next) => {
      await new Promise<void>((resolve) => (goOn = resolve));
      return next(call);
    });
    const call = new FakeCall("line", "add", [1]);
    const outcome = refusal(() => run(call));
    call.controller.abort();
    goOn();
    expect(await outcome).toMatchObject({ code: "HW_CANCELLED" });
    expect(line.ran).toEqual([]);
  });

  it("runs nothing once the interceptor has returned", async () => {
    let late = (): Promise<unknown> => Promise.resolve();
    const { peer, line } = scene((call, next) => {
      late = () => next(call);
      return 1;
    });
    await peer.call("line", "add", 1);
    expect(await refusal(late)).toMatchObject({ code: "HW_CANCELLED" });
    expect(line.ran).toEqual([]);
  });
});

describe("calls to one target", () => {
  it("have their interceptors started in the order made; the members start as those go on", async () => {
    const started: unknown[] = [];
    const goOn = new Map<unknown, () => void>();
    const { peer, line } = scene(async (call, next) => {
      started.push(call.args[0]);
      await new Promise<void>((resolve) => goOn.set(call.args[0], resolve));
      return next(call);
    });
    const calls = [1, 2].map((amount) => peer.call("line", "add", amount));
    expect(started).toEqual([1, 2]);
    goOn.get(2)?.();
    await settled();
    goOn.get(1)?.();
    await Promise.all(calls);
    expect(line.ran).toEqual(["add 2", "add 1"]);
  });
});

describe("without interceptors", () => {
  it.each([[undefined], [[]]])("a call gives its result in the same turn, for %j", (interceptors) => {
    const line = { add: (amount: number) => amount + 1 };
    const peer = new Peer({ line }, interceptors === undefined ? {} : { interceptors });
    expect(peer.call("line", "add", 1)).toBe(2);
  });
});
