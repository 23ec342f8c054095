import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { Connection } from "../../src/client/connection.js";
import { assign, release, sameRemote, withOptions } from "../../src/client/proxy-functions.js";
import { oneway } from "../../src/client/oneway.js";
import type { Remote } from "../../src/client/remote.js";
import { CallError, RemoteError } from "../../src/errors/hearthwire-error.js";
import type { AuthorizeRequest } from "../../src/objects/call-handler-options.js";
import { type CallContext, callContext } from "../../src/objects/call-context.js";
import { expose } from "../../src/objects/expose.js";
import type { StandardSchema } from "../../src/objects/standard-schema.js";
import { LinkedDaemon } from "../../src/testing/linked-daemon.js";
import { collectGarbageUntil } from "../session/support/collect-garbage.js";

/** Where clients leave things for each other. */
class Hub {
  readonly held = new Map<string, unknown>();
  leave(name: string, value: unknown): void {
    this.held.set(name, value);
  }
  take(name: string): unknown {
    return this.held.get(name);
  }
  takeAll(): unknown {
    return [...this.held.values()];
  }
  async call(listener: (value: unknown) => unknown, name: string): Promise<unknown> {
    return listener(this.held.get(name));
  }
  isHeld(name: string, value: unknown): boolean {
    return this.held.get(name) === value;
  }
  forget(): void {
    this.held.clear();
  }
}
expose(Hub, ["leave", "take", "takeAll", "call", "isHeld", "forget"]);

class Sensor {
  #limit = 1;
  answer!: () => void;
  readonly #answered = new Promise<void>((resolve) => (this.answer = resolve));
  readonly heard: unknown[] = [];
  context: CallContext | undefined;
  ended = 0;
  produced = 0;
  get limit(): number {
    return this.#limit;
  }
  set limit(value: number) {
    this.#limit = value;
  }
  get name(): string {
    return "door";
  }
  read(factor: number): number {
    return 21 * factor;
  }
  secret(): string {
    return "never listed";
  }
  note(text: unknown): void {
    this.heard.push(text);
  }
  fail(): never {
    throw Object.assign(new RangeError("too hot"), { code: "HOT", degrees: 90 });
  }
  never(): Promise<never> {
    return new Promise(() => undefined);
  }
  /** Runs until it is given up. */
  hang(): Promise<number> {
    this.context = callContext();
    return new Promise(() => undefined);
  }
  /** Until the test answers. */
  wait(): Promise<void> {
    return this.#answered;
  }
  itself(): this {
    return this;
  }
  async *watch(): AsyncGenerator<number, string> {
    try {
      for (let count = 1; count <= 10_000; count++) {
        this.produced = count;
        yield count;
      }
      return "all";
    } finally {
      this.ended++;
    }
  }
  async sum(numbers: AsyncIterable<number>): Promise<number> {
    let total = 0;
    for await (const number of numbers) total += number;
    return total;
  }
}
expose(Sensor, {
  only: ["limit", "name", "read", "note", "fail", "never", "hang", "wait", "itself", "watch", "sum"],
  members: { limit: { writable: true }, note: { oneway: true } },
});

const text: StandardSchema<string> = {
  "~standard": {
    version: 1,
    vendor: "test",
    validate: (value: unknown) => (typeof value === "string" ? { value } : { issues: [{ message: "no text" }] }),
  },
};
class Strict {
  take(given: string): string {
    return given;
  }
  hint(given: string): void {
    void given;
  }
}
expose(Strict, { members: { take: { input: [text] }, hint: { input: [text], oneway: true } } });

interface Objects {
  hub: Hub;
}
let daemon: LinkedDaemon;
let hub: Hub;
let asked: AuthorizeRequest[];
let alice: Connection<Objects>;
let bob: Connection<Objects>;
let sensor: Sensor;

