import { describe, expect, it } from "vitest";
import { Key } from "../../src/auth/key.js";
import { KeyRing } from "../../src/auth/key-ring.js";
import { mintTicketAt } from "../../src/auth/ticket.js";
import type { SessionInfo } from "../../src/daemon/daemon-events.js";
import { DaemonCore } from "../../src/daemon/daemon.js";
import type { CoreOptions } from "../../src/daemon/options.js";
import { ConfigError } from "../../src/errors/hearthwire-error.js";
import { instancesOf } from "../../src/objects/instances-of.js";
import { expose } from "../../src/objects/expose.js";
import { callContext } from "../../src/objects/call-context.js";
import type { PayloadSerializer } from "../../src/serializers/payload.js";
import { superjsonSerializer } from "../../src/serializers/superjson-serializer.js";
import { Bench } from "./raw-peer.js";

/** A promise and what settles it. */
function deferred<T = void>() {
  let resolve!: (value: T) => void;
  let reject!: (error: unknown) => void;
  const promise = new Promise<T>((...settle) => ([resolve, reject] = settle));
  return { promise, resolve, reject };
}

describe("DaemonCore, as to its options,", () => {
  it.each([
    ["authorize", "yes"],
    ["onHandshake", 1],
  ])('refuses "%s" that is no function', (name, value) => {
    const options = { keys: new KeyRing(), [name]: value } as unknown as CoreOptions;
    expect(() => new DaemonCore({}, options)).toThrow(
      expect.objectContaining({ code: "HW_OPTION_INVALID", message: expect.stringContaining(`"${name}"`) as string }),
    );
  });

  it("refuses limits out of range before anyone connects", () => {
    expect(() => new DaemonCore({}, { keys: new KeyRing(), limits: { maxSessions: 0 } })).toThrow(ConfigError);
  });

  it("refuses an empty list of serializers", () => {
    expect(() => new DaemonCore({}, { keys: new KeyRing(), serializers: [] })).toThrow('"serializers"');
  });

  it("refuses objects of which peers could use nothing", () => {
    expect(() => new DaemonCore({ thing: new (class Thing {})() }, { keys: new KeyRing() })).toThrow(
      expect.objectContaining({ code: "HW_CANNOT_EXPOSE" }),
    );
  });
});

