import { describe, expect, it, vi } from "vitest";
import { Key } from "../../src/auth/key.js";
import { KeyRing } from "../../src/auth/key-ring.js";
import type { Principal } from "../../src/auth/principal.js";
import { mintTicketAt } from "../../src/auth/ticket.js";
import { connect, openConnection } from "../../src/node/connect.js";
import { serve } from "../../src/node/serve.js";
import { accessRules } from "../../src/objects/access-rules.js";
import { callContext } from "../../src/objects/call-context.js";
import { expose } from "../../src/objects/expose.js";
import { instancesOf } from "../../src/objects/instances-of.js";
import { superjsonSerializer } from "../../src/serializers/superjson-serializer.js";
import { transportPair } from "../../src/transport/transport-pair.js";
import { FrameType } from "../../src/wire/constants.js";
import { writeHeader } from "../../src/wire/frame.js";
import { openHome, URL_OF_HOME, type Warehouse } from "../client/home.js";
import { Bench } from "../daemon/raw-peer.js";
import { settled } from "../objects/inbound.js";

/** What a daemon with the rights of another user does for others: two methods of many. */
class Printer {
  readonly #jobs: string[] = [];
  print(text: string): number {
    return this.#jobs.push(`${callContext().principal.subject}: ${text}`);
  }
  clear(): string[] {
    return this.#jobs.splice(0);
  }
  runAsRoot(): string {
    return "anything";
  }
}
expose(Printer, ["print", "clear"]);

describe("S13: a daemon with other rights than its clients", () => {
  it("S13: gives each principal the few members that it is meant for, and nothing else exists", async () => {
    const [ann, admin, eve] = ["ann", "admin", "eve"].map((id) => Key.generate({ id }));
    const objects = { printer: new Printer() };
    const isAdmin = ({ principal }: { principal: Principal }): boolean => principal.id === "key:admin";
    await using daemon = await serve(objects, {
      keys: new KeyRing([ann!, admin!, eve!]),
      authorize: accessRules<typeof objects>({
        printer: { print: ({ principal }) => principal.id !== "key:eve", clear: isAdmin },
      }),
    });
    await using asAnn = openConnection<typeof objects>(daemon.url(), { key: ann! });
    await using asAdmin = openConnection<typeof objects>(daemon.url(), { key: admin! });
    await using asEve = openConnection<typeof objects>(daemon.url(), { key: eve! });
    const printer = asAnn.object("printer");
    expect(await printer.print("hello")).toBe(1);
    const refused = await Promise.all(
      [printer.clear(), (printer as unknown as Printer).runAsRoot()].map((call) =>
        Promise.resolve(call).catch((error: Error) => error.message),
      ),
    );
    expect(refused).toEqual(
      ["clear", "runAsRoot"].map((name) => `The object "printer" has no member "${name}" that you can use`),
    );
    expect(await asAdmin.object("printer").clear()).toEqual(["ann: hello"]);
    await expect(asEve.object("printer").print("mine")).rejects.toMatchObject({ code: "HW_NO_SUCH_OBJECT" });
    expect(objects.printer.clear()).toEqual([]);
  });

  it("S13: shows a client the members that it may use alone", async () => {
    const key = Key.generate({ id: "ann" });
    const objects = { printer: new Printer() };
    const authorize = accessRules<typeof objects>({ printer: { print: true } });
    await using daemon = await serve(objects, { keys: key, authorize });
    using printer = await connect<Printer>(daemon.url("printer"), { key });
    expect(["print", "clear", "runAsRoot"].map((name) => name in printer)).toEqual([true, false, false]);
  });

  it("S13: makes no instance for whom it denies", async () => {
    const create = vi.fn<() => Printer>(() => new Printer());
    const bench = new Bench({
      objects: { printer: instancesOf(Printer, { mode: "call", create }) },
      authorize: async ({ member }) => {
        await settled();
        return member === "print";
      },
    });
    const peer = await bench.member();
    peer.say(["call", 1, "printer", "clear", { json: [] }], ["call", 2, "printer", "print", { json: ["x"] }]);
    await peer.answer("ok", 2);
    await peer.answer("err", 1);
    expect(create).toHaveBeenCalledTimes(1);
  });
});