const hubOf = (connection: Connection<Objects>): Remote<Hub> => connection.object("hub");
const taken = async (name = "sensor"): Promise<Remote<Sensor>> => (await hubOf(bob).take(name)) as Remote<Sensor>;

beforeEach(async () => {
  hub = new Hub();
  asked = [];
  const authorize = (request: AuthorizeRequest): boolean => asked.push(request) > 0 && request.member !== "never";
  daemon = new LinkedDaemon({ hub }, { daemon: { authorize } });
  alice = daemon.connect<Objects>({ subject: "alice" });
  bob = daemon.connect<Objects>({ subject: "bob" });
  sensor = new Sensor();
  await hubOf(alice).leave("sensor", sensor);
});
afterEach(() => daemon.close());

describe("an object of one client, passed on to another", () => {
  it("has the members that its owner announced, as what it announced them", async () => {
    const remote = await taken();
    expect(["read", "limit", "name", "watch", "secret"].map((name) => name in remote)).toEqual([
      true,
      true,
      true,
      true,
      false,
    ]);
    await expect(remote.read(2)).resolves.toBe(42);
    await expect(remote.limit).resolves.toBe(1);
    await expect(remote.name).resolves.toBe("door");
  });

  it("has its accessors written", async () => {
    const remote = await taken();
    await assign(remote, { limit: 5 });
    expect(sensor.limit).toBe(5);
    const { code } = (await (assign as (on: unknown, values: object) => Promise<void>)(remote, { name: "x" }).catch(
      (error: unknown) => error,
    )) as CallError;
    expect(code).toBe("HW_NO_SUCH_MEMBER");
  });

  it("has no member that was not announced, whatever its owner's class has", async () => {
    const open = (bob as Connection).object("hub") as unknown as { take(name: string): { secret(): Promise<unknown> } };
    await expect(open.take("sensor").secret()).rejects.toMatchObject({ code: "HW_NO_SUCH_MEMBER" });
  });

  it("takes calls before its proxy has come", async () => {
    const open = (bob as Connection).object("hub") as unknown as {
      take(name: string): { read(factor: number): Promise<unknown> };
    };
    await expect(open.take("sensor").read(3)).resolves.toBe(63);
  });

  it("runs its one-way members without an answer", async () => {
    const remote = await taken();
    await remote.note("asked");
    oneway(remote).note("told");
    await remote.read(1);
    expect(sensor.heard).toEqual(["asked", "told"]);
  });

  it("has a one-way call that goes wrong reported by its owner, who runs it", async () => {
    const failures: Error[] = [];
    alice.on("unobserved", (error) => void failures.push(error));
    await hubOf(alice).leave("strict", new Strict());
    const strict = (await hubOf(bob).take("strict")) as { hint(text: unknown): Promise<void> };
    await strict.hint(1);
    await expect.poll(() => failures).toMatchObject([{ code: "HW_ARGUMENTS_INVALID" }]);
  });

  it("gives results by reference of its own, functions too", async () => {
    const remote = await taken();
    expect(sameRemote(await remote.itself(), remote)).toBe(true);
    await hubOf(alice).leave("make", () => () => "made");
    const make = (await hubOf(bob).take("make")) as () => Promise<() => Promise<string>>;
    await expect((await make())()).resolves.toBe("made");
  });

  it("has what its code throws arrive whole", async () => {
    const remote = (await taken()) as unknown as { fail(): Promise<unknown> };
    const error: unknown = await remote.fail().then(undefined, (thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(RemoteError);
    expect(error).toMatchObject({
      name: "RangeError",
      message: "too hot",
      code: "HOT",
      details: { degrees: 90 },
      delivery: "ran",
    });
  });

  it("has its streams passed on with backpressure, and ended by their reader", async () => {
    const remote = await taken();
    const seen: number[] = [];
    for await (const count of remote.watch()) {
      seen.push(count);
      if (count === 3) break;
    }
    expect(seen).toEqual([1, 2, 3]);
    await expect.poll(() => sensor.ended).toBe(1);
    // Both hops have their windows of 16, and no more was asked of the producer.
    expect(sensor.produced).toBeLessThan(100);
  });

  it("has a stream's last item and its return value arrive", async () => {
    const stream = await (await taken()).watch();
    let count = 0;
    for (;;) {
      const step = await stream.next();
      if (step.done === true) {
        expect(step.value).toBe("all");
        break;
      }
      count = step.value;
    }
    expect(count).toBe(10_000);
  });

  it("takes streams and callbacks as arguments", async () => {
    const remote = await taken();
    const numbers = async function* (): AsyncGenerator<number> {
      yield 1;
      yield 2;
    };
    await expect(remote.sum(numbers())).resolves.toBe(3);
    await hubOf(alice).leave(
      "twice",
      async (task: (text: string) => Promise<string>) => (await task("a")) + (await task("b")),
    );
    const twice = (await hubOf(bob).take("twice")) as (task: (text: string) => string) => Promise<string>;
    await expect(twice((text) => `${text}!`)).resolves.toBe("a!b!");
  });

  it("is asked of authorize, without an object id, and not shown where that says no", async () => {
    const remote = await taken();
    asked.length = 0;
    await remote.read(1);
    expect(asked).toMatchObject([{ object: "", member: "read", principal: { subject: "bob" } }]);
    expect("never" in remote).toBe(false);
  });

  it("is given up when its caller gives up", async () => {
    const patience = new AbortController();
    const call = withOptions(await taken(), { signal: patience.signal }).hang();
    call.catch(() => undefined);
    await expect.poll(() => sensor.context).toBeDefined();
    expect(sensor.context?.signal.aborted).toBe(false);
    patience.abort(new Error("enough"));
    await expect(call).rejects.toThrow("enough");
    await expect.poll(() => sensor.context?.signal.aborted).toBe(true);
  });

  it("has its caller's deadline, less what has passed", async () => {
    const until = Date.now() + 5_000;
    withOptions(await taken(), { timeoutMs: 5_000 })
      .hang()
      .catch(() => undefined);
    await expect.poll(() => sensor.context).toBeDefined();
    expect(Math.abs(Number(sensor.context?.deadline) - until)).toBeLessThan(1_000);
  });

  it("has the daemon for its caller, who forwards no annotations", async () => {
    const remote = withOptions(await taken(), { annotations: { token: "secret" } });
    remote.hang().catch(() => undefined);
    await expect.poll(() => sensor.context).toBeDefined();
    expect(sensor.context?.annotations).toEqual({});
    expect(sensor.context?.principal.subject).toBe("alice");
  });

  it("starts calls in the order made", async () => {
    const remote = await taken();
    await Promise.all([1, 2, 3, 4].map((each) => remote.note(each)));
    await remote.read(1);
    expect(sensor.heard).toEqual([1, 2, 3, 4]);
  });
});

describe("the identity of what was passed on", () => {
  it("is one: in a payload, in two, and by a view of the daemon's proxy", async () => {
    await hubOf(alice).leave("again", sensor);
    hub.held.set("view", withOptions(hub.held.get("sensor") as Remote<Sensor>, { timeoutMs: 5 }));
    const [first, second, third] = (await hubOf(bob).takeAll()) as object[];
    expect(second).toBe(first);
    expect(third).toBe(first);
    expect(await taken()).toBe(first);
  });

  it("is the daemon's own proxy when it is given back to the daemon", async () => {
    await expect(hubOf(bob).isHeld("sensor", await taken())).resolves.toBe(true);
  });

  it("is the very object when it comes home to its owner", async () => {
    await hubOf(bob).leave("back", await taken());
    let home: unknown;
    await hubOf(alice).call((value) => void (home = value), "back");
    expect(home).toBe(sensor);
  });

  it("takes no second place in a table that is full", async () => {
    const small = new LinkedDaemon({ hub }, { daemon: { limits: { maxReferences: 1 } } });
    const [eve, fred] = [small.connect<Objects>(), small.connect<Objects>()];
    await hubOf(eve).leave("sensor", sensor);
    const first = await hubOf(fred).take("sensor");
    expect(await hubOf(fred).take("sensor")).toBe(first);
    hub.held.set("own", new Sensor());
    await expect(hubOf(fred).take("own")).rejects.toMatchObject({ code: "HW_LIMIT" });
    await small.close();
  });

  it("ends with its release, and begins anew when it is passed on again", async () => {
    const first = await taken();
    release(first);
    await expect(first.read(1)).rejects.toMatchObject({ code: "HW_RELEASED" });
    const second = await taken();
    expect(second).not.toBe(first);
    await expect(second.read(1)).resolves.toBe(21);
  });
});

describe("the calls that one client has passed on to another", () => {
  const giveUp = (calls: readonly Promise<unknown>[]): void =>
    calls.forEach((call) => void call.catch(() => undefined));

  it("are 64 at once, so that others still reach their owner", async () => {
    // Regression: 256 calls that hung kept everybody else, the daemon's program too, from the owner.
    const remote = await taken();
    const carol = daemon.connect<Objects>({ subject: "carol" });
    const others = (await hubOf(carol).take("sensor")) as Remote<Sensor>;
    giveUp(Array.from({ length: 64 }, () => remote.hang()));
    await expect(remote.read(1)).rejects.toMatchObject({
      code: "HW_LIMIT",
      limit: "relayedCalls",
      allowed: 64,
      retryable: true,
    });
    await expect(others.read(1)).resolves.toBe(21);
  });

  it("have room again once some are answered", async () => {
    const remote = await taken();
    const answers = Promise.all(Array.from({ length: 64 }, () => remote.wait()));
    await expect(remote.read(1)).rejects.toMatchObject({ code: "HW_LIMIT" });
    sensor.answer();
    await answers;
    await expect(remote.read(1)).resolves.toBe(21);
  });

  it("have 16 streams open among their results, and room again once one has ended", async () => {
    const remote = await taken();
    const streams = await Promise.all(Array.from({ length: 16 }, () => remote.watch()));
    await expect(remote.watch()).rejects.toMatchObject({ code: "HW_LIMIT", limit: "relayedStreams", allowed: 16 });
    await expect(remote.read(1)).resolves.toBe(21);
    await streams[0]?.return?.("enough");
    await remote.read(1);
    await expect(remote.watch()).resolves.toBeDefined();
  });

  it("have 16 streams open among their arguments", async () => {
    const remote = await taken();
    const endless = async function* (): AsyncGenerator<number> {
      yield await new Promise<number>(() => undefined);
    };
    giveUp(Array.from({ length: 16 }, () => remote.sum(endless())));
    await expect(remote.sum(endless())).rejects.toMatchObject({ code: "HW_LIMIT", limit: "relayedStreams" });
    const carol = daemon.connect<Objects>({ subject: "carol" });
    const others = (await hubOf(carol).take("sensor")) as Remote<Sensor>;
    const numbers = async function* (): AsyncGenerator<number> {
      yield* [1, 2];
    };
    await expect(others.sum(numbers())).resolves.toBe(3);
  });
});

describe("objects of ever new classes, passed on", () => {
  it("leave three quarters of what a session knows of classes to the daemon's own", async () => {
    // Regression: one client that left objects of 4096 classes made another's session useless for the rest of its life.
    const ofNewClass = (index: number): object => {
      const Class = class {};
      Object.defineProperty(Class.prototype, `m${index}`, { value: () => index });
      expose(Class, [`m${index}`] as never);
      return new Class();
    };
    await hubOf(alice).forget();
    for (let index = 0; index < 1023; index++) await hubOf(alice).leave(`${index}`, ofNewClass(index));
    await hubOf(alice).leave("known", sensor);
    await hubOf(bob).takeAll();
    await hubOf(alice).leave("new", ofNewClass(1024));
    const refused = hubOf(bob).take("new");
    await expect(refused).rejects.toMatchObject({ code: "HW_LIMIT" });
    await expect(refused).rejects.toThrow(/1024 different lists of members of objects that other peers gave/);
    await expect((await taken("known")).read(1)).resolves.toBe(21);
    hub.held.set("own", new Strict());
    const own = (await hubOf(bob).take("own")) as { take(text: string): Promise<string> };
    await expect(own.take("a")).resolves.toBe("a");
  });
});

describe("a WritableStream of one client, passed on to another", () => {
  it("is aborted when the other leaves in the middle of writing", async () => {
    let aborted!: (reason: unknown) => void;
    const abort = new Promise((resolve) => (aborted = resolve));
    await hubOf(alice).leave("sink", new WritableStream({ abort: (reason) => aborted(reason) }));
    const writer = ((await hubOf(bob).take("sink")) as WritableStream).getWriter();
    writer.closed.catch(() => undefined);
    await writer.write(1);
    await bob.close();
    await expect(abort).resolves.toMatchObject({ name: "ConnectionError", details: { code: "HW_CONNECTION_CLOSED" } });
  });

  it("takes chunks of the other, and ends with it", async () => {
    const chunks: unknown[] = [];
    await hubOf(alice).leave(
      "sink",
      new WritableStream({ write: (chunk) => void chunks.push(chunk), close: () => void chunks.push("closed") }),
    );
    const writer = ((await hubOf(bob).take("sink")) as WritableStream).getWriter();
    await writer.write(1);
    await writer.write(2);
    await writer.close();
    expect(chunks).toEqual([1, 2, "closed"]);
  });
});

describe("what can't be passed on", () => {
  it("is a proxy that the daemon has released", async () => {
    release(hub.held.get("sensor") as Remote<Sensor>);
    await expect(hubOf(bob).take("sensor")).rejects.toMatchObject({
      code: "HW_CANNOT_SEND",
      message: expect.stringMatching(/^result.*released/) as string,
    });
  });

  it("is a client's proxy of another connection", async () => {
    const remote = await taken();
    const carol = daemon.connect<Objects>({ subject: "carol" });
    await expect(hubOf(carol).leave("stolen", remote)).rejects.toMatchObject({
      code: "HW_CANNOT_SEND",
      message: expect.stringMatching(/args\[1\].*another connection.*a function of your own/) as string,
    });
  });

  it("is a proxy that belongs to another daemon", async () => {
    await using other = {
      daemon: new LinkedDaemon({ hub: new Hub() }),
      [Symbol.asyncDispose]: () => other.daemon.close(),
    };
    const dave = other.daemon.connect<Objects>();
    hub.held.set("foreign", await (dave.object("hub") as Remote<Hub>).take("nothing"));
    await (dave.object("hub") as Remote<Hub>).leave("mine", new Sensor());
    const foreign = new Hub();
    other.daemon.core.register(foreign, { id: "second" });
    await (dave as Connection).object<Hub>("second" as never).leave("sensor", new Sensor());
    hub.held.set("foreign", foreign.held.get("sensor"));
    await expect(hubOf(bob).take("foreign")).rejects.toMatchObject({
      code: "HW_CANNOT_SEND",
      message: expect.stringContaining("another connection") as string,
    });
  });

  it("is a WritableStream that the daemon's program is writing to", async () => {
    await hubOf(alice).leave("sink", new WritableStream());
    (hub.held.get("sink") as WritableStream).getWriter();
    await expect(hubOf(bob).take("sink")).rejects.toMatchObject({
      code: "HW_CANNOT_SEND",
      message: expect.stringContaining("has a writer") as string,
    });
  });

  it("is a result of another client that has not come yet", async () => {
    const proxy = hub.held.get("sensor") as Remote<Sensor>;
    hub.held.set("pending", { result: proxy.read(1) });
    await expect(hubOf(bob).take("pending")).rejects.toMatchObject({
      code: "HW_CANNOT_SEND",
      message: expect.stringContaining("await it first") as string,
    });
  });
});

describe("when the daemon", () => {
  it("has released what it passed on, calls fail as of a reference that is gone", async () => {
    const remote = await taken();
    release(hub.held.get("sensor") as Remote<Sensor>);
    await expect(remote.read(1)).rejects.toMatchObject({ code: "HW_REFERENCE_GONE", delivery: "not-sent" });
  });
});

describe("when the owner of what was passed on", () => {
  it("has left, calls fail as of a reference that is gone", async () => {
    const remote = await taken();
    await alice.close();
    const error: unknown = await remote.read(1).then(undefined, (thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(CallError);
    expect(error).toMatchObject({ code: "HW_REFERENCE_GONE", delivery: "not-sent" });
  });

  it("leaves in the middle of a call, it is unknown whether that ran", async () => {
    let entered!: () => void;
    const running = new Promise<void>((resolve) => (entered = resolve));
    await hubOf(alice).leave("hang", () => (entered(), new Promise(() => undefined)));
    const hang = (await hubOf(bob).take("hang")) as () => Promise<unknown>;
    const call = hang().then(undefined, (thrown: unknown) => thrown);
    await running;
    await alice.close();
    const error = await call;
    expect(error).toBeInstanceOf(CallError);
    expect(error).toMatchObject({ code: "HW_CANCELLED", delivery: "unknown" });
    expect((error as CallError).cause).toBeUndefined();
  });

  it("leaves in the middle of a stream, its reader hears of it", async () => {
    const stream = await (await taken()).watch();
    await stream.next();
    await alice.close();
    const rest = async (): Promise<void> => {
      for await (const _ of stream) void _;
    };
    await expect(rest()).rejects.toMatchObject({
      name: "ConnectionError",
      message: "the peer closed the connection",
      details: { code: "HW_CONNECTION_CLOSED" },
    });
  });

  it("refuses a call, the caller gets that refusal", async () => {
    await hubOf(alice).leave("strict", new Strict());
    const strict = (await hubOf(bob).take("strict")) as { take(text: unknown): Promise<string> };
    await expect(strict.take("a")).resolves.toBe("a");
    await expect(strict.take(1)).rejects.toMatchObject({
      code: "HW_ARGUMENTS_INVALID",
      delivery: "not-sent",
      issues: [{ message: "no text", path: [0] }],
    });
  });
});

describe("the tables of all three", () => {
  const references = (): readonly number[] =>
    [alice, bob]
      .map((connection) => connection.references().length)
      .concat([...daemon.core.sessions.values()].map((session) => session.references().length));

  it("are empty once the receiver has released it and the daemon's program has let it go", async () => {
    await (async () => {
      const remote = await taken();
      await remote.read(1);
      release(remote);
    })();
    await hubOf(bob).forget();
    await collectGarbageUntil(() => references().every((count) => count === 0));
    expect(references()).toEqual([0, 0, 0, 0]);
  });

  it("are empty once the receiver has left and the daemon's program has let it go", async () => {
    await taken();
    await bob.close();
    await hubOf(alice).forget();
    await collectGarbageUntil(() => references().every((count) => count === 0));
    expect(references()).toEqual([0, 0, 0]);
  });

  it("keep it for one receiver when another has released it", async () => {
    const carol = daemon.connect<Objects>({ subject: "carol" });
    const [first, second] = [await taken(), (await hubOf(carol).take("sensor")) as Remote<Sensor>];
    release(first);
    await hubOf(bob).forget();
    await collectGarbageUntil(() => bob.references().length === 0);
    await expect(second.read(2)).resolves.toBe(42);
  });
});