describe("a session", () => {
  it("stands in `sessions` from `accepted` to `closed`, with who the peer is", async () => {
    const bench = new Bench();
    const peer = await bench.member({}, { remoteAddress: "10.0.0.9", origin: "https://app.example" });
    const [info] = bench.accepted;
    expect(info).toMatchObject({
      principal: { kind: "key", id: "key:ann", subject: "ann" },
      remoteAddress: "10.0.0.9",
      origin: "https://app.example",
    });
    expect(info!.sessionId).toBe(Buffer.from(peer.established.sessionId).toString("hex"));
    expect(bench.daemon.sessions.get(info!.sessionId)).toBe(info);
    peer.say(["bye", "done", "", 1]);
    // Whoever says bye closes; one that does not is closed after 2 s.
    await bench.clock.advance(2_000);
    await peer.heard.closed_;
    expect(bench.closed.map(([session]) => session)).toEqual([info]);
    expect(bench.daemon.sessions.size).toBe(0);
  });

  it("is not accepted before its `open` came, and ends when that takes more than 5 s", async () => {
    const bench = new Bench();
    const peer = await bench.proved();
    await bench.clock.advance(4_999);
    expect([bench.accepted, peer.heard.closings]).toEqual([[], []]);
    await bench.clock.advance(1);
    // Its client may come again: what it said can have been lost with its line.
    expect((await peer.heard.closed_).code).toBe(4429);
    expect(bench.accepted).toEqual([]);
    expect(bench.refusals).toMatchObject([{ remoteAddress: "10.0.0.1", reason: "the session was not opened in time" }]);
    expect(bench.closed).toEqual([]);
  });

  it.each([
    ["of 0", 0, 0],
    ["", 120_000, 125_000],
  ])("leaves no timer behind when its line is lost before it was opened, with a window%s", async (_, windowMs, ms) => {
    const bench = new Bench({ sessions: { windowMs } });
    const peer = await bench.proved();
    peer.transport.destroy();
    await peer.heard.turns();
    await bench.clock.advance(ms);
    expect(bench.clock.pendingTimers).toBe(0);
    expect(bench.refusals.length).toBe(1);
  });

  it("ends from this side by `close`, with bye done", async () => {
    const bench = new Bench();
    const peer = await bench.member();
    await bench.accepted[0]!.close();
    expect((await peer.answer("bye"))[1]).toBe("done");
    expect((await peer.heard.closed_).code).toBe(1000);
    expect(bench.closed).toEqual([[bench.accepted[0]]]);
  });

  it("with a window of 0 ends with its line, and tells why it was lost", async () => {
    const bench = new Bench({ sessions: { windowMs: 0 } });
    const peer = await bench.member();
    peer.transport.destroy();
    await peer.heard.turns();
    expect(bench.closed[0]![1]).toMatchObject({ code: "HW_CONNECTION_CLOSED" });
  });

  it("is pinged after 20 s of silence and dropped after 50 s", async () => {
    const bench = new Bench();
    const peer = await bench.member();
    await bench.clock.advance(20_000);
    expect(await peer.answer("ping")).toEqual(["ping", 1]);
    await bench.clock.advance(30_000);
    expect((await peer.heard.closed_).code).toBe(4408);
  });

  it("gives each class one instance, disposed when the session ends", async () => {
    const disposed: number[] = [];
    let made = 0;
    class Cart {
      readonly number = ++made;
      which() {
        return this.number;
      }
      [Symbol.dispose]() {
        disposed.push(this.number);
      }
    }
    expose(Cart, ["which"]);
    const bench = new Bench({ objects: { cart: Cart } });
    const first = await bench.member();
    const second = await bench.member();
    for (const peer of [first, second]) {
      peer.say(["call", 1, "cart", "which", { json: [] }], ["call", 2, "cart", "which", { json: [] }]);
      await peer.answer("ok", 2);
    }
    expect((await first.answer("ok", 2))[2]).toEqual((await first.answer("ok", 1))[2]);
    expect(made).toBe(2);
    first.say(["bye", "done", "", 1]);
    // Whoever says bye closes; one that does not is closed after 2 s.
    await bench.clock.advance(2_000);
    await first.heard.closed_;
    await first.heard.turns();
    expect(disposed).toEqual([1]);
  });

  it("tells called objects who calls and from where, and keeps their notes", async () => {
    const contexts: unknown[] = [];
    const who = () => {
      const { principal, remoteAddress, origin, sessionId, locals } = callContext();
      locals.set("calls", ((locals.get("calls") as number | undefined) ?? 0) + 1);
      contexts.push({ principal: principal.id, remoteAddress, origin, sessionId, calls: locals.get("calls") });
    };
    const bench = new Bench({ objects: { me: { who } } });
    const peer = await bench.member({}, { remoteAddress: "10.0.0.9", origin: "https://app.example" });
    peer.say(["call", 1, "me", "who", { json: [] }], ["call", 2, "me", "who", { json: [] }]);
    await peer.answer("ok", 2);
    const known = {
      principal: "key:ann",
      remoteAddress: "10.0.0.9",
      origin: "https://app.example",
      sessionId: bench.accepted[0]!.sessionId,
    };
    expect(contexts).toEqual([
      { ...known, calls: 1 },
      { ...known, calls: 2 },
    ]);
  });
});

