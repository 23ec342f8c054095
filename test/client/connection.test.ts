import { describe, expect, test, vi } from "vitest";
import type { Connection, ConnectionState } from "../../src/client/connection.js";
import { connectionOf, release } from "../../src/client/proxy-functions.js";
import { jsonSerializer } from "../../src/serializers/json-serializer.js";
import { superjsonSerializer } from "../../src/serializers/superjson-serializer.js";
import { openHome, type Shelf, URL_OF_HOME, WAREHOUSE, type Warehouse } from "./home.js";
import { settle } from "./stub-peer.js";
import { expectNoUnhandledRejection } from "./unhandled.js";

interface App {
  warehouse: Warehouse;
}

function statesOf(connection: Connection<never>): ConnectionState[] {
  const states: ConnectionState[] = [];
  connection.on("state", (state) => states.push(state));
  return states;
}

expectNoUnhandledRejection();

describe("a connection", () => {
  test("gives named objects at once", async () => {
    const { openConnection, options } = openHome();
    const connection = openConnection<App>(URL_OF_HOME, options);
    const warehouse = connection.object("warehouse");
    expect(await warehouse.store("candle", 1)).toBe(1);
    expect(await warehouse.quantity).toBe(1);
    expect(connectionOf(warehouse)).toBe(connection);
  });

  test.each(["", "a/b", "x".repeat(257), "a\nb", 7])("refuses %o as an object id", (id) => {
    const { openConnection, options } = openHome();
    const connection = openConnection<Record<string, Shelf>>(URL_OF_HOME, options);
    expect(() => connection.object(id as string)).toThrow(/"objectId" must be/);
  });

  test("is connecting, then connected, then closed, each a frozen value that stays the same", async () => {
    const { openConnection, options } = openHome();
    const connection = openConnection<App>(URL_OF_HOME, options);
    const states = statesOf(connection as Connection<never>);
    const connecting = connection.state;
    expect(connecting).toEqual({ status: "connecting", attempt: 1 });
    expect(connection.state).toBe(connecting);
    await connection.ready;
    const connected = connection.state;
    expect(connected).toEqual({
      status: "connected",
      sessionId: expect.stringMatching(/^[0-9a-f]{32}$/),
      resumed: false,
      url: URL_OF_HOME,
    });
    expect(connection.state).toBe(connected);
    await connection.close();
    expect(connection.state).toEqual({ status: "closed" });
    expect(states).toEqual([connected, { status: "closed" }]);
    expect([connecting, ...states].every(Object.isFrozen)).toBe(true);
  });

  test("has the id of its session on the daemon", async () => {
    const { openConnection, options, daemon } = openHome();
    const connection = openConnection<App>(URL_OF_HOME, options);
    await connection.ready;
    expect(connection.state).toMatchObject({ sessionId: [...daemon.sessions.keys()][0] });
  });

  test("is connected when the first answer is seen", async () => {
    const { connect, options } = openHome();
    const warehouse = connect<Warehouse>(WAREHOUSE, options);
    const status = warehouse.quantity.then(() => connectionOf(warehouse).state.status);
    expect(await status).toBe("connected");
  });

  test("tells no listener that was removed", async () => {
    const { openConnection, options } = openHome();
    const connection = openConnection<App>(URL_OF_HOME, options);
    const listener = vi.fn<() => void>();
    connection.on("state", listener)();
    await connection.ready;
    expect(listener).not.toHaveBeenCalled();
  });

  test("refuses calls once it is closed", async () => {
    const { openConnection, options } = openHome();
    const connection = openConnection<App>(URL_OF_HOME, options);
    const warehouse = connection.object("warehouse");
    await connection.close();
    expect(await connection.closed).toBeUndefined();
    await expect(warehouse.store("x", 1)).rejects.toMatchObject({ code: "HW_CONNECTION_CLOSED", delivery: "not-sent" });
    await expect(connection.ready).rejects.toMatchObject({ code: "HW_CONNECTION_CLOSED" });
  });

  test("can be closed twice, and by await using", async () => {
    const { openConnection, options } = openHome();
    const connection = openConnection<App>(URL_OF_HOME, { ...options, isolated: true });
    await connection.ready;
    await connection[Symbol.asyncDispose]();
    await connection.close();
    connection[Symbol.dispose]();
    expect(connection.state).toEqual({ status: "closed" });
  });

  test("settles everything that is pending when it is closed", async () => {
    const { openConnection, options } = openHome();
    const connection = openConnection<App>(URL_OF_HOME, { ...options, isolated: true });
    const warehouse = connection.object("warehouse");
    await connection.ready;
    const stream = await warehouse.watch();
    const pending = Promise.allSettled([warehouse.never(), warehouse.shelf("x").name()]);
    await connection.close();
    expect((await pending).map(({ status }) => status)).toEqual(["rejected", "rejected"]);
    await Promise.allSettled([stream.next(), stream.next(), stream.next()]);
  });

  test("is closed with the reason when the line is lost and it may not reconnect", async () => {
    const { openConnection, options, lines } = openHome();
    const connection = openConnection<App>(URL_OF_HOME, { ...options, reconnect: false });
    const warehouse = connection.object("warehouse");
    await connection.ready;
    const running = Promise.allSettled([warehouse.never()]);
    await settle();
    lines[0]?.destroy();
    const lost = { code: "HW_CONNECTION_CLOSED" };
    expect(await connection.closed).toMatchObject(lost);
    expect(connection.state).toMatchObject({ status: "closed", reason: lost });
    expect(await running).toMatchObject([{ reason: { ...lost, delivery: "unknown" } }]);
    await expect(warehouse.store("x", 1)).rejects.toMatchObject({ ...lost, delivery: "not-sent" });
  });

  test("that was lost for good stays closed; connecting again gives a new session and new proxies", async () => {
    const { openConnection, options: withKey, lines } = openHome();
    const options = { ...withKey, reconnect: false } as const;
    const lost = openConnection<App>(URL_OF_HOME, options);
    await lost.object("warehouse").store("candle", 1);
    lines[0]?.destroy();
    await lost.closed;
    const again = openConnection<App>(URL_OF_HOME, options);
    expect(await again.object("warehouse").store("candle", 1)).toBe(2);
    expect([lines.length, lost.state.status, again.state.status]).toEqual([2, "closed", "connected"]);
    await expect(lost.object("warehouse").store("candle", 1)).rejects.toMatchObject({ delivery: "not-sent" });
  });

  test("is closed with the reason when the daemon closes and it may not reconnect", async () => {
    const { openConnection, options, daemon } = openHome();
    const connection = openConnection<App>(URL_OF_HOME, { ...options, reconnect: false });
    await connection.ready;
    await daemon.close({ graceMs: 0 });
    expect(await connection.closed).toMatchObject({ code: "HW_CONNECTION_CLOSED" });
  });

  test("speaks another serializer when it is given one", async () => {
    const daemon = { serializers: [jsonSerializer(), superjsonSerializer()] };
    const { openConnection, options } = openHome({ daemon });
    const connection = openConnection<App>(URL_OF_HOME, { ...options, serializers: [jsonSerializer()] });
    const warehouse = connection.object("warehouse");
    expect(await warehouse.store("x", 1)).toBe(1);
    await expect(warehouse.list()).rejects.toMatchObject({ code: "HW_CANNOT_SEND" });
  });

  test("logs what happens to it", async () => {
    const { openConnection, options } = openHome();
    const log: string[] = [];
    const note = (level: string) => (message: string) => void log.push(`${level} ${message}`);
    const logger = { debug: note("debug"), info: note("info"), warn: note("warn"), error: note("error") };
    const connection = openConnection<App>(URL_OF_HOME, { ...options, logger, lingerMs: 0 });
    await connection.ready;
    await connection.close();
    expect(log).toEqual(["info hearthwire: connected", "info hearthwire: closed"]);
  });
});

