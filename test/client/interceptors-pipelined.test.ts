import { describe, expect, test } from "vitest";
import { withOptions } from "../../src/client/proxy-functions.js";
import type { Remote } from "../../src/client/remote.js";
import { expose } from "../../src/objects/expose.js";
import type { Interceptor } from "../../src/objects/interceptor.js";
import { fakeClock } from "../../src/testing/fake-clock.js";
import { linkedPeers } from "../../src/testing/linked-peers.js";
import { URL_OF_HOME, type Warehouse } from "./home.js";
import { failureOf, gate, logging, openInterceptedHome } from "./intercepted-home.js";
import { settle } from "./stub-peer.js";
import { expectNoUnhandledRejection } from "./unhandled.js";

const EMPTY = { callsRunning: 0, callsPending: 0, streams: 0 };
const passing: Interceptor = (call, next) => next(call);
const asynchronous: Interceptor = async (call, next) => await next(call);

class Link {
  next(): Link {
    return this;
  }
}
expose(Link, ["next"]);

class Lamp {
  switch(): string {
    return "on";
  }
}
expose(Lamp, ["switch"]);

class Desk {
  readonly #lamp = new Lamp();
  get lamp(): Lamp {
    return this.#lamp;
  }
  self(): Desk {
    return this;
  }
  light(lamp: Lamp): string {
    return lamp.switch();
  }
  lightAll({ lamps }: { lamps: Lamp[] }): string[] {
    return lamps.map((lamp) => lamp.switch());
  }
}
expose(Desk, ["lamp", "self", "light", "lightAll"]);