describe("S16: each of these can deny, and what is denied never runs", () => {
  it("S16: the key ring", async () => {
    const bench = new Bench();
    const stranger = bench.peer();
    stranger.transport.send(bench.handshake({ credential: { method: 1, key: Key.generate({ id: "eve" }) } }).hello);
    expect(await stranger.heard.closed_).toMatchObject({ code: 4401 });
    expect([bench.ran, bench.accepted]).toEqual([[], []]);
  });

  it("S16: the scope of a ticket, and the objects of its root", async () => {
    const root = Key.generate({ id: "root", use: "mint", objects: ["shop"] });
    const bench = new Bench({
      keys: new KeyRing([root]),
      objects: { shop: { buy: () => "bought", sell: () => "sold" }, vault: { open: () => "gold" } },
    });
    const scope = { objects: ["vault"], members: ["shop/buy"] };
    const ticket = mintTicketAt(bench.clock.now(), { keys: root, subject: "user", scope });
    const peer = await bench.member({ credential: { method: 2, ticket } });
    peer.say(
      ["call", 1, "shop", "buy", { json: [] }],
      ["call", 2, "shop", "sell", { json: [] }],
      ["call", 3, "vault", "open", { json: [] }],
    );
    expect(await peer.answer("ok", 1)).toEqual(["ok", 1, { json: "bought" }]);
    expect((await peer.answer("err", 2))[2]).toMatchObject({ code: "HW_NO_SUCH_MEMBER" });
    expect((await peer.answer("err", 3))[2]).toMatchObject({ code: "HW_NO_SUCH_OBJECT" });
  });

  it("S16: the daemon's handshake hook, which sees the principal and what the client says", async () => {
    const seen: unknown[] = [];
    const onHandshake = ({
      data,
      principal,
      remoteAddress,
    }: {
      data: unknown;
      principal: Principal;
      remoteAddress?: string;
    }): void => {
      seen.push([data, principal.id, remoteAddress]);
      throw new Error("not you");
    };
    const bench = new Bench({ onHandshake });
    const peer = await bench.proved();
    peer.say(["open", { json: "me" }], ["call", 1, "shop", "buy", { json: ["candle"] }]);
    expect(await peer.heard.closed_).toMatchObject({ code: 4403 });
    expect(seen).toEqual([["me", "key:ann", "10.0.0.1"]]);
    expect([bench.ran, bench.accepted, bench.daemon.sessions.size]).toEqual([[], [], 0]);
  });

  it("S16: the client's handshake hook", async () => {
    const { openConnection: open, options, daemon } = openHome({ daemon: { onHandshake: () => ({ version: 1 }) } });
    const asked: string[] = [];
    daemon.on("closed", ({ principal }) => asked.push(principal.id));
    const onHandshake = ({ answer }: { answer: unknown }): void => {
      if ((answer as { version: number }).version < 2) throw new Error("too old");
    };
    await expect(open(URL_OF_HOME, { ...options, onHandshake }).ready).rejects.toMatchObject({
      code: "HW_REFUSED",
      message: expect.stringContaining("too old") as string,
    });
    await settled();
    expect([asked, daemon.sessions.size]).toEqual([["key:client"], 0]);
  });

  it("S16: the authorizer", async () => {
    const bench = new Bench({ authorize: () => false });
    const peer = await bench.member();
    peer.say(["call", 1, "shop", "buy", { json: ["candle"] }]);
    await peer.answer("err", 1);
    expect(bench.ran).toEqual([]);
  });
});