describe("connections of the same URL and credentials", () => {
  test("share one socket, from the first moment", async () => {
    const { connect, openConnection, options, lines } = openHome();
    const [a, b] = [
      connect<Warehouse>(WAREHOUSE, options),
      connect<Warehouse>(WAREHOUSE, { ...options, traceReferences: false }),
    ];
    const c = openConnection<App>(URL_OF_HOME, options);
    await Promise.all([a, b, c.ready]);
    expect(lines).toHaveLength(1);
  });

  test.each<[string, object]>([
    ["isolated", { isolated: true }],
    ["another key function", { key: () => openHome().key }],
    ["other handshake data", { handshake: {} }],
    ["another onHandshake", { onHandshake: () => undefined }],
    ["other serializers", { serializers: [superjsonSerializer()] }],
    ["types", { types: [] }],
    ["another maxFrameBytes", { maxFrameBytes: 65_536 }],
    ["traceReferences", { traceReferences: true }],
  ])("do not share with %s", async (_, different) => {
    const { connect, options, lines } = openHome();
    const first = connect<Warehouse>(WAREHOUSE, options);
    const second = connect<Warehouse>(WAREHOUSE, { ...options, ...different });
    await Promise.allSettled([first, second]);
    expect(lines.length).toBeGreaterThanOrEqual(2);
  });

  test("share with other timeouts, each its own", async () => {
    const { connect, options, lines, clock } = openHome();
    const patient = await connect<Warehouse>(WAREHOUSE, options);
    const running = Promise.race([patient.never(), settle().then(() => "still running")]);
    const hasty = await connect<Warehouse>(WAREHOUSE, { ...options, timeoutMs: 50 });
    const settled = Promise.allSettled([hasty.never()]);
    await clock.advance(50);
    expect(await settled).toMatchObject([{ reason: { code: "HW_DEADLINE", timeoutMs: 50 } }]);
    expect(await running).toBe("still running");
    expect(lines).toHaveLength(1);
  });

  test("closing one leaves the other alone", async () => {
    const { openConnection, options, clock } = openHome();
    const [a, b] = [openConnection<App>(URL_OF_HOME, options), openConnection<App>(URL_OF_HOME, options)];
    await Promise.all([a.ready, b.ready]);
    const states = statesOf(b as Connection<never>);
    await a.close();
    await clock.advance(5_000);
    expect([a.state.status, b.state.status, states.length]).toEqual(["closed", "connected", 0]);
    await expect(a.object("warehouse").store("x", 1)).rejects.toMatchObject({ code: "HW_CONNECTION_CLOSED" });
    expect(await b.object("warehouse").store("x", 1)).toBe(1);
    const statesOfClosed = statesOf(a as Connection<never>);
    await b.close();
    await clock.advance(5_000);
    expect(statesOfClosed).toEqual([]);
  });

  test("have their own deadline of connecting to an object", async () => {
    const { connect, options, clock } = openHome({ daemon: { onHandshake: () => new Promise(() => undefined) } });
    const first = connect<Warehouse>(WAREHOUSE, options);
    const second = connect<Warehouse>(WAREHOUSE, { ...options, connectTimeoutMs: 50 });
    const [ofFirst, ofSecond] = [Promise.allSettled([first]), Promise.allSettled([second])];
    await clock.advance(50);
    expect(await ofSecond).toMatchObject([{ reason: { code: "HW_CONNECT_TIMEOUT" } }]);
    expect(connectionOf(first).state.status).toBe("connecting");
    await clock.advance(9_950);
    expect(await ofFirst).toMatchObject([{ reason: { code: "HW_CONNECT_TIMEOUT" } }]);
  });

  test("releasing one proxy leaves the other alone", async () => {
    const { connect, options, clock } = openHome();
    const [a, b] = await Promise.all([connect<Warehouse>(WAREHOUSE, options), connect<Warehouse>(WAREHOUSE, options)]);
    release(a);
    await clock.advance(5_000);
    await expect(a.store("x", 1)).rejects.toMatchObject({ code: "HW_RELEASED" });
    expect(await b.store("x", 1)).toBe(1);
  });
});