describe("onHandshake", () => {
  it("gets the client's data and who it is, and its answer goes back", async () => {
    const requests: unknown[] = [];
    const bench = new Bench({ onHandshake: async (request) => (requests.push(request), { welcome: "ann" }) });
    const peer = await bench.proved({}, { remoteAddress: "10.0.0.1", origin: "https://app.example" });
    peer.say(["open", { json: { version: 3 } }]);
    expect(await peer.answer("ready")).toEqual(["ready", { json: { welcome: "ann" } }]);
    expect(requests).toEqual([
      {
        data: { version: 3 },
        principal: { kind: "key", id: "key:ann", subject: "ann" },
        remoteAddress: "10.0.0.1",
        origin: "https://app.example",
      },
    ]);
  });

  it("is not asked before `open`, so never for a peer that did not prove itself", async () => {
    let asked = 0;
    const bench = new Bench({ onHandshake: () => asked++ });
    const peer = bench.peer();
    await peer.greet(bench.handshake());
    peer.say(["open"]);
    await peer.heard.closed_;
    expect(asked).toBe(0);
  });

  it.each([
    [
      "throwing",
      () => {
        throw new Error("version 3 is too old");
      },
    ],
    [
      "rejecting",
      async () => {
        throw new Error("version 3 is too old");
      },
    ],
  ])("refuses the session by %s: the client sees the message, nothing runs", async (_how, onHandshake) => {
    const bench = new Bench({ onHandshake });
    const peer = await bench.proved();
    peer.say(["open"], ["call", 1, "shop", "buy", { json: ["candle"] }]);
    expect(await peer.answer("refused")).toEqual([
      "refused",
      expect.objectContaining({ message: "version 3 is too old" }),
    ]);
    expect((await peer.heard.closed_).code).toBe(4403);
    expect([bench.ran, bench.accepted, bench.closed]).toEqual([[], [], []]);
    expect(bench.refusals).toEqual([
      {
        remoteAddress: "10.0.0.1",
        keyId: "ann",
        keyFingerprint: bench.key.fingerprint,
        principal: { kind: "key", id: "key:ann", subject: "ann" },
        sessionId: Buffer.from(peer.established.sessionId).toString("hex"),
        reason: "key:ann: version 3 is too old",
      },
    ]);
  });

  it("refuses the session by throwing something that is no Error, and shows nothing of it", async () => {
    const bench = new Bench({
      onHandshake: () => Promise.reject("password of the database"),
    });
    const peer = await bench.proved();
    peer.say(["open"]);
    await peer.answer("refused");
    expect(bench.refusals[0]!.reason).not.toContain("database");
  });

  it("doesn't open a session that ended while it was thinking", async () => {
    const answer = deferred();
    const bench = new Bench({ onHandshake: () => answer.promise });
    const peer = await bench.proved();
    peer.say(["open"]);
    peer.say(["bye", "done", "", 0]);
    await peer.heard.turns();
    answer.resolve();
    await peer.heard.turns();
    expect([bench.accepted, bench.closed]).toEqual([[], []]);
    expect(bench.refusals.length).toBe(1);
  });
});

describe("the limit maxSessions", () => {
  it("refuses the next session with HW_LIMIT after CONFIRM, and has room again when one ended", async () => {
    let asked = 0;
    const bench = new Bench({ limits: { maxSessions: 2 }, onHandshake: () => void asked++ });
    const first = await bench.member();
    await bench.member();
    const third = await bench.proved();
    third.say(["open"], ["call", 1, "shop", "buy", { json: ["candle"] }]);
    expect(await third.answer("refused")).toEqual([
      "refused",
      expect.objectContaining({ code: "HW_LIMIT", wire: 1, message: expect.stringContaining("maxSessions") as string }),
    ]);
    expect((await third.heard.closed_).code).toBe(4403);
    expect([bench.ran, asked]).toEqual([[], 2]);
    expect(bench.refusals[0]!.reason).toContain('"limits.maxSessions"');
    first.transport.close();
    await first.heard.closed_;
    await bench.member();
    expect(bench.accepted.length).toBe(3);
  });
});

