import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { retries, type RetryOptions } from "../../src/client/retries.js";
import {
  CallError,
  CannotSendError,
  ConnectionError,
  DeadlineError,
  type HearthwireError,
  LimitError,
  RemoteError,
} from "../../src/errors/hearthwire-error.js";
import type { InterceptedCall, Interceptor } from "../../src/objects/interceptor.js";
import { type FakeClock, fakeClock } from "../../src/testing/fake-clock.js";
import { failureOf, gate } from "./intercepted-home.js";

const unsent = () => new ConnectionError("HW_SESSION_LOST", "gone", { delivery: "not-sent", retryable: true });
const unknown = (retryable: boolean) =>
  new ConnectionError("HW_SESSION_LOST", "gone", { delivery: "unknown", retryable, cause: new Error("cut") });
const busy = (retryable = true) =>
  new LimitError("full", { limit: "callsPerSecondPerPrincipal", allowed: 1, retryable, delivery: "not-sent" });

/** One call that passes the interceptor; what it is answered is a script, of which the last line goes on for ever. */
class Passing {
  readonly clock: FakeClock;
  readonly abort = new AbortController();
  /** When each try came, in ms after the first. */
  readonly tries: number[] = [];
  readonly result: Promise<unknown>;

  constructor(
    interceptor: Interceptor,
    script: readonly (() => unknown)[],
    {
      clock = fakeClock(),
      deadlineMs = Infinity,
      ...facts
    }: Partial<InterceptedCall> & { clock?: FakeClock; deadlineMs?: number } = {},
  ) {
    this.clock = clock;
    const startMs = clock.now();
    const call: InterceptedCall = {
      side: "client",
      kind: "call",
      object: "shop",
      member: "price",
      args: [],
      annotations: {},
      traceparent: undefined,
      peer: undefined,
      isRelayed: false,
      isIdempotent: true,
      clock,
      deadlineAtMs: startMs + deadlineMs,
      signal: this.abort.signal,
      ...facts,
    };
    this.result = Promise.resolve(
      interceptor(call, async (given) => {
        if (given !== call) throw new Error("another call was tried");
        this.tries.push(clock.now() - startMs);
        const line = script[Math.min(this.tries.length, script.length) - 1];
        return line?.();
      }),
    );
    this.result.catch(() => undefined);
  }
}

const throwing = (error: unknown) => () => {
  throw error;
};

/** All pauses are as long as they may be. */
beforeEach(() => void vi.spyOn(Math, "random").mockReturnValue(1));
afterEach(() => vi.restoreAllMocks());

describe("a call is made again", () => {
  test.each([
    ["that never ran", unsent()],
    ["of which nobody knows, and which is idempotent", unknown(true)],
    ["that reached a limit which passes by", busy()],
    [
      "whose deadline ran out unsent",
      new DeadlineError("late", { timeoutMs: 1, delivery: "not-sent", retryable: true }),
    ],
  ])("%s", async (_what, error) => {
    const passing = new Passing(retries(), [throwing(error), () => "bread"]);
    await passing.clock.advance(100);
    expect(await passing.result).toBe("bread");
    expect(passing.tries).toEqual([0, 100]);
  });

  test.each([
    ["of which nobody knows, and which is not idempotent", unknown(false)],
    ["that the called code failed", new RemoteError("sold out", { name: "RangeError" })],
    ["that reached a limit which stays", busy(false)],
    ["on what isn't there", new CallError("HW_NO_SUCH_MEMBER", "no", { delivery: "not-sent" })],
    ["that can't be sent", new CannotSendError("no", { path: "args[0]" })],
    ["that was aborted", new DOMException("enough", "AbortError")],
    ["that failed with no error", "nothing"],
  ])("but not one %s", async (_what, error) => {
    const passing = new Passing(retries(), [throwing(error)]);
    expect(await failureOf(passing.result)).toBe(error);
    expect(passing.tries).toEqual([0]);
    expect(passing.clock.pendingTimers).toBe(0);
  });

  test("up to three times in all", async () => {
    const errors = [unsent(), unsent(), unsent()];
    const passing = new Passing(retries(), errors.map(throwing));
    await passing.clock.advance(10_000);
    expect(await failureOf(passing.result)).toBe(errors[2]);
    expect(passing.tries).toEqual([0, 100, 300]);
  });

  test("as often as is said", async () => {
    const passing = new Passing(retries({ attempts: 5, budget: { burst: 100 } }), [throwing(unsent())]);
    await passing.clock.advance(60_000);
    await failureOf(passing.result);
    expect(passing.tries).toEqual([0, 100, 300, 700, 1_500]);
  });

  test("never with one attempt", async () => {
    const passing = new Passing(retries({ attempts: 1 }), [throwing(unsent())]);
    await failureOf(passing.result);
    expect(passing.tries).toEqual([0]);
  });

  test("but not one of a peer that runs here", async () => {
    const passing = new Passing(retries(), [throwing(unsent())], { side: "server" });
    await failureOf(passing.result);
    expect(passing.tries).toEqual([0]);
  });
});