describe("a shared socket", () => {
  test("closes a second after its last proxy was released", async () => {
    const { connect, options, clock, daemon } = openHome();
    release(await connect<Warehouse>(WAREHOUSE, options));
    await clock.advance(999);
    expect(daemon.sessions.size).toBe(1);
    await clock.advance(1);
    await settle();
    expect(daemon.sessions.size).toBe(0);
    expect(clock.pendingTimers).toBe(0);
  });

  test("is kept when a component mounts, unmounts and mounts again, as StrictMode does it", async () => {
    const { connect, options, clock, lines, daemon } = openHome();
    const mount = () => connect<Warehouse>(WAREHOUSE, options);
    const first = mount();
    release(first);
    const second = mount();
    expect(await (await second).store("x", 1)).toBe(1);
    release(second);
    await clock.advance(500);
    const third = mount();
    await clock.advance(5_000);
    expect(await (await third).store("x", 1)).toBe(2);
    expect(lines).toHaveLength(1);
    expect(daemon.sessions.size).toBe(1);
    await Promise.allSettled([first]);
  });

  test("lingers as long as lingerMs says", async () => {
    const { connect, options, clock, daemon } = openHome();
    release(await connect<Warehouse>(WAREHOUSE, { ...options, lingerMs: 5_000 }));
    await clock.advance(4_999);
    expect(daemon.sessions.size).toBe(1);
    await clock.advance(1);
    await settle();
    expect(daemon.sessions.size).toBe(0);
  });

  test("of one isolated connection closes with it, before close resolves", async () => {
    const { openConnection, options, daemon, clock } = openHome();
    const connection = openConnection<App>(URL_OF_HOME, { ...options, isolated: true });
    await connection.ready;
    await connection.close();
    await settle();
    expect([daemon.sessions.size, clock.pendingTimers]).toEqual([0, 0]);
  });

  test("that closed is not shared: the next connect dials anew", async () => {
    const { connect, options: withKey, lines } = openHome();
    const options = { ...withKey, reconnect: false } as const;
    const first = await connect<Warehouse>(WAREHOUSE, options);
    lines[0]?.destroy();
    await connectionOf(first).closed;
    expect(await (await connect<Warehouse>(WAREHOUSE, options)).store("x", 1)).toBe(1);
    expect(lines).toHaveLength(2);
  });

  test("is not shared by whoever connects because it closed", async () => {
    const { connect, options, lines } = openHome();
    const first = await connect<Warehouse>(WAREHOUSE, options);
    const second = new Promise<number>((resolve, reject) => {
      connectionOf(first).on("state", () => {
        connect<Warehouse>(WAREHOUSE, options).store("x", 1).then(resolve, reject);
      });
    });
    lines[0]?.destroy();
    expect(await second).toBe(1);
  });

  test("that lingered out is dialled anew", async () => {
    const { connect, options, clock, lines } = openHome();
    release(await connect<Warehouse>(WAREHOUSE, options));
    await clock.advance(1_000);
    await settle();
    await connect<Warehouse>(WAREHOUSE, options);
    expect(lines).toHaveLength(2);
  });

  test("is freed by a proxy that using disposes of", async () => {
    const { connect, options, clock, daemon } = openHome();
    (await connect<Warehouse>(WAREHOUSE, options))[Symbol.dispose]();
    await (await connect<Warehouse>(WAREHOUSE, options))[Symbol.asyncDispose]();
    await clock.advance(1_000);
    await settle();
    expect(daemon.sessions.size).toBe(0);
  });
});
