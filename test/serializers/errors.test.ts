import { describe, expect, test } from "vitest";
import {
  CallError,
  CannotSendError,
  ConnectionError,
  DeadlineError,
  LimitError,
  RemoteError,
} from "../../src/errors/hearthwire-error.js";
import { jsonSerializer } from "../../src/serializers/json-serializer.js";
import { superjsonSerializer } from "../../src/serializers/superjson-serializer.js";
import { valueType } from "../../src/serializers/value-type.js";
import { checkError } from "../../src/wire/error-shape.js";
import type { ErrorObjectRecord, ErrorRecord } from "../../src/wire/message.js";
import { admitted, arrived, LoopBody, thrownThere, travelling } from "./bodies.js";

const superjson = superjsonSerializer();

const recordOf = (error: unknown, options = {}): ErrorObjectRecord => {
  const encoded = superjson.encodeError(error, travelling, { exposeStacks: false, ...options });
  const text = encoded.finish(new LoopBody());
  const record = JSON.parse(text) as ErrorObjectRecord;
  checkError(record, "err");
  return record;
};
const revived = (record: ErrorRecord, facts = {}): RemoteError =>
  superjson.decodeError(record, new LoopBody(), facts) as RemoteError;
const chain = (depth: number): Error => new Error(`level ${depth}`, depth === 0 ? {} : { cause: chain(depth - 1) });

class Socket {}