describe("a pause", () => {
  test("doubles, up to its bound", async () => {
    const policy = retries({ attempts: 6, minDelayMs: 1_000, maxDelayMs: 3_000 });
    const passing = new Passing(policy, [throwing(unsent())]);
    await passing.clock.advance(60_000);
    expect(passing.tries).toEqual([0, 1_000, 3_000, 6_000, 9_000, 12_000]);
  });

  test("is any part of its bound, down to nothing", async () => {
    vi.mocked(Math.random).mockReturnValueOnce(0).mockReturnValueOnce(0.25);
    const passing = new Passing(retries(), [throwing(unsent())]);
    await passing.clock.advance(1_000);
    expect(passing.tries).toEqual([0, 0, 50]);
  });

  test("that would go past the deadline is not begun", async () => {
    const passing = new Passing(retries(), [throwing(unsent())], { deadlineMs: 300 });
    await passing.clock.advance(100);
    expect(await failureOf(passing.result)).toMatchObject({ code: "HW_SESSION_LOST" });
    expect(passing.tries).toEqual([0, 100]);
    expect(passing.clock.pendingTimers).toBe(0);
  });

  test("that ends just before the deadline is", async () => {
    const passing = new Passing(retries(), [throwing(unsent())], { deadlineMs: 301 });
    await passing.clock.advance(300);
    await failureOf(passing.result);
    expect(passing.tries).toEqual([0, 100, 300]);
  });

  test("ends with the call's signal, and leaves nothing behind", async () => {
    const error = unsent();
    const passing = new Passing(retries(), [throwing(error)]);
    const removed = vi.spyOn(passing.abort.signal, "removeEventListener");
    await passing.clock.advance(50);
    passing.abort.abort();
    expect(await failureOf(passing.result)).toBe(error);
    expect(passing.clock.pendingTimers).toBe(0);
    expect(removed).toHaveBeenCalledTimes(1);
    expect(passing.tries).toEqual([0]);
  });

  test("is not begun for a call that is over", async () => {
    const answered = gate();
    const error = unsent();
    const passing = new Passing(retries(), [() => answered.passed.then(throwing(error))]);
    passing.abort.abort();
    answered.open();
    expect(await failureOf(passing.result)).toBe(error);
    expect(passing.clock.pendingTimers).toBe(0);
  });
});

describe("the error of a call that was tried in vain", () => {
  test("is the last one, with its causes", async () => {
    const last = unknown(false);
    const passing = new Passing(retries(), [throwing(unsent()), throwing(last)]);
    await passing.clock.advance(1_000);
    expect(await failureOf(passing.result)).toBe(last);
    expect(last.cause).toMatchObject({ message: "cut" });
  });

  test.each([
    ["a refusal", new CallError("HW_REFERENCE_GONE", "over", { delivery: "not-sent", member: "price" })],
    ["a deadline", new DeadlineError("late", { timeoutMs: 7, delivery: "not-sent" })],
    ["a lost session", unsent()],
    ["a limit", busy(false)],
    ["what can't be sent", new CannotSendError("no", { path: "args[0]", cause: new Error("why") })],
  ])("says how far the furthest try got: %s", async (_what, last) => {
    const passing = new Passing(retries({ attempts: 2 }), [throwing(unknown(true)), throwing(last)]);
    await passing.clock.advance(1_000);
    const error = (await failureOf(passing.result)) as HearthwireError;
    expect(error).toBeInstanceOf(last.constructor);
    expect({ ...error }).toEqual({ ...last, delivery: "unknown" });
    expect(error.message).toBe(last.message);
    expect(error.cause).toBe(last.cause);
  });

  test("is not tried again for a call on the result, which fails with the very same", async () => {
    const policy = retries({ attempts: 2 });
    const error = unsent();
    const first = new Passing(policy, [throwing(error)]);
    await first.clock.advance(1_000);
    const failure = await failureOf(first.result);
    const second = new Passing(policy, [throwing(failure)]);
    expect(await failureOf(second.result)).toBe(failure);
    expect([first.tries.length, second.tries.length]).toEqual([2, 1]);
  });
});