describe("credentials that end", () => {
  it("end the sessions of a removed key with bye revoked, and leave the others alone", async () => {
    const bob = Key.generate({ id: "bob" });
    const bench = new Bench();
    bench.keys.add(bob);
    const ann = await bench.member();
    const other = await bench.member({ credential: { method: 1, key: bob } });
    bench.keys.remove("ann");
    expect((await ann.answer("bye"))[1]).toBe("revoked");
    expect((await ann.heard.closed_).code).toBe(4401);
    expect(bench.closed[0]![1]).toMatchObject({ code: "HW_REFUSED" });
    other.say(["call", 1, "shop", "buy", { json: ["candle"] }]);
    await other.answer("ok", 1);
    expect(bench.daemon.sessions.size).toBe(1);
  });

  it("end the sessions of all tickets of a removed root", async () => {
    const root = Key.generate({ id: "root", use: "mint" });
    const bench = new Bench({ keys: new KeyRing([root]) });
    const ticket = mintTicketAt(bench.clock.now(), { keys: root, subject: "user-17" });
    const peer = await bench.member({ credential: { method: 2, ticket } });
    bench.keys.remove("root");
    expect((await peer.answer("bye"))[1]).toBe("revoked");
  });

  it("end a session without a window 60 s after a ticket expired, and not a millisecond earlier", async () => {
    const root = Key.generate({ id: "root", use: "mint" });
    const bench = new Bench({ keys: new KeyRing([root]), sessions: { windowMs: 0 } });
    const ticket = mintTicketAt(bench.clock.now(), { keys: root, subject: "user-17", lifetimeMs: 10_000 });
    const peer = await bench.member({ credential: { method: 2, ticket } });
    await bench.clock.advance(30_000);
    peer.say(["pong", 1]);
    await bench.clock.advance(39_999);
    expect(peer.messages().some(([name]) => name === "bye")).toBe(false);
    await bench.clock.advance(1);
    expect((await peer.answer("bye"))[1]).toBe("expired");
    expect((await peer.heard.closed_).code).toBe(4401);
    expect(bench.closed[0]![1]).toMatchObject({ code: "HW_CREDENTIALS_EXPIRED" });
  });

  it("leave no timer behind", async () => {
    const root = Key.generate({ id: "root", use: "mint" });
    const bench = new Bench({ keys: new KeyRing([root]) });
    const ticket = mintTicketAt(bench.clock.now(), { keys: root, subject: "user-17" });
    const peer = await bench.member({ credential: { method: 2, ticket } });
    peer.say(["bye", "done", "", 1]);
    // Whoever says bye closes; one that does not is closed after 2 s.
    await bench.clock.advance(2_000);
    await peer.heard.closed_;
    await peer.heard.turns();
    expect(bench.clock.pendingTimers).toBe(0);
  });
});

describe("what may be called", () => {
  it("is asked of authorize, whose no reads like a member that doesn't exist", async () => {
    const asked: unknown[] = [];
    const bench = new Bench({
      objects: { shop: { look: () => "candles", buy: () => bench.ran.push("buy") } },
      authorize: (request) => (asked.push(request), request.member === "look"),
    });
    const peer = await bench.member();
    peer.say(
      ["call", 1, "shop", "look", { json: [] }],
      ["call", 2, "shop", "buy", { json: [] }],
      ["call", 3, "shop", "steal", { json: [] }],
    );
    expect(await peer.answer("ok", 1)).toEqual(["ok", 1, { json: "candles" }]);
    const denied = (await peer.answer("err", 2))[2] as { code: string; message: string };
    const missing = (await peer.answer("err", 3))[2] as { code: string; message: string };
    expect(denied.code).toBe("HW_NO_SUCH_MEMBER");
    expect(denied.message.replaceAll("buy", "steal")).toBe(missing.message);
    expect(bench.ran).toEqual([]);
    expect(asked).toContainEqual({
      principal: bench.accepted[0]!.principal,
      object: "shop",
      member: "look",
      remoteAddress: "10.0.0.1",
    });
  });

  it("is bounded by the objects of the key", async () => {
    const key = Key.generate({ id: "till", objects: ["till"] });
    const bench = new Bench({ keys: new KeyRing([key]), objects: { till: { open: () => 1 }, shop: { buy: () => 1 } } });
    const peer = await bench.member({ credential: { method: 1, key } });
    peer.say(["call", 1, "till", "open", { json: [] }], ["call", 2, "shop", "buy", { json: [] }]);
    await peer.answer("ok", 1);
    expect(await peer.answer("err", 2)).toMatchObject(["err", 2, { code: "HW_NO_SUCH_OBJECT" }]);
  });

  it("changes with register and unregister", async () => {
    const bench = new Bench();
    const peer = await bench.member();
    expect(bench.daemon.register({ ring: () => "ding" }, { id: "bell" })).toBe("bell");
    peer.say(["call", 1, "bell", "ring", { json: [] }]);
    expect(await peer.answer("ok", 1)).toEqual(["ok", 1, { json: "ding" }]);
    expect(bench.daemon.unregister("bell")).toBe(true);
    expect(bench.daemon.unregister("bell")).toBe(false);
    peer.say(["call", 2, "bell", "ring", { json: [] }]);
    expect(await peer.answer("err", 2)).toMatchObject(["err", 2, { code: "HW_NO_SUCH_OBJECT" }]);
  });

  it("mints tickets with the ring's own key", async () => {
    const bench = new Bench({ keys: new KeyRing([Key.generate({ id: "root", use: "mint" })]) });
    const ticket = bench.daemon.mintTicket({ subject: "user-17" });
    expect(Object.keys(ticket).sort()).toEqual(["expiresAtMs", "key", "payload"]);
  });

  it.each([
    [false, undefined],
    [true, expect.stringContaining("daemon.test.ts") as string],
  ])("keeps stacks to itself unless exposeStacks says otherwise (%s)", async (exposeStacks, stack) => {
    const fail = () => {
      throw new Error("no");
    };
    const bench = new Bench({ exposeStacks, objects: { shop: { fail } } });
    const peer = await bench.member();
    peer.say(["call", 1, "shop", "fail", { json: [] }]);
    const [, , error] = (await peer.answer("err", 1)) as readonly [string, number, { stack?: string }];
    expect(error.stack).toEqual(stack);
  });
});