describe("an error that was thrown", () => {
  test("has its name, message, code, cause and fields on the other side", () => {
    const error = Object.assign(new RangeError("too few", { cause: new Error("why") }), {
      code: "EMPTY",
      at: new Date(0),
    });
    expect(thrownThere(superjson, error)).toMatchObject({
      constructor: RemoteError,
      name: "RangeError",
      message: "too few",
      code: "EMPTY",
      cause: { name: "Error", message: "why" },
      details: { at: new Date(0) },
    });
  });

  test("is written as protocol.md section 6 says", () => {
    const error = Object.assign(new RangeError("too few", { cause: "why" }), { code: "EMPTY", at: new Date(0) });
    expect(recordOf(error)).toEqual({
      name: "RangeError",
      message: "too few",
      code: "EMPTY",
      cause: { thrown: { json: "why" } },
      data: { json: { at: "1970-01-01T00:00:00.000Z" }, meta: { values: { at: ["Date"] }, v: 1 } },
    });
    expect(recordOf(new Error(""))).toEqual({ name: "Error", message: "" });
  });

  test("keeps a numeric code in its details", () => {
    expect(thrownThere(superjson, Object.assign(new Error("m"), { code: 42 }))).toMatchObject({
      code: "",
      details: { code: 42 },
    });
  });

  test("keeps an abort's name, which programs test", () => {
    expect(thrownThere(superjson, new DOMException("stopped", "AbortError"))).toMatchObject({ name: "AbortError" });
  });

  test("keeps the errors of an AggregateError, at most 32 of them", () => {
    const errors = Array.from({ length: 40 }, (_, at) => new Error(`e${at}`));
    const result = thrownThere(superjson, new AggregateError(errors, "all")) as RemoteError;
    const kept = result.errors as readonly Error[];
    expect([result.name, kept.length, kept[31]?.message]).toEqual(["AggregateError", 32, "e31"]);
    expect(result.details).toEqual({});
  });

  test("keeps the errors of an AggregateError over a second hop", () => {
    const first = thrownThere(superjson, new AggregateError([new RangeError("a")], "all"));
    expect(thrownThere(superjson, first)).toMatchObject({ errors: [{ name: "RangeError", message: "a" }] });
  });

  test("keeps a field named errors in the details", () => {
    const error = Object.assign(new Error("invalid"), { errors: ["too short"] });
    expect(thrownThere(superjson, error)).toMatchObject({ details: { errors: ["too short"] } });
    expect(thrownThere(superjson, error)).not.toHaveProperty("errors");
  });

  test("tells its stack only where stacks are exposed", () => {
    const error = new Error("m");
    expect((thrownThere(superjson, error) as RemoteError).remoteStack).toBeUndefined();
    expect(thrownThere(superjson, error, { exposeStacks: true })).toMatchObject({ remoteStack: error.stack });
    const passedOn = new RemoteError("m", { name: "E", remoteStack: "at secret" });
    expect(JSON.stringify(recordOf(passedOn))).not.toContain("secret");
  });

  test("leaves its stack unformatted where stacks are not exposed", () => {
    let readings = 0;
    const error = Object.defineProperty(new Error("m"), "stack", { get: () => `reading ${++readings}` });
    thrownThere(superjson, error);
    arrived(superjson, [error]);
    expect(readings).toBe(0);
    expect((thrownThere(superjson, error, { exposeStacks: true }) as RemoteError).remoteStack).toBe("reading 1");
  });

  test("has texts cut to the protocol's lengths, and a longer code left out", () => {
    const error = Object.assign(new Error("m".repeat(9000)), { name: "n".repeat(200), code: "c".repeat(129) });
    error.stack = "s".repeat(20_000);
    const record = recordOf(error, { exposeStacks: true });
    expect([record.name.length, record.message.length, record.stack?.length, record.code]).toEqual([
      128,
      8192,
      16_384,
      undefined,
    ]);
  });

  test("has causes down to 8 levels", () => {
    let levels = 0;
    for (let error: unknown = thrownThere(superjson, chain(20)); error instanceof Error; error = error.cause) levels++;
    expect(levels).toBe(1 + 8);
  });

  test("loses a cause that leads back to itself, and arrives", () => {
    const error = new Error("m") as Error & { self?: unknown };
    error.cause = error;
    error.self = error;
    expect(recordOf(error)).toEqual({ name: "Error", message: "m" });
  });

  test("loses the fields that can't cross, and keeps the others", () => {
    const request = { socket: new Socket() };
    const error = Object.assign(new Error("m"), { request, status: 502, s: Symbol("x"), ["__proto__x"]: 1 });
    expect(thrownThere(superjson, error)).toMatchObject({ message: "m", details: { status: 502, ["__proto__x"]: 1 } });
    expect(Object.keys((thrownThere(superjson, error) as RemoteError).details)).toEqual(["status", "__proto__x"]);
  });

  test("loses a cause that can't cross, and keeps its own fields in place", () => {
    const error = Object.assign(new Error("m", { cause: new Socket() }), { at: new Date(0) });
    const result = thrownThere(superjson, error) as RemoteError;
    expect([result.cause, result.details]).toEqual([undefined, { at: new Date(0) }]);
  });

  test("carries references in its fields", () => {
    const retry = (): number => 1;
    expect((thrownThere(superjson, Object.assign(new Error("m"), { retry })) as RemoteError).details).toEqual({
      retry,
    });
  });

  test("stays small work, however its causes and errors are knotted", () => {
    let knot: Error = Object.assign(new Error("m"), { fields: Array.from({ length: 2000 }, () => 1) });
    for (let level = 0; level < 8; level++)
      knot = new AggregateError(
        Array.from({ length: 32 }, () => knot),
        "m",
      );
    const encoded = superjson.encodeError(knot, travelling, { exposeStacks: false });
    expect(encoded.nodes).toBeLessThanOrEqual(100_000);
    expect(() => checkError(JSON.parse(encoded.finish(new LoopBody())), "err")).not.toThrow();
  });

  test("costs the receiver the nodes that were counted, without what was left out", () => {
    const error = Object.assign(new Error("m", { cause: chain(2) }), {
      a: [1, new Date(0)],
      s: new Socket(),
      f: () => 1,
    });
    const body = new LoopBody();
    const encoded = superjson.encodeError(error, travelling, { exposeStacks: false });
    superjson.decodeError(JSON.parse(encoded.finish(body)) as ErrorRecord, body, {});
    expect(100_000 - body.budget.nodes).toBe(encoded.nodes);
  });

  test("arrives even when it can't be read", () => {
    const { proxy, revoke } = Proxy.revocable(new Error("m"), {});
    revoke();
    expect(thrownThere(superjson, proxy)).toMatchObject({ message: "what was thrown can't be sent: it can't be read" });
  });
});

