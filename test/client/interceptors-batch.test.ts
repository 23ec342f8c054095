import { describe, expect, test } from "vitest";
import { batch } from "../../src/client/batch.js";
import { assign, withOptions } from "../../src/client/proxy-functions.js";
import type { Interceptor } from "../../src/objects/interceptor.js";
import { gate, failureOf, logging, openInterceptedHome } from "./intercepted-home.js";
import { settle } from "./stub-peer.js";
import { expectNoUnhandledRejection } from "./unhandled.js";

const passing: Interceptor = (call, next) => next(call);

/** Calls served, in the order in which they start. */
function started(log: readonly string[]): readonly string[] {
  return log.filter((line) => line.startsWith("server")).map((line) => line.replace(/.*\./, ""));
}

expectNoUnhandledRejection();

describe("a batch through an interceptor", () => {
  test("goes in one frame, each call after the one before", async () => {
    const { warehouse, sent } = await openInterceptedHome({ client: [passing] });
    const [first, second] = await batch(warehouse, (o) => [o.store("candle", 1), o.store("candle", 2)]);
    expect([first, second]).toEqual([1, 3]);
    expect(sent.filter((frame) => frame.includes('["call"')).length).toBe(1);
    expect(sent[0]).toContain('"o":2');
  });

  test("keeps its order when the interceptor lets a later call go first", async () => {
    const log: string[] = [];
    const late = gate();
    const delaying: Interceptor = async (call, next) => {
      if (call.args[1] === 1) await late.passed;
      return next(call);
    };
    const { warehouse, sent } = await openInterceptedHome({ client: [delaying], server: [logging(log)] });
    const stored = batch(warehouse, (o) => [o.store("candle", 1), o.list(), o.store("candle", 2)]);
    await settle();
    expect(sent).toEqual([]);
    late.open();
    expect((await stored)[2]).toBe(3);
    expect(started(log)).toEqual(["store", "list", "store"]);
  });

  test("stops at the call that the interceptor refuses", async () => {
    const log: string[] = [];
    const refusing: Interceptor = async (call, next) => {
      if (call.member !== "fail") return next(call);
      await settle();
      throw new TypeError("not you");
    };
    const { warehouse } = await openInterceptedHome({ client: [refusing], server: [logging(log)] });
    const failure = await failureOf(batch(warehouse, (o) => [o.store("candle", 1), o.fail(), o.store("candle", 2)]));
    expect(failure).toMatchObject({ code: "HW_BATCH_STOPPED", index: 1, cause: { message: "not you" } });
    await settle();
    expect(started(log)).toEqual(["store"]);
  });

  test("goes on after such a call when it is to", async () => {
    const refusing: Interceptor = (call, next) => {
      if (call.member === "fail") throw new TypeError("not you");
      return next(call);
    };
    const { warehouse } = await openInterceptedHome({ client: [refusing] });
    const outcomes = await batch(warehouse, (o) => [o.store("candle", 1), o.fail(), o.store("candle", 2)], {
      onError: "continue",
    });
    expect(outcomes.map(({ status }) => status)).toEqual(["fulfilled", "rejected", "fulfilled"]);
  });

  test("goes on after a call that the interceptor answered, in the order of the others", async () => {
    const log: string[] = [];
    const caching: Interceptor = (call, next) => (call.member === "list" ? new Map() : next(call));
    const { warehouse } = await openInterceptedHome({ client: [caching], server: [logging(log)] });
    const [, listed, stored] = await batch(warehouse, (o) => [o.store("a", 1), o.list(), o.store("a", 2)]);
    expect([listed, stored]).toEqual([new Map(), 3]);
    expect(started(log)).toEqual(["store", "store"]);
  });

  test("is over at its deadline though the interceptor hangs", async () => {
    const hanging: Interceptor = (call, next) => (call.member === "list" ? new Promise(() => undefined) : next(call));
    const { home, warehouse, held } = await openInterceptedHome({ client: [hanging] });
    const failure = failureOf(
      batch(withOptions(warehouse, { timeoutMs: 50 }), (o) => [o.store("a", 1), o.list(), o.store("a", 2)]),
    );
    await home.clock.advance(50);
    expect(await failure).toMatchObject({ index: 1, cause: { code: "HW_DEADLINE" } });
    expect(held()).toMatchObject({ callsPending: 0, callsRunning: 0 });
  });
});

describe("assign through an interceptor", () => {
  test("writes in order", async () => {
    const { warehouse } = await openInterceptedHome({ client: [logging([])] });
    await assign(warehouse, { quantity: 7 });
    expect(await warehouse.quantity).toBe(7);
  });
});