describe("a hook that refuses leaves nothing usable", () => {
  it("W7: on the daemon: no session, no instance, no reference; the credential's next session is a new one", async () => {
    let isOpen = false;
    const create = vi.fn<() => Printer>(() => new Printer());
    const bench = new Bench({
      objects: { printer: instancesOf(Printer, { mode: "principal", create }) },
      limits: { maxSessionsPerPrincipal: 1 },
      onHandshake: async () => {
        await settled();
        if (!isOpen) throw new Error("closed today");
      },
    });
    const peer = await bench.proved();
    peer.say(["open"], ["call", 1, "printer", "print", { json: ["x"] }], ["look", 2, "printer"]);
    await peer.heard.closed_;
    await settled();
    expect(peer.messages().map(([name]) => name)).toEqual(["refused"]);
    expect([create.mock.calls.length, bench.daemon.sessions.size, bench.accepted.length]).toEqual([0, 0, 0]);
    expect(bench.clock.pendingTimers).toBeLessThanOrEqual(1);
    isOpen = true;
    const again = await bench.member();
    again.say(["call", 1, "printer", "print", { json: ["x"] }]);
    expect(await again.answer("ok", 1)).toEqual(["ok", 1, { json: 1 }]);
  });

  it("W7: on the client: calls made before and after were never sent, and its line is closed", async () => {
    const ran: string[] = [];
    const home = openHome({ daemon: { authorize: ({ member }) => ran.push(member) > 0 } });
    const onHandshake = async (): Promise<void> => {
      await settled();
      throw new Error("not my daemon");
    };
    const connection = home.openConnection<{ warehouse: Warehouse }>(URL_OF_HOME, { ...home.options, onHandshake });
    const before = connection.object("warehouse").store("candle", 1);
    await expect(connection.ready).rejects.toMatchObject({ code: "HW_REFUSED" });
    await expect(before).rejects.toMatchObject({ code: "HW_REFUSED", delivery: "not-sent" });
    await expect(connection.object("warehouse").store("candle", 1)).rejects.toMatchObject({ delivery: "not-sent" });
    await settled();
    expect([ran, home.daemon.sessions.size, connection.references(), home.lines.length]).toEqual([[], 0, [], 1]);
  });
});

describe("row 19: what is said too early never runs", () => {
  it("row 19: calls in one flight with HELLO's CONFIRM are dropped when the handshake hook refuses", async () => {
    for (const onHandshake of [
      () => {
        throw new Error("no");
      },
      () => Promise.reject(new Error("no")),
    ]) {
      const bench = new Bench({ onHandshake });
      const peer = bench.peer();
      await peer.greet(bench.handshake());
      peer.transport.send(peer.confirm);
      peer.say(["open"], ["call", 1, "shop", "buy", { json: ["candle"] }]);
      peer.say(["call", 2, "shop", "buy", { json: ["candle"] }], ["call", 3, "shop", "buy", { json: [1] }, { w: 1 }]);
      expect(await peer.heard.closed_).toMatchObject({ code: 4403 });
      await settled();
      expect(peer.messages().map(([name]) => name)).toEqual(["refused"]);
      expect(bench.ran).toEqual([]);
    }
  });

  it("row 19: a DATA frame before HELLO is refused like any stranger, and nothing of it is decoded", async () => {
    const decode = vi.spyOn(superjsonSerializer().constructor.prototype as { decode(): unknown }, "decode");
    const bench = new Bench();
    const friend = await bench.proved();
    const frame = friend.data(["open"], ["call", 1, "shop", "buy", { json: ["candle"] }]);
    const stranger = bench.peer();
    stranger.transport.send(frame);
    expect(await stranger.heard.closed_).toEqual({ code: 4401, reason: "" });
    expect([bench.ran, decode.mock.calls.length]).toEqual([[], 0]);
    decode.mockRestore();
  });

  it("row 19: so is one between WELCOME and CONFIRM, though its tag is right", async () => {
    const bench = new Bench();
    const peer = bench.peer();
    await peer.greet(bench.handshake());
    peer.say(["open"], ["call", 1, "shop", "buy", { json: ["candle"] }]);
    expect(await peer.heard.closed_).toEqual({ code: 4401, reason: "" });
    expect(bench.ran).toEqual([]);
  });
});