describe("a thrown value that is no error", () => {
  test.each([[undefined], [null], [0], [""], [false], ["text"], [{ status: 404, at: new Date(0) }]])(
    "%o stays itself",
    (value) => {
      expect(thrownThere(superjson, value)).toStrictEqual(value);
    },
  );

  test("that plain JSON can't say stays itself where it can", () => {
    expect(thrownThere(jsonSerializer(), undefined)).toBeUndefined();
    expect(thrownThere(jsonSerializer(), { a: 1 })).toEqual({ a: 1 });
  });

  test("that can't be sent becomes an error that says why", () => {
    expect(thrownThere(superjson, { s: new Socket() })).toMatchObject({
      constructor: RemoteError,
      message: expect.stringContaining(
        "what was thrown can't be sent: thrown.s: an instance of Socket can't be sent",
      ) as string,
    });
  });

  test("that the gate refuses becomes an error that says why", () => {
    expect(revived({ thrown: 5 })).toMatchObject({
      constructor: RemoteError,
      message: "the peer threw a value that is refused here: a payload is an object",
    });
  });
});

describe("an error of a registered class", () => {
  class StockError extends Error {
    readonly item: string;

    constructor(item: string) {
      super(`no ${item}`);
      this.name = "StockError";
      this.item = item;
    }
  }
  const stock = valueType({
    tag: "StockError",
    Class: StockError,
    encode: (error) => error.item,
    decode: (item: string) => {
      if (typeof item !== "string") throw new TypeError("an item is a string");
      return new StockError(item);
    },
  });
  const registered = superjsonSerializer({ types: [stock] });
  const record = {
    name: "StockError",
    message: "no candle",
    data: { json: "candle", meta: { values: [["custom", "StockError"]], v: 1 } },
  };
  const read = (serializer: typeof superjson, sent: unknown): unknown =>
    serializer.decodeError(sent as ErrorRecord, new LoopBody(), { object: "shop" });
  const written = (error: unknown): unknown =>
    JSON.parse(registered.encodeError(error, travelling, { exposeStacks: false }).finish(new LoopBody()));

  test("is written as any other, with itself as its data", () => {
    expect(written(new StockError("candle"))).toEqual(record);
  });

  test("is revived as itself where its class is registered", () => {
    const error = thrownThere(registered, new StockError("candle"));
    expect(error).toBeInstanceOf(StockError);
    expect(error).toMatchObject({ item: "candle", message: "no candle" });
  });

  test("is a RemoteError with its name and message where it is not", () => {
    expect(read(superjson, record)).toMatchObject({
      constructor: RemoteError,
      name: "StockError",
      message: "no candle",
      object: "shop",
      details: {},
    });
    expect(read(jsonSerializer(), record)).toMatchObject({ constructor: RemoteError, name: "StockError" });
  });

  test("is revived as a cause, among the errors of another, in its fields and in values", () => {
    const inner = (item: string): StockError => new StockError(item);
    const cause = thrownThere(registered, new Error("outer", { cause: inner("a") }));
    expect((cause as RemoteError).cause).toMatchObject({ constructor: StockError, item: "a" });
    const all = thrownThere(registered, new AggregateError([inner("b"), new Error("c")])) as RemoteError;
    expect(all.errors).toMatchObject([{ constructor: StockError, item: "b" }, { constructor: RemoteError }]);
    const field = thrownThere(registered, Object.assign(new Error("outer"), { why: inner("d") })) as RemoteError;
    expect(field.details["why"]).toMatchObject({ constructor: StockError, item: "d" });
    expect(arrived(registered, [{ error: inner("e") }])).toMatchObject([{ error: { item: "e" } }]);
  });

  test("is a RemoteError inside a value where its class is not registered", () => {
    const text = registered.encode([new StockError("candle")], travelling, "args").finish(new LoopBody());
    const [error] = superjson.decode(JSON.parse(text), new LoopBody()) as readonly unknown[];
    expect(error).toMatchObject({ constructor: RemoteError, name: "StockError", message: "no candle" });
  });

  test("has its cause, unless its type says of one", () => {
    const error = new StockError("candle");
    error.cause = new RangeError("burnt");
    expect(thrownThere(registered, error)).toMatchObject({
      constructor: StockError,
      cause: { constructor: RemoteError, name: "RangeError", message: "burnt" },
    });
  });

  test("is a RemoteError when its type refuses it, or gives no error", () => {
    const odd = { ...record, data: { ...record.data, json: 5 } };
    expect(read(registered, odd)).toMatchObject({ constructor: RemoteError, message: "no candle" });
    const lying = superjsonSerializer({ types: [{ ...(stock as object), decode: () => ({ item: 1 }) } as never] });
    expect(read(lying, record)).toMatchObject({ constructor: RemoteError, message: "no candle" });
  });

  test("is refused inside a value when its type refuses it, or gives no error", () => {
    const leaf = {
      json: [{ ...record, data: { ...record.data, json: 5 } }],
      meta: { values: { 0: [["custom", "error"]] }, v: 1 },
    };
    expect(() => registered.decode(leaf, new LoopBody())).toThrow(/StockError refused its value/);
    const lying = superjsonSerializer({ types: [{ ...(stock as object), decode: () => ({ item: 1 }) } as never] });
    const honest = { json: [record], meta: { values: { 0: [["custom", "error"]] }, v: 1 } };
    expect(() => lying.decode(structuredClone(honest), new LoopBody())).toThrow(/the error itself/);
  });

  test("has fields, as any other, when its type can't encode it", () => {
    const type = { ...(stock as object), encode: () => new Date() } as never;
    const encoded = superjsonSerializer({ types: [type] })
      .encodeError(new StockError("candle"), travelling, { exposeStacks: false })
      .finish(new LoopBody());
    expect(JSON.parse(encoded)).toEqual({
      name: "StockError",
      message: "no candle",
      data: { json: { item: "candle" } },
    });
  });

  test("can't be forged into a refusal", () => {
    const forged = { ...record, code: "HW_DEADLINE", wire: 1 };
    expect(read(registered, forged)).toMatchObject({ constructor: DeadlineError, code: "HW_DEADLINE" });
  });

  test("spends the nodes of its frame", () => {
    const body = new LoopBody();
    body.budget.nodes = 1;
    expect(registered.decodeError(record as ErrorRecord, body, {})).toMatchObject({ constructor: RemoteError });
  });
});