/** How many calls each frame has that has any. */
function callsPerFrame(sent: readonly string[]): readonly number[] {
  return sent.map((frame) => frame.split(/\["(?:call|get|set)"/).length - 1).filter((count) => count > 0);
}

expectNoUnhandledRejection();

describe("a chain of calls through an interceptor", () => {
  test.each([
    ["that returns the promise of next", passing],
    ["that is async and calls next at once", asynchronous],
    ["that logs", logging([])],
  ])("%s goes in one frame", async (_, interceptor) => {
    const { warehouse, sent } = await openInterceptedHome({ client: [interceptor, interceptor] });
    expect(await warehouse.shelf("top").name()).toBe("top");
    expect(callsPerFrame(sent)).toEqual([2]);
  });

  test("goes in one frame when the result stands among the arguments", async () => {
    const objects = { tools: { make: () => () => 7, run: async (task: () => Promise<number>) => await task() } };
    await using peers = await linkedPeers(objects, { client: { interceptors: [asynchronous] } });
    const tools = peers.object("tools");
    expect(await tools.run(tools.make() as never)).toBe(7);
  });

  describe.each([
    ["that returns the promise of next", passing],
    ["that awaits before it calls next", async (call, next) => (await settle(), next(call))],
  ] satisfies [string, Interceptor][])("%s", (_, interceptor) => {
    test.each([
      ["of a result that isn't there yet", (desk: Remote<Desk>) => desk.self().lamp],
      ["of an object whose members are not known", (desk: Remote<Desk>) => desk.lamp],
    ])("takes an accessor %s as an argument, by itself and inside another", async (__, lamp) => {
      await using peers = await linkedPeers({ desk: new Desk() }, { client: { interceptors: [interceptor] } });
      const desk = peers.object("desk");
      expect(await desk.light(lamp(desk))).toBe("on");
      expect(await desk.lightAll({ lamps: [lamp(desk) as never] })).toEqual(["on"]);
    });

    test("takes an accessor of an object whose members are known", async () => {
      await using peers = await linkedPeers({ desk: new Desk() }, { client: { interceptors: [interceptor] } });
      const desk = await peers.object("desk").self();
      expect(await desk.light(desk.lamp)).toBe("on");
      expect(await desk.lightAll({ lamps: [desk.lamp as never] })).toEqual(["on"]);
    });
  });

  test("goes in one frame when the result stands deep in the arguments", async () => {
    const ran: unknown[] = [];
    const objects = {
      tools: {
        make: () => () => 7,
        run: async ({ tasks }: { tasks: (() => number)[] }) => void ran.push(tasks[0]?.()),
      },
    };
    await using peers = await linkedPeers(objects, { client: { interceptors: [asynchronous] } });
    const tools = peers.object("tools");
    const made = tools.make();
    await tools.run({ tasks: [made] } as never);
    expect(ran).toEqual([7]);
  });

  test("waits while an interceptor has not called next yet", async () => {
    const late = gate();
    const delaying: Interceptor = async (call, next) => {
      if (call.member === "shelf") await late.passed;
      return next(call);
    };
    const { warehouse, sent, held } = await openInterceptedHome({ client: [delaying] });
    const name = warehouse.shelf("top").name();
    await settle();
    expect(sent).toEqual([]);
    late.open();
    expect(await name).toBe("top");
    expect(callsPerFrame(sent)).toEqual([2]);
    expect(held()).toMatchObject(EMPTY);
  });

  test("keeps the order of calls on a result that was waited for", async () => {
    const late = gate();
    const order: unknown[] = [];
    const delaying: Interceptor = async (call, next) => {
      if (call.member === "shelf") await late.passed;
      return next(call);
    };
    const noting: Interceptor = (call, next) => {
      if (call.member === "isNamed") order.push(call.args[0]);
      return next(call);
    };
    const { warehouse } = await openInterceptedHome({ client: [delaying], server: [noting] });
    const shelf = warehouse.shelf("top");
    const first = shelf.isNamed("first");
    // Made right after the interceptor has gone on, before anything else runs.
    const second = late.passed.then(() => shelf.isNamed("second"));
    late.open();
    await Promise.all([first, second]);
    expect(order).toEqual(["first", "second"]);
  });

  test("of any length waits and goes on", async () => {
    const late = gate();
    let isFirst = true;
    const delaying: Interceptor = async (call, next) => {
      if (isFirst) {
        isFirst = false;
        await late.passed;
      }
      return next(call);
    };
    await using peers = await linkedPeers({ link: new Link() }, { client: { interceptors: [delaying] } });
    let last = peers.object("link").next();
    for (let count = 0; count < 3_000; count++) last = last.next();
    late.open();
    expect(await last).toBeDefined();
  });

  test("goes on what an interceptor answered without the peer", async () => {
    const log: string[] = [];
    let known: unknown;
    const caching: Interceptor = async (call, next) => {
      if (call.member !== "shelf") return next(call);
      await settle();
      return (known ??= await next(call));
    };
    const { warehouse } = await openInterceptedHome({ client: [caching], server: [logging(log)] });
    const names = [await warehouse.shelf("top").name(), await warehouse.shelf("bottom").name()];
    expect(names).toEqual(["top", "top"]);
    expect(log.filter((line) => line.startsWith("server")).length).toBe(3);
  });

  test("fails as the call failed that it hangs on", async () => {
    const refusing: Interceptor = async (call, next) => {
      if (call.member !== "shelf") return next(call);
      await settle();
      throw new TypeError("no shelf for you");
    };
    const { warehouse, sent } = await openInterceptedHome({ client: [refusing] });
    const shelf = warehouse.shelf("top");
    expect(await failureOf(shelf.name())).toEqual(new TypeError("no shelf for you"));
    expect(await failureOf(Promise.resolve(warehouse.listen(shelf as never)))).toEqual(
      new TypeError("no shelf for you"),
    );
    expect(sent).toEqual([]);
  });

  test("hangs on the peer's own result while it is under way, and on the next try after a failed one", async () => {
    let failures = 1;
    const log: string[] = [];
    const objects = {
      tools: {
        make: () => {
          if (failures-- > 0) throw new RangeError("not now");
          return (text: string) => text.toUpperCase();
        },
        run: async (task: (text: string) => Promise<string>) => await task("abc"),
      },
    };
    const retrying: Interceptor = async (call, next) => {
      try {
        return await next(call);
      } catch (error) {
        log.push(`${call.member}: ${(error as Error).message}`);
        return next(call);
      }
    };
    await using peers = await linkedPeers(objects, { client: { interceptors: [retrying] } });
    const tools = peers.object("tools");
    expect(await tools.run(tools.make() as never)).toBe("ABC");
    expect(log).toEqual(["make: not now", "run: not now"]);
  });

  test("has its deadline while it waits for an interceptor of another call", async () => {
    const delaying: Interceptor = (call, next) => (call.member === "shelf" ? new Promise(() => undefined) : next(call));
    const { home, warehouse, held } = await openInterceptedHome({ client: [delaying] });
    const shelf = withOptions(warehouse, { timeoutMs: 1_000 }).shelf("top");
    const name = failureOf(shelf.name());
    await home.clock.advance(1_000);
    expect(await name).toMatchObject({ code: "HW_DEADLINE", delivery: "not-sent" });
    expect(held()).toMatchObject(EMPTY);
  });

  test("is not made when the interceptor of another call goes on after its deadline", async () => {
    const late = gate();
    const delaying: Interceptor = async (call, next) => {
      if (call.member === "shelf") await late.passed;
      return next(call);
    };
    const { home, warehouse, sent } = await openInterceptedHome({ client: [delaying] });
    const make = warehouse.shelf("top");
    const shelf = withOptions(warehouse, { timeoutMs: 50 });
    const listened = failureOf(Promise.resolve(shelf.listen(make as never)));
    await home.clock.advance(50);
    expect(await listened).toMatchObject({ code: "HW_DEADLINE" });
    late.open();
    await make;
    await settle();
    expect(callsPerFrame(sent)).toEqual([1]);
  });

  test("is made when the connection is there", async () => {
    const { home } = await openInterceptedHome();
    const options = { ...home.options, isolated: true, interceptors: [asynchronous] };
    const connection = home.openConnection<{ warehouse: Warehouse }>(URL_OF_HOME, options);
    expect(await connection.object("warehouse").shelf("top").name()).toBe("top");
  });

  test("fails while it waits for the connection as the call failed that it hangs on", async () => {
    const { home } = await openInterceptedHome();
    let isOpen = (): void => undefined;
    const connection = home.openConnection<{ warehouse: Warehouse }>(URL_OF_HOME, {
      ...home.options,
      isolated: true,
      interceptors: [passing],
      onHandshake: () => new Promise<void>((resolve) => (isOpen = resolve)),
    });
    const leaving = new AbortController();
    const shelf = withOptions(connection.object("warehouse"), { signal: leaving.signal }).shelf("top");
    const name = failureOf(shelf.name());
    await settle();
    leaving.abort("gone");
    await settle();
    isOpen();
    expect(await name).toBe("gone");
  });
});

describe("a call without a deadline whose connection ends while its interceptor waits", () => {
  const withoutDeadline = async (interceptor: Interceptor) => {
    const clock = fakeClock();
    const client = { interceptors: [interceptor], timeoutMs: 0 };
    const peers = await linkedPeers({ desk: new Desk() }, { client, clock });
    await peers.connection.ready;
    return { clock, peers, desk: peers.object("desk") };
  };

  test("tells the interceptor by its signal", async () => {
    const { peers, desk } = await withoutDeadline(
      ({ signal }) =>
        new Promise((_, reject) => signal.addEventListener("abort", () => reject(signal.reason as Error))),
    );
    const failed = failureOf(desk.self());
    await settle();
    await peers.connection.close();
    expect(await failed).toMatchObject({ code: "HW_CONNECTION_CLOSED" });
    await peers[Symbol.asyncDispose]();
  });

  test("fails although the interceptor hangs, and leaves no timer behind", async () => {
    const { clock, peers, desk } = await withoutDeadline(() => new Promise(() => undefined));
    const failed = failureOf(desk.self());
    await settle();
    await peers.connection.close();
    await clock.advance(10_000);
    expect(await failed).toMatchObject({ code: "HW_CONNECTION_CLOSED", delivery: "not-sent", member: "self" });
    await peers[Symbol.asyncDispose]();
    expect(clock.pendingTimers).toBe(0);
  });

  test("may still be answered otherwise", async () => {
    const { peers, desk } = await withoutDeadline(async (call, next) => next(call).catch(() => "from a cache"));
    const called = desk.light(new Lamp() as never);
    await peers.connection.close();
    expect(await called).toBe("from a cache");
    await peers[Symbol.asyncDispose]();
  });

  test("is told so as well when it is made after that", async () => {
    const { clock, peers, desk } = await withoutDeadline(() => new Promise(() => undefined));
    await peers.connection.close();
    await settle();
    const failed = failureOf(desk.self());
    await clock.advance(10_000);
    expect(await failed).toMatchObject({ code: "HW_CONNECTION_CLOSED" });
    await peers[Symbol.asyncDispose]();
  });
});