describe("what can be read but once is not sent twice:", () => {
  async function* items() {
    yield 1;
  }
  test.each([
    ["a generator", items()],
    ["a ReadableStream", new ReadableStream()],
    ["a WritableStream", new WritableStream()],
    ["an async iterable", { [Symbol.asyncIterator]: items }],
    ["one deep in the data", { list: [new Map([["a", items()]])] }],
  ])("%s", async (_what, arg) => {
    const passing = new Passing(retries(), [throwing(unsent())], { args: ["x", arg, {}] });
    await failureOf(passing.result);
    expect(passing.tries).toEqual([0]);
  });

  test.each([
    ["plain data", { list: [new Map([["a", new Set([1])]])] }],
    ["a function", () => 1],
    ["a Blob", new Blob(["x"])],
    ["a signal", new AbortController().signal],
  ])("but %s can", async (_what, arg) => {
    const passing = new Passing(retries(), [throwing(unsent())], { args: [arg] });
    await passing.clock.advance(1_000);
    expect(passing.tries).toHaveLength(3);
  });
});

describe("the budget", () => {
  test("is shared by all calls: an outage adds ten retries, then a tenth of the calls", async () => {
    const clock = fakeClock();
    const policy = retries({ attempts: 5, budget: { perSecond: 0 } });
    const passing = Array.from({ length: 200 }, () => new Passing(policy, [throwing(unsent())], { clock }));
    await clock.advance(60_000);
    await Promise.allSettled(passing.map(({ result }) => result));
    const made = passing.reduce((sum, { tries }) => sum + tries.length, 0);
    expect(made).toBe(200 + 10);
    const later = Array.from({ length: 40 }, () => new Passing(policy, [throwing(unsent())], { clock }));
    await clock.advance(60_000);
    expect(later.reduce((sum, { tries }) => sum + tries.length, 0)).toBe(40 + 4);
  });

  test("is each interceptor's own", async () => {
    const one = { budget: { burst: 1, ratio: 0, perSecond: 0 } };
    const [first, second] = [one, one].map((options) => new Passing(retries(options), [throwing(unsent())]));
    for (const passing of [first!, second!]) {
      await passing.clock.advance(1_000);
      expect(passing.tries).toEqual([0, 100]);
    }
  });

  test("pays nothing for what is not tried again", async () => {
    const policy = retries({ budget: { burst: 1, ratio: 0, perSecond: 0 } });
    const hopeless = new Passing(policy, [throwing(unsent())], { deadlineMs: 50 });
    await failureOf(hopeless.result);
    const next = new Passing(policy, [throwing(unsent()), () => "bread"]);
    await next.clock.advance(100);
    expect(await next.result).toBe("bread");
  });
});

describe("options", () => {
  test.each([
    [{ attempts: 1, minDelayMs: 0, maxDelayMs: 0, budget: { ratio: 0, perSecond: 0, burst: 1 } }],
    [{ attempts: 100, minDelayMs: 10_000, budget: { ratio: 1, perSecond: 1_000, burst: 1_000_000 } }],
    [{ attempts: undefined, budget: undefined }],
  ] as readonly (readonly [RetryOptions])[])("may be %o", (options) => {
    expect(() => retries(options)).not.toThrow();
  });

  test.each([
    ["attempts", { attempts: 0 }],
    ["attempts", { attempts: 101 }],
    ["attempts", { attempts: 2.5 }],
    ["minDelayMs", { minDelayMs: -1 }],
    ["maxDelayMs", { maxDelayMs: Infinity }],
    ["maxDelayMs", { minDelayMs: 10, maxDelayMs: 9 }],
    ["budget", { budget: 0.1 }],
    ["budget", { budget: null }],
    ["ratio", { budget: { ratio: 1.1 } }],
    ["ratio", { budget: { ratio: Number.NaN } }],
    ["perSecond", { budget: { perSecond: -1 } }],
    ["burst", { budget: { burst: 0.9 } }],
    ["rate", { budget: { rate: 1 } }],
    ["attempt", { attempt: 3 }],
  ])("name %s first when they are wrong: %o", (name, options) => {
    const says = { code: "HW_OPTION_INVALID", message: expect.stringMatching(`^"${name}"`) };
    expect(() => retries(options as RetryOptions)).toThrow(expect.objectContaining(says));
  });
});