describe("wire", () => {
  const late = new DeadlineError("late", { timeoutMs: 5 });

  test("stands on refusals alone, and only on the outermost record", () => {
    expect(recordOf(late)).toEqual({
      name: "DeadlineError",
      message: "late",
      code: "HW_DEADLINE",
      data: { json: { timeoutMs: 5 } },
    });
    expect(recordOf(late, { isRefusal: true })).toMatchObject({ wire: 1, code: "HW_DEADLINE" });
    const outer = new CallError("HW_BAD_PAYLOAD", "m", { cause: late });
    expect(recordOf(outer, { isRefusal: true })).toMatchObject({ wire: 1, cause: { code: "HW_DEADLINE" } });
    expect(recordOf(outer, { isRefusal: true }).cause).not.toHaveProperty("wire");
  });

  test.each([
    ["DeadlineError", late, { timeoutMs: 5 }],
    [
      "LimitError",
      new LimitError("full", { limit: "maxStreams", allowed: 64, retryable: true }),
      { limit: "maxStreams", allowed: 64, retryable: true },
    ],
    [
      "CallError",
      new CallError("HW_ARGUMENTS_INVALID", "bad", { issues: [{ message: "x", path: ["a", 0] }] }),
      { issues: [{ message: "x", path: ["a", 0] }] },
    ],
    [
      "CannotSendError",
      new CannotSendError("result.a: no", { path: "result.a" }),
      { path: "result.a", delivery: "ran" },
    ],
  ])("revives a refusal as %s", (name, error, facts) => {
    const result = thrownThere(superjson, error, { isRefusal: true });
    expect(result).toMatchObject({
      constructor: error.constructor,
      name,
      message: error.message,
      code: error.code,
      ...facts,
    });
  });

  test("makes no failed connection of this call out of one that user code let escape", () => {
    const escaped = new ConnectionError("HW_SESSION_LOST", "lost", { peer: "ws://10.0.0.5/", delivery: "unknown" });
    const result = thrownThere(superjson, escaped) as RemoteError;
    expect(result).not.toBeInstanceOf(ConnectionError);
    expect(result).toMatchObject({
      constructor: RemoteError,
      code: "",
      delivery: "ran",
      details: { code: "HW_SESSION_LOST" },
    });
    expect(result.peer).toBeUndefined();
    expect(JSON.stringify(recordOf(escaped))).not.toContain("10.0.0.5");
  });

  test("is not passed on with an error that came from another peer", () => {
    const first = thrownThere(superjson, late, { isRefusal: true });
    expect(thrownThere(superjson, first)).toMatchObject({
      constructor: RemoteError,
      details: { code: "HW_DEADLINE", timeoutMs: 5 },
    });
  });
});