describe("close", () => {
  it("tells peers, lets running calls finish, then ends every session with bye drain", async () => {
    const work = deferred<string>();
    const bench = new Bench({ objects: { shop: { wait: () => work.promise } } });
    const busy = await bench.member();
    const idle = await bench.member();
    busy.say(["call", 1, "shop", "wait", { json: [] }]);
    await busy.heard.turns();
    const closing = bench.daemon.close({ graceMs: 1_000 });
    expect(await busy.answer("drain")).toEqual(["drain", 1000]);
    await idle.answer("drain");
    expect(idle.messages().some(([name]) => name === "bye")).toBe(false);
    // Now it knows.
    idle.say();
    expect((await idle.answer("bye"))[1]).toBe("drain");
    expect(busy.messages().some(([name]) => name === "bye")).toBe(false);
    busy.say();
    work.resolve("done");
    expect(await busy.answer("ok", 1)).toEqual(["ok", 1, { json: "done" }]);
    expect((await busy.answer("bye"))[1]).toBe("drain");
    await closing;
    expect((await busy.heard.closed_).code).toBe(4503);
    expect(bench.daemon.sessions.size).toBe(0);
    expect(bench.clock.pendingTimers).toBe(0);
  });

  it("waits no longer than the grace", async () => {
    const bench = new Bench({ objects: { shop: { wait: () => new Promise(() => {}) } } });
    const peer = await bench.member();
    peer.say(["call", 1, "shop", "wait", { json: [] }]);
    await peer.heard.turns();
    const closing = bench.daemon.close();
    await bench.clock.advance(4_999);
    expect(peer.heard.closings).toEqual([]);
    await bench.clock.advance(1);
    expect((await peer.answer("bye"))[1]).toBe("drain");
    await closing;
  });

  it("turns away who is about to prove itself, and whoever comes later", async () => {
    const bench = new Bench();
    const early = bench.peer();
    await early.greet(bench.handshake());
    const closing = bench.daemon.close();
    const late = bench.peer();
    expect(await early.heard.closed_).toEqual({ code: 4503, reason: "" });
    expect(await late.heard.closed_).toEqual({ code: 4503, reason: "" });
    expect(bench.refusals.map(({ reason }) => reason)).toEqual(["the daemon is closing", "the daemon is closing"]);
    await closing;
  });

  it("is the same closing when it is asked twice, with the shorter grace, and settles `closed`", async () => {
    const bench = new Bench({ objects: { shop: { wait: () => new Promise(() => {}) } } });
    const peer = await bench.member();
    peer.say(["call", 1, "shop", "wait", { json: [] }]);
    await peer.heard.turns();
    const settled: string[] = [];
    void bench.daemon.closed.then(() => settled.push("closed"));
    const closings = [
      bench.daemon.close(),
      bench.daemon.close({ graceMs: 10 }),
      bench.daemon.close({ graceMs: 60_000 }),
    ];
    await bench.clock.advance(9);
    expect(settled).toEqual([]);
    await bench.clock.advance(1);
    await Promise.all(closings);
    await bench.daemon.close();
    expect(settled).toEqual(["closed"]);
    expect(bench.closed.length).toBe(1);
  });

  it.each([-1, 2 ** 31, Number.NaN])('refuses "graceMs" %d', async (graceMs) => {
    const bench = new Bench();
    await expect(bench.daemon.close({ graceMs })).rejects.toThrow('"graceMs" must be 0..2147483647');
    await bench.member();
  });

  it("ends the instances that all sessions share", async () => {
    const ended: string[] = [];
    class Stock {
      count() {
        return 1;
      }
      [Symbol.dispose]() {
        ended.push("stock");
      }
    }
    expose(Stock, ["count"]);
    const bench = new Bench({ objects: { stock: instancesOf(Stock, { mode: "single" }) } });
    const peer = await bench.member();
    peer.say(["call", 1, "stock", "count", { json: [] }]);
    await peer.answer("ok", 1);
    peer.say(["bye", "done", "", 2]);
    // Whoever says bye closes; one that does not is closed after 2 s.
    await bench.clock.advance(2_000);
    await peer.heard.closed_;
    expect(ended).toEqual([]);
    await bench.daemon.close();
    expect(ended).toEqual(["stock"]);
  });
});