describe("S25: whoever calls is somebody", () => {
  it("S25: every hook and every call sees a principal, by key, ticket or certificate", async () => {
    const seen: Principal[] = [];
    const root = Key.generate({ id: "root", use: "mint" });
    const key = Key.generate({ id: "k1", subject: "ann" });
    const bench = new Bench({
      keys: new KeyRing([root, key]),
      objects: { who: { am: () => callContext().principal } },
      onHandshake: ({ principal }) => void seen.push(principal),
      authorize: ({ principal }) => seen.push(principal) > 0,
    });
    const ticket = mintTicketAt(bench.clock.now(), { keys: root, subject: "bob" });
    for (const [credential, id, subject] of [
      [{ method: 1, key }, "key:ann", "ann"],
      [{ method: 2, ticket }, "ticket:root/bob", "bob"],
    ] as const) {
      seen.length = 0;
      const peer = await bench.member({ credential });
      peer.say(["call", 1, "who", "am", { json: [] }]);
      const principal = { kind: id.slice(0, id.indexOf(":")), id, subject };
      expect(await peer.answer("ok", 1)).toEqual(["ok", 1, { json: principal }]);
      expect(seen).toEqual([principal, principal]);
      expect(Object.isFrozen(seen[0])).toBe(true);
    }
  });

  it("S25: there is no session without a credential: who proves nothing is gone within 5 s", async () => {
    const bench = new Bench();
    const silent = bench.peer();
    await bench.clock.advance(5_000);
    expect(await silent.heard.closed_).toEqual({ code: 4401, reason: "" });
    const zeros = bench.peer();
    const hello = new Uint8Array(200);
    writeHeader(hello, { type: FrameType.HELLO, ack: 0, seq: 0 });
    zeros.transport.send(hello);
    expect(await zeros.heard.closed_).toEqual({ code: 4401, reason: "" });
    expect(bench.accepted).toEqual([]);
  });
});

describe("S35: only legitimate peers talk to each other", () => {
  it.each([
    ["has no keys at all", () => new KeyRing()],
    ["has other keys", () => new KeyRing([Key.generate({ id: "bob" })])],
    ["has another key of that id", () => new KeyRing([Key.generate({ id: "ann" })])],
    ["has that key for another use", (key: Key) => new KeyRing([Key.from(key.export(), { id: "ann", use: "mint" })])],
  ])("S35: a daemon that %s refuses a client before anything of the client is decoded", async (_what, keysFor) => {
    const decode = vi.spyOn(superjsonSerializer().constructor.prototype as { decode(): unknown }, "decode");
    const key = Key.generate({ id: "ann" });
    const asked = vi.fn<() => void>();
    await using daemon = await serve({ shop: { buy: asked } }, { keys: keysFor(key), onHandshake: asked });
    const refusals: string[] = [];
    daemon.on("refused", ({ reason }) => refusals.push(reason));
    await expect(connect(daemon.url("shop"), { key, handshake: { me: 1 } })).rejects.toMatchObject({
      code: "HW_REFUSED",
      delivery: "not-sent",
    });
    expect([asked.mock.calls.length, decode.mock.calls.length, refusals.length]).toEqual([0, 0, 1]);
    decode.mockRestore();
  });

  it("S35: a client without a credential doesn't dial", async () => {
    const dial = vi.fn<() => never>();
    const { openConnection: open } = openHome({ environment: { dial } });
    await expect(open(URL_OF_HOME).ready).rejects.toMatchObject({ code: "HW_CREDENTIALS_MISSING" });
    expect(dial).not.toHaveBeenCalled();
  });

  it("S35: a client leaves a daemon that doesn't hold its key before it has said anything but HELLO", async () => {
    const frames: Uint8Array[] = [];
    const impostor = new Bench();
    const key = Key.generate({ id: "ann" });
    const dial = () => {
      const [near, far] = transportPair();
      // It answers with a WELCOME of its own, as if HELLO had been signed with its key.
      far.start({
        opened: () => undefined,
        frame: async (frame) => {
          frames.push(frame);
          const other = impostor.peer();
          other.transport.send(impostor.handshake().hello);
          await other.heard.count(1);
          far.send(other.heard.frames[0]!);
        },
        closed: () => undefined,
      });
      return near;
    };
    const { openConnection: open } = openHome({ environment: { dial } });
    const connection = open<{ warehouse: Warehouse }>(URL_OF_HOME, { key, handshake: "secret greeting" });
    const call = connection.object("warehouse").store("candle", 1);
    await expect(connection.ready).rejects.toMatchObject({ code: "HW_REFUSED" });
    await expect(call).rejects.toMatchObject({ code: "HW_REFUSED", delivery: "not-sent" });
    expect(frames.length).toBe(1);
    expect(Buffer.from(frames[0]!).includes("secret greeting")).toBe(false);
  });
});