describe("decodeError", () => {
  const facts = { object: "vault", member: "open", peer: "ws://a/", elapsedMs: 12 };

  test("puts what this side knows of the call on the error, not on its causes", () => {
    const record = { name: "E", message: "m", cause: { name: "C", message: "c" } };
    const error = revived(record, facts);
    expect(error).toMatchObject(facts);
    expect((error.cause as RemoteError).object).toBeUndefined();
    expect(revived({ name: "E", message: "m", code: "HW_NO_SUCH_MEMBER", wire: 1 }, facts)).toMatchObject(facts);
  });

  test.each([
    ["no object", { json: 5 }],
    ["an array", { json: [1] }],
    ["annotated as a whole", { json: { a: 1 }, meta: { values: [["custom", "error"]], v: 1 } }],
    ["with a forbidden key", { json: JSON.parse('{"__proto__":{"polluted":1}}') as unknown }],
    [
      "with a function under then",
      { json: { then: [0, 1, "function"] }, meta: { values: { then: [["custom", "ref"]] }, v: 1 } },
    ],
    ["with a class", { json: { a: {} }, meta: { values: { a: [["class", "X"]] }, v: 1 } }],
    ["null", null],
  ])("drops data that is %s, and keeps the rest", (_, data) => {
    const error = revived({ name: "E", message: "m", code: "X", data, cause: { name: "C", message: "c" } });
    expect(error).toMatchObject({ name: "E", message: "m", code: "X", details: {}, cause: { message: "c" } });
    expect(({} as { polluted?: unknown }).polluted).toBeUndefined();
  });

  test("drops data beyond the frame's budget, and never throws", () => {
    const body = new LoopBody();
    body.budget.nodes = 2;
    const error = superjson.decodeError({ name: "E", message: "m", data: { json: { a: 1, b: 2 } } }, body, {});
    expect(error).toMatchObject({ name: "E", details: {} });
  });

  test("makes no more errors once the frame's nodes have run out", () => {
    const body = new LoopBody();
    body.budget.nodes = 5;
    const record = { name: "E", message: "m", data: { json: {} } };
    const errors = [record, { ...record, cause: { ...record, errors: [record] } }, record];
    const result = superjson.decodeError({ ...record, errors }, body, {}) as RemoteError;
    const kept = result.errors as readonly RemoteError[];
    expect([kept.length, kept[1]?.cause]).toEqual([2, undefined]);
  });

  test("makes a RemoteError whatever name the peer chooses", () => {
    for (const name of ["AuthError", "TypeError", "constructor", "__proto__"]) {
      expect(revived({ name, message: "m" })).toMatchObject({ constructor: RemoteError, name });
    }
  });
});