describe("a serializer that breaks", () => {
  it("costs its session, never the process or another session", async () => {
    const sound = superjsonSerializer();
    const broken: PayloadSerializer = {
      id: 200,
      encode: (...given) => sound.encode(...given),
      encodeError: (...given) => sound.encodeError(...given),
      decode: (...given) => sound.decode(...given),
      decodeError: (...given) => sound.decodeError(...given),
      dependencies() {
        throw new TypeError("a fault");
      },
    };
    const bench = new Bench({ serializers: [sound, broken] });
    const victim = await bench.member();
    const attacker = await bench.member({ serializers: [200] });
    attacker.say(["call", 1, "shop", "buy", { json: ["candle"] }]);
    expect((await attacker.heard.closed_).code).toBe(4400);
    const fault = expect.objectContaining({ cause: expect.objectContaining({ message: "a fault" }) });
    expect(bench.unobserved).toEqual([[fault, { object: "", member: "" }]]);
    victim.say(["call", 1, "shop", "buy", { json: ["candle"] }]);
    await victim.answer("ok", 1);
  });
});

describe("events", () => {
  it("go on when a listener throws", async () => {
    const bench = new Bench();
    const errors: unknown[] = [];
    const original = console.error;
    console.error = (...said: unknown[]) => errors.push(said);
    try {
      bench.daemon.on("accepted", () => {
        throw new Error("listener");
      });
      const peer = await bench.member();
      peer.say(["call", 1, "shop", "buy", { json: ["candle"] }]);
      await peer.answer("ok", 1);
    } finally {
      console.error = original;
    }
    expect(errors.length).toBe(1);
  });

  it("go to the logger", async () => {
    const lines: string[] = [];
    const level = (message: string, fields?: object) => void lines.push(`${message} ${JSON.stringify(fields)}`);
    const bench = new Bench({ logger: { debug: level, info: level, warn: level, error: level } });
    await bench.member();
    bench.daemon.refused({ reason: "Host not allowed\n" });
    const { sessionId } = bench.accepted[0]!;
    expect(lines).toEqual([
      `hearthwire: accepted {"sessionId":"${sessionId}","principal":"key:ann","remoteAddress":"10.0.0.1"}`,
      'hearthwire: refused {"reason":"Host not allowed\\\\u000a"}',
    ]);
  });

  it("of a flood of one-way calls on what is missing go to listeners, and not all of them to the logger", async () => {
    const lines: string[] = [];
    const level = (message: string) => void lines.push(message);
    const bench = new Bench({ logger: { debug: level, info: level, warn: level, error: level } });
    const sessions = new Set<SessionInfo | undefined>();
    bench.daemon.on("unobserved", (_error, _call, session) => sessions.add(session));
    const peer = await bench.member();
    for (let id = 1; id <= 100; id++) peer.say(["call", id, "nothing", "buy", { json: [] }, { w: 1 }]);
    await peer.heard.turns();
    await bench.daemon.close({ graceMs: 0 });
    expect(bench.unobserved.length).toBe(100);
    expect([...sessions]).toEqual(bench.accepted);
    const count = (event: string) => lines.filter((line) => line === `hearthwire: ${event}`).length;
    expect([count("denied"), count("unobserved")]).toEqual([21, 21]);
  });

  it("tell of one-way calls that failed, which nobody else hears of", async () => {
    class Bell {
      ring() {
        throw new Error("broken");
      }
    }
    expose(Bell, { members: { ring: { oneway: true } } });
    const bench = new Bench({ objects: { bell: new Bell() } });
    const peer = await bench.member();
    peer.say(["call", 1, "bell", "ring", { json: [] }, { w: 1 }]);
    await peer.heard.turns();
    expect(bench.unobserved).toEqual([
      [expect.objectContaining({ message: "broken" }), { object: "bell", member: "ring" }],
    ]);
  });
});