describe("an error as a value", () => {
  const inValue = (json: unknown): unknown =>
    admitted(superjson, { json: [json], meta: { values: { 0: [["custom", "error"]] }, v: 1 } });

  test("arrives as a RemoteError, in data, maps and other errors", () => {
    const error = Object.assign(new RangeError("m"), { at: new Date(0), inner: new Error("i") });
    const expected = {
      constructor: RemoteError,
      name: "RangeError",
      details: { at: new Date(0), inner: { message: "i" } },
    };
    expect(arrived(superjson, { error })).toMatchObject({ error: expected });
    expect((arrived(superjson, new Map([["k", error]])) as ReadonlyMap<string, unknown>).get("k")).toMatchObject(
      expected,
    );
    expect(arrived(jsonSerializer(), [new RangeError("m")])).toMatchObject([{ name: "RangeError", message: "m" }]);
  });

  test("is refused with the path of what can't cross, as any value", () => {
    const encode = (error: Error) => () => superjson.encode([{ error }], travelling, "args");
    expect(encode(Object.assign(new Error("m"), { request: { socket: new Socket() } }))).toThrow(
      "args[0].error.request.socket: an instance of Socket can't be sent",
    );
    expect(encode(new Error("m", { cause: new Socket() }))).toThrow("args[0].error.cause: an instance of Socket");
    const cycle = new Error("m");
    cycle.cause = cycle;
    expect(encode(cycle)).toThrow("args[0].error.cause: a cycle can't be sent");
  });

  test.each([
    ["a string", "Error: m"],
    ["an array", ["Error", "m"]],
    ["no message", { name: "E" }],
    ["a name that is an object", { name: {}, message: "m" }],
    ["a name that is too long", { name: "n".repeat(129), message: "m" }],
    ["another field", { name: "E", message: "m", toString: "x" }],
    ["wire 2", { name: "E", message: "m", code: "HW_LIMIT", wire: 2 }],
    [
      "causes 9 deep",
      Array.from({ length: 9 }).reduce<object>((cause) => ({ name: "E", message: "m", cause }), {
        name: "E",
        message: "m",
      }),
    ],
    ["33 errors", { name: "E", message: "m", errors: Array.from({ length: 33 }, () => ({ name: "E", message: "m" })) }],
    ["data that is refused", { name: "E", message: "m", data: { json: { then: 1 }, meta: { v: 2 } } }],
    [
      "data that is annotated as a whole",
      {
        name: "E",
        message: "m",
        data: { json: { name: "E", message: "m" }, meta: { values: [["custom", "error"]], v: 1 } },
      },
    ],
    ["thrown beside a name", { thrown: { json: 1 }, name: "E" }],
    ["a thrown value that is refused", { thrown: 5 }],
  ])("is refused by the gate as %s", (_, record) => {
    expect(() => inValue(record)).toThrow(expect.objectContaining({ name: "PayloadError" }) as Error);
  });

  test("is refused by the gate below 64 levels, through data and thrown values too", () => {
    const deep = (levels: number): unknown => {
      let record: unknown = { name: "E", message: "m" };
      for (let level = 0; level < levels; level++) {
        record = { thrown: { json: record, meta: { values: [["custom", "error"]], v: 1 } } };
      }
      return record;
    };
    expect(() => inValue(deep(62))).not.toThrow();
    expect(() => inValue(deep(63))).toThrow("nests at most 64 deep");
    expect(() => inValue(deep(5000))).toThrow("nests at most 64 deep");
  });

  test("counts containers of its data from the root of the value", () => {
    const arrays = (depth: number): unknown => JSON.parse("[".repeat(depth) + "]".repeat(depth));
    const withData = (depth: number): unknown => ({ name: "E", message: "m", data: { json: { a: arrays(depth) } } });
    expect(() => inValue(withData(61))).not.toThrow();
    expect(() => inValue(withData(62))).toThrow("nests at most 64 deep");
    const sender = (depth: number) => () =>
      superjson.encode([Object.assign(new Error("m"), { a: arrays(depth) })], travelling, "args");
    expect(sender(61)).not.toThrow();
    expect(sender(62)).toThrow("a payload nests at most 64 levels deep");
  });
});
