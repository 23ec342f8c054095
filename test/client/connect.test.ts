import { describe, expect, test, vi } from "vitest";
import { Key } from "../../src/auth/key.js";
import { KeyRing } from "../../src/auth/key-ring.js";
import { mintTicketAt, type Ticket } from "../../src/auth/ticket.js";
import type { ConnectOptions } from "../../src/client/connect-options.js";
import type { ConnectionState } from "../../src/client/connection.js";
import { assign, connectionOf, isRemote, release, sameRemote, withOptions } from "../../src/client/proxy-functions.js";
import type { Transport, TransportClose, TransportReceiver } from "../../src/transport/transport.js";
import { transportPair } from "../../src/transport/transport-pair.js";
import { UpgradeRefusedError } from "../../src/transport/upgrade-refused-error.js";
import { openHome, type Shelf, URL_OF_HOME, WAREHOUSE, type Warehouse } from "./home.js";
import { settle } from "./stub-peer.js";
import { expectNoUnhandledRejection } from "./unhandled.js";

expectNoUnhandledRejection();

describe("connect", () => {
  test("gives the object's proxy with its members", async () => {
    const { connect, options } = openHome();
    const warehouse = await connect<Warehouse>(WAREHOUSE, options);
    expect(isRemote(warehouse)).toBe(true);
    expect(Reflect.get(warehouse, "unknown")).toBeUndefined();
    expect(["store" in warehouse, "quantity" in warehouse, "unknown" in warehouse]).toEqual([true, true, false]);
    expect(await warehouse.store("candle", 3)).toBe(3);
    expect(await warehouse.list()).toEqual(new Map([["candle", 3]]));
  });

  test("can be used before it settles, in order", async () => {
    const { connect, options, lines } = openHome();
    const warehouse = connect<Warehouse>(WAREHOUSE, options);
    const stored = Promise.all([warehouse.store("candle", 1), warehouse.store("candle", 2), warehouse.quantity]);
    expect(await stored).toEqual([1, 3, 1]);
    expect(lines).toHaveLength(1);
  });

  test("goes on being usable after it settled", async () => {
    const { connect, options } = openHome();
    const warehouse = connect<Warehouse>(WAREHOUSE, options);
    await warehouse;
    expect(await warehouse.store("candle", 1)).toBe(1);
  });

  test("reads and writes accessors, iterates streams, calls back", async () => {
    const { connect, options } = openHome();
    const warehouse = await connect<Warehouse>(WAREHOUSE, options);
    await assign(warehouse, { quantity: 4 });
    expect(await warehouse.quantity).toBe(4);
    const seen: number[] = [];
    for await (const item of warehouse.watch()) seen.push(item);
    expect(seen).toEqual([1, 2]);
    const listener = vi.fn<(item: string) => void>();
    await warehouse.listen(listener);
    await warehouse.store("candle", 1);
    expect(listener).toHaveBeenCalledWith("candle");
  });

  test("calls members of results in one round trip, and takes results as arguments", async () => {
    const { connect, options } = openHome();
    const warehouse = await connect<Warehouse>(WAREHOUSE, options);
    const name = warehouse.shelf("top").name();
    expect(await name).toBe("top");
    expect(await warehouse.shelf("top").isNamed(warehouse.shelf("top").name())).toBe(true);
    const shelf = await warehouse.shelf("low");
    expect(await shelf.isNamed(name)).toBe(false);
  });

  test("rejects with the remote error, which the proxy survives", async () => {
    const { connect, options } = openHome();
    const warehouse = await connect<Warehouse>(WAREHOUSE, options);
    await expect(warehouse.fail()).rejects.toMatchObject({
      name: "RangeError",
      message: "nothing left",
      delivery: "ran",
    });
    await expect(warehouse.store("x", Symbol("no") as never)).rejects.toMatchObject({ code: "HW_CANNOT_SEND" });
    expect(await warehouse.store("x", 1)).toBe(1);
  });

  test("rejects when there is no such object, and leaves nothing open", async () => {
    const { connect, options, clock, daemon } = openHome();
    const nothing = connect<Warehouse>(`${URL_OF_HOME}nothing`, options);
    await expect(nothing).rejects.toMatchObject({ code: "HW_NO_SUCH_OBJECT" });
    await expect(nothing.store("x", 1)).rejects.toMatchObject({ code: "HW_NO_SUCH_OBJECT" });
    await clock.advance(1_000);
    await settle();
    expect(daemon.sessions.size).toBe(0);
  });

  test("tells a failure that nobody observed to its connection", async () => {
    const { connect, options } = openHome();
    const warehouse = await connect<Warehouse>(WAREHOUSE, options);
    const unobserved = vi.fn<(error: Error, call: object) => void>();
    connectionOf(warehouse).on("unobserved", unobserved);
    void warehouse.fail();
    await settle();
    expect(unobserved).toHaveBeenCalledExactlyOnceWith(expect.objectContaining({ name: "RangeError" }), {
      object: "warehouse",
      member: "fail",
    });
  });
});

describe("an address", () => {
  test.each<[string | URL, string, RegExp]>([
    ["warehouse", "HW_ADDRESS_INVALID", /"address" must be a URL/],
    [URL_OF_HOME, "HW_ADDRESS_INVALID", /"address" must end with an object id, such as ws:\/\/home\.test\/warehouse/],
    ["ftp://home.test/x", "HW_ADDRESS_INVALID", /must begin with ws:/],
    [`${WAREHOUSE}?token=1`, "HW_ADDRESS_INVALID", /query/],
  ])("%s rejects and dials nothing", async (address, code, message) => {
    const { connect, options, lines } = openHome();
    await expect(connect(address, options)).rejects.toMatchObject({ code, message: expect.stringMatching(message) });
    expect(lines).toHaveLength(0);
  });

  test("may be relative where the host has a base", async () => {
    const { connect, options } = openHome({ environment: { baseUrl: "http://home.test/app/index.html" } });
    const warehouse = await connect<Warehouse>("/warehouse", options);
    expect(connectionOf(warehouse).url).toBe(URL_OF_HOME);
  });
});

describe("an option", () => {
  test.each<[object, RegExp]>([
    [{ key: "secret" }, /"key" must be a Key or a function that gives one .*, got a text of 6 characters/],
    [{ key: new KeyRing([Key.generate()]) }, /"key" must be a Key .*give ring\.primary/],
    [{ ticket: 1 }, /"ticket" must be a Ticket/],
    [{ ticket: () => ({}) as Ticket }, /"key" and "ticket" exclude each other/],
    [{ onHandshake: 1 }, /"onHandshake" must be a function, got 1/],
    [{ connectTimeoutMs: -1 }, /"connectTimeoutMs" must be an integer 0\.\.2147483647 \(ms\), got -1/],
    [{ timeoutMs: 1.5 }, /"timeoutMs" must be an integer/],
    [{ signal: {} }, /"signal" must be an AbortSignal, got object/],
    [{ isolated: "yes" }, /"isolated" must be true or false/],
    [{ reconnect: true }, /"reconnect" must be false, or an object of times, got true/],
    [{ reconnect: { minDelayMs: 0 } }, /"reconnect.minDelayMs" must be an integer 1\.\.2147483647 \(ms\), got 0/],
    [{ reconnect: { maxDelayMs: 1.5 } }, /"reconnect.maxDelayMs" must be an integer .* got 1.5/],
    [{ reconnect: { giveUpAfterMs: 0 } }, /"reconnect.giveUpAfterMs" must be an integer .*, or Infinity: never, got 0/],
    [{ reconnect: { attempts: 3 } }, /"reconnect.attempts" is no option here; there are minDelayMs, maxDelayMs, give/],
    [{ reconnect: { minDelayMs: 40_000 } }, /"reconnect.minDelayMs" must be at most "maxDelayMs", which is 30000 ms/],
    [{ lingerMs: Number.NaN }, /"lingerMs" must be an integer/],
    [{ serializers: [] }, /"serializers" must be an array of 1\.\.8 serializers/],
    [{ logger: console.log }, /"logger" must be an object with the methods debug, info, warn and error/],
    [{ traceReferences: 1 }, /"traceReferences" must be true or false, got 1/],
    [{ maxFrameBytes: 100 }, /"maxFrameBytes" must be an integer 16384\.\.16777216, got 100/],
    [{ timeout: 5 }, /"timeout" is no option here; there are key, ticket, /],
  ])("%o rejects and dials nothing", async (wrong, message) => {
    const { connect, openConnection, options, lines } = openHome();
    const rejected = { code: "HW_OPTION_INVALID", message: expect.stringMatching(message) as string };
    await expect(connect(WAREHOUSE, { ...options, ...wrong } as ConnectOptions)).rejects.toMatchObject(rejected);
    const connection = openConnection(URL_OF_HOME, { ...options, ...wrong } as ConnectOptions);
    await expect(connection.ready).rejects.toMatchObject(rejected);
    expect(connection.state).toMatchObject({ status: "closed", reason: rejected });
    expect(lines).toHaveLength(0);
  });

  test.each(
    ["key", "ticket", "onHandshake", "connectTimeoutMs", "timeoutMs", "signal", "isolated", "lingerMs"].concat([
      "serializers",
      "logger",
      "maxFrameBytes",
      "credentials",
    ]),
  )('"%s" of a wrong type is not shown', async (name) => {
    const { connect } = openHome();
    const error: unknown = await connect(WAREHOUSE, { [name]: "swordfish" }).catch((why: unknown) => why);
    expect(error).toMatchObject({ code: "HW_OPTION_INVALID" });
    expect(String(error)).not.toContain("swordfish");
  });

  test("options must be an object", async () => {
    const { connect } = openHome();
    for (const wrong of ["x", null] as unknown as ConnectOptions[]) {
      await expect(connect(WAREHOUSE, wrong)).rejects.toThrow(/"options" must be an object/);
    }
  });
});

describe("credentials", () => {
  test("are the host's when the program gives none", async () => {
    const key = Key.generate({ id: "of-the-user" });
    const credentials = vi.fn<(url: string) => Promise<{ method: 1; key: Key }>>(() =>
      Promise.resolve({ method: 1, key }),
    );
    const { connect, keys } = openHome({ environment: { credentials } });
    keys.add(key);
    await connect<Warehouse>(WAREHOUSE);
    expect(credentials).toHaveBeenCalledExactlyOnceWith(URL_OF_HOME);
  });

  test("missing ones reject with the remedy", async () => {
    const { connect, lines } = openHome();
    await expect(connect(WAREHOUSE)).rejects.toMatchObject({
      code: "HW_CREDENTIALS_MISSING",
      message: expect.stringMatching(/Pass \{ key \}.*\{ ticket \}.*hearthwire\/node/) as string,
    });
    expect(lines).toHaveLength(0);
  });

  test("a key that the daemon doesn't hold is refused with the remedy", async () => {
    const { connect, refusals } = openHome();
    await expect(connect(WAREHOUSE, { key: Key.generate() })).rejects.toMatchObject({
      code: "HW_REFUSED",
      delivery: "not-sent",
      message: expect.stringMatching(/did not accept the credentials.*key ring.*publicUrl/) as string,
    });
    expect(refusals).toHaveLength(1);
  });

  test("a ticket opens what its scope allows", async () => {
    const { connect, keys, clock } = openHome();
    keys.add(Key.generate({ id: "root", use: "mint" }));
    const ticket = mintTicketAt(clock.nowMs, { keys, subject: "ann" });
    expect(await (await connect<Warehouse>(WAREHOUSE, { ticket })).store("x", 1)).toBe(1);
    const narrow = mintTicketAt(clock.nowMs, { keys, subject: "bob", scope: { objects: ["other"] } });
    await expect(connect(WAREHOUSE, { ticket: narrow })).rejects.toMatchObject({ code: "HW_NO_SUCH_OBJECT" });
  });

  test("a function is asked again when they were refused, and told so", async () => {
    const { connect, key, lines } = openHome();
    const asked: boolean[] = [];
    const states: ConnectionState[] = [];
    const keyFor = (): Key => (asked.push(true) === 1 ? Key.generate() : key);
    const connecting = connect<Warehouse>(WAREHOUSE, { key: keyFor });
    connectionOf(connecting).on("state", (state) => states.push(state));
    await connecting;
    expect(asked).toHaveLength(2);
    expect(lines).toHaveLength(2);
    expect(states.map(({ status }) => status)).toEqual(["connecting", "connected"]);
    expect(states[0]).toMatchObject({ attempt: 2, reason: { code: "HW_REFUSED" } });
  });

  test("a ticket function hears whether a fresh one is needed, at most three times in a row", async () => {
    const { connect, keys, clock, lines } = openHome();
    const root = Key.generate({ id: "root", use: "mint" });
    keys.add(root);
    const ticket = mintTicketAt(clock.nowMs, { keys, subject: "ann" });
    keys.remove("root");
    const asked: boolean[] = [];
    const source = ({ fresh }: { fresh: boolean }): Promise<Ticket> => {
      asked.push(fresh);
      return Promise.resolve(ticket);
    };
    await expect(connect(WAREHOUSE, { ticket: source })).rejects.toMatchObject({ code: "HW_REFUSED" });
    expect(asked).toEqual([false, true, true, true]);
    expect(lines).toHaveLength(4);
  });

  test("a key that is no function is shown once", async () => {
    const { connect, lines } = openHome();
    await expect(connect(WAREHOUSE, { key: Key.generate() })).rejects.toMatchObject({ code: "HW_REFUSED" });
    expect(lines).toHaveLength(1);
  });

  test.each<[string, ConnectOptions, object]>([
    ["throws", { ticket: () => Promise.reject(new Error("login first")) }, { code: "HW_CONNECT_FAILED" }],
    [
      "gives no key",
      { key: () => "x" as never },
      { code: "HW_OPTION_INVALID", message: expect.stringMatching(/"key"/) },
    ],
    ["gives no ticket", { ticket: () => ({}) as never }, { code: "HW_OPTION_INVALID" }],
  ])("a function that %s rejects", async (_, credentials, error) => {
    const { connect, lines } = openHome();
    await expect(connect(WAREHOUSE, credentials)).rejects.toMatchObject(error);
    expect(lines).toHaveLength(0);
  });
});

describe("handshake hooks", () => {
  test("the daemon sees the data, the client its answer", async () => {
    const daemon = { onHandshake: vi.fn<(request: { data: unknown }) => unknown>(() => ({ motd: "hello" })) };
    const { connect, options } = openHome({ daemon });
    const onHandshake = vi.fn<(welcome: unknown) => void>();
    await connect<Warehouse>(WAREHOUSE, { ...options, handshake: () => ({ version: 3n }), onHandshake });
    expect(daemon.onHandshake).toHaveBeenCalledWith(expect.objectContaining({ data: { version: 3n } }));
    expect(onHandshake).toHaveBeenCalledExactlyOnceWith({ answer: { motd: "hello" }, url: URL_OF_HOME });
  });

  test("data that can't be sent reject with their path", async () => {
    const { connect, options } = openHome();
    await expect(connect(WAREHOUSE, { ...options, handshake: { secret: Symbol("x") } })).rejects.toMatchObject({
      code: "HW_CANNOT_SEND",
      path: "handshake.secret",
    });
  });

  test("a function for the data that throws rejects", async () => {
    const { connect, options, lines } = openHome();
    const handshake = (): never => {
      throw new Error("no data");
    };
    await expect(connect(WAREHOUSE, { ...options, handshake })).rejects.toMatchObject({ code: "HW_CONNECT_FAILED" });
    expect(lines).toHaveLength(0);
  });

  test("the daemon's refusal rejects everything, and nothing ran", async () => {
    const refuse = (): never => {
      throw new Error("update your client");
    };
    const { connect, options, daemon } = openHome({ daemon: { onHandshake: refuse } });
    const warehouse = connect<Warehouse>(WAREHOUSE, options);
    const stored = warehouse.store("x", 1);
    await expect(warehouse).rejects.toMatchObject({
      code: "HW_REFUSED",
      message: expect.stringMatching(/update/) as string,
    });
    await expect(stored).rejects.toMatchObject({ delivery: "not-sent" });
    expect(daemon.sessions.size).toBe(0);
  });

  test("the client's refusal rejects everything, and no call was made", async () => {
    const { connect, options, daemon } = openHome();
    const authorized = vi.fn<() => void>();
    const warehouse = connect<Warehouse>(WAREHOUSE, {
      ...options,
      onHandshake: async () => {
        await settle();
        throw new Error("not my daemon");
      },
    });
    const stored = warehouse.store("x", 1).then(authorized);
    await expect(warehouse).rejects.toMatchObject({
      code: "HW_REFUSED",
      message: expect.stringMatching(/"onHandshake" refused .*not my daemon/) as string,
    });
    await expect(stored).rejects.toMatchObject({ code: "HW_REFUSED", delivery: "not-sent" });
    await settle();
    expect(daemon.sessions.size).toBe(0);
  });
});

describe("a daemon that can't be reached", () => {
  /** A client whose HELLO is answered by the test; `ends` are the closes that the daemon's side saw. */
  function scripted(answer: (far: Transport) => void) {
    const ends: TransportClose[] = [];
    const dial = (): Transport => {
      const [near, far] = transportPair();
      far.start({ opened: () => undefined, frame: () => answer(far), closed: (close) => ends.push(close) });
      return near;
    };
    return { ...openHome({ environment: { dial } }), ends };
  }

  test.each([
    [1011, "HW_CONNECT_FAILED", true],
    [4400, "HW_CONNECT_FAILED", false],
    [4401, "HW_REFUSED", false],
    [4403, "HW_REFUSED", false],
  ])("close code %i before WELCOME is %s", async (code, expected, retryable) => {
    const { connect, options } = scripted((far) => far.close(code));
    const failure = { code: expected, retryable, delivery: "not-sent", peer: URL_OF_HOME };
    await expect(connect(WAREHOUSE, options)).rejects.toMatchObject(failure);
  });

  test.each([4429, 4503])("close code %i before WELCOME is tried again until connectTimeoutMs", async (code) => {
    let dialled = 0;
    const { connect, options, clock } = scripted((far) => {
      dialled += 1;
      far.close(code);
    });
    const [failed] = await Promise.all([Promise.allSettled([connect(WAREHOUSE, options)]), clock.advance(10_000)]);
    const cause = { code: "HW_REFUSED", retryable: true };
    const reason = { code: "HW_CONNECT_TIMEOUT", retryable: true, delivery: "not-sent", cause };
    expect(failed).toMatchObject([{ status: "rejected", reason }]);
    expect(dialled).toBeGreaterThan(4);
    expect(clock.pendingTimers).toBe(0);
  });

  test.each([4429, 4503])("close code %i before WELCOME is HW_REFUSED without reconnect", async (code) => {
    const { connect, options } = scripted((far) => far.close(code));
    const failure = { code: "HW_REFUSED", retryable: true, delivery: "not-sent", peer: URL_OF_HOME };
    await expect(connect(WAREHOUSE, { ...options, reconnect: false })).rejects.toMatchObject(failure);
  });

  /** A client whose line breaks before it is open. */
  function broken(error?: Error) {
    const dial = () => ({
      start: (receiver: TransportReceiver) =>
        queueMicrotask(() => receiver.closed({ code: 1006, reason: "", ...(error && { error }) })),
      send: () => undefined,
      close: () => undefined,
      destroy: () => undefined,
      bufferedBytes: 0,
    });
    return openHome({ environment: { dial } });
  }

  test("that a browser says nothing of may have refused the page", async () => {
    const { connect, options } = broken();
    await expect(connect(WAREHOUSE, options)).rejects.toMatchObject({
      code: "HW_CONNECT_FAILED",
      message:
        "could not connect to ws://home.test/: closed with 1006. Is a hearthwire daemon listening there? " +
        "Or it refused this page's origin or path: see the daemon's event \"refused\"",
    });
  });

  test.each([
    [
      "wss://home.test/",
      "EPROTO",
      /: TLS failed \(EPROTO\)\. If the daemon there has no TLS, use ws:\/\/home\.test\/$/,
    ],
    ["wss://home.test/", "ERR_SSL_WRONG_VERSION_NUMBER", /TLS failed .* use ws:\/\/home\.test\/$/],
    ["wss://home.test/", "ECONNRESET", /: write error:0A00010B[^]*listening there\?$/],
    ["ws://home.test/", "EPROTO", /: write error:0A00010B[^]*listening there\?$/],
  ])("at %s with %s says what to do", async (url, code, message) => {
    const cause = Object.assign(new Error("write error:0A00010B:SSL routines\n"), { code });
    const { connect, options } = broken(cause);
    await expect(connect(`${url}warehouse`, options)).rejects.toMatchObject({
      code: "HW_CONNECT_FAILED",
      cause,
      message: expect.stringMatching(message) as string,
    });
  });

  test.each([
    [403, "HW_REFUSED", false, /403.*ws:\/\/home\.test.*"publicUrl".*"origins".*event says which$/],
    [404, "HW_CONNECT_FAILED", false, /404.*the path of the daemon\?$/],
    [503, "HW_REFUSED", true, /starting or shutting down .*503/],
    [500, "HW_CONNECT_FAILED", true, /status 500\. Is a hearthwire daemon listening there\?$/],
  ])("an upgrade refused with HTTP status %i is %s", async (status, code, retryable, message) => {
    const cause = new UpgradeRefusedError(status);
    const { connect, options } = broken(cause);
    await expect(connect(WAREHOUSE, { ...options, reconnect: false })).rejects.toMatchObject({
      code,
      retryable,
      cause,
      peer: URL_OF_HOME,
      delivery: "not-sent",
      message: expect.stringMatching(message) as string,
    });
  });

  test("a line that breaks keeps its cause", async () => {
    const cause = new Error("connect ECONNREFUSED 127.0.0.1:7766");
    const { connect, options } = broken(cause);
    await expect(connect(WAREHOUSE, options)).rejects.toMatchObject({
      code: "HW_CONNECT_FAILED",
      cause,
      message: expect.stringMatching(/could not connect to ws:\/\/home\.test\/: connect ECONNREFUSED/) as string,
    });
  });

  test("a transport that can't be dialled rejects", async () => {
    const dial = (): never => {
      throw new Error("insecure");
    };
    const { connect, options } = openHome({ environment: { dial } });
    await expect(connect(WAREHOUSE, options)).rejects.toMatchObject({ code: "HW_CONNECT_FAILED" });
  });

  test("an answer that is not signed with the key says that the server proved nothing", async () => {
    const { connect, options } = scripted((far) => far.send(new Uint8Array(200)));
    await expect(connect(WAREHOUSE, options)).rejects.toMatchObject({
      code: "HW_REFUSED",
      message: expect.stringMatching(/could not prove that it holds the key/) as string,
    });
  });

  test("silence ends at connectTimeoutMs, for the calls that waited too", async () => {
    const { connect, options, clock, ends } = scripted(() => undefined);
    const warehouse = connect<Warehouse>(WAREHOUSE, { ...options, connectTimeoutMs: 500 });
    const settled = Promise.allSettled([warehouse, warehouse.store("x", 1)]);
    await clock.advance(499);
    expect(connectionOf(warehouse).state.status).toBe("connecting");
    await clock.advance(1);
    const timeout = {
      status: "rejected",
      reason: { code: "HW_CONNECT_TIMEOUT", message: expect.stringMatching(/500 ms/) as string },
    };
    expect(await settled).toMatchObject([timeout, timeout]);
    expect(clock.pendingTimers).toBe(0);
    await settle();
    expect(ends).toHaveLength(1);
  });

  test("a credential function that never answers ends at connectTimeoutMs", async () => {
    const { connect, clock, lines } = openHome();
    const connecting = connect(WAREHOUSE, { key: () => new Promise<Key>(() => undefined) });
    const settled = Promise.allSettled([connecting]);
    await clock.advance(10_000);
    expect(await settled).toMatchObject([{ reason: { code: "HW_CONNECT_TIMEOUT" } }]);
    expect(lines).toHaveLength(0);
  });

  test("connectTimeoutMs 0 waits for ever", async () => {
    const { connect, options, clock } = scripted(() => undefined);
    const connecting = connect<Warehouse>(WAREHOUSE, { ...options, connectTimeoutMs: 0 });
    await clock.advance(3_600_000);
    expect(connectionOf(connecting).state.status).toBe("connecting");
    release(connecting);
    await clock.advance(1_000);
    await expect(connecting).rejects.toMatchObject({ code: "HW_CONNECTION_CLOSED" });
  });
});

describe("an abort signal", () => {
  test("ends connecting with its reason", async () => {
    const { connect, options } = openHome();
    const controller = new AbortController();
    const warehouse = connect<Warehouse>(WAREHOUSE, { ...options, signal: controller.signal });
    const settled = Promise.allSettled([warehouse, warehouse.store("x", 1), connectionOf(warehouse).ready]);
    const reason = new Error("page left");
    controller.abort(reason);
    expect(await settled).toEqual([1, 2, 3].map(() => ({ status: "rejected", reason })));
    expect(connectionOf(warehouse).state).toEqual({ status: "closed", reason });
  });

  test("that is aborted already dials nothing", async () => {
    const { connect, options, lines } = openHome();
    await expect(connect(WAREHOUSE, { ...options, signal: AbortSignal.abort("no") })).rejects.toBe("no");
    expect(lines).toHaveLength(0);
  });

  test("ends the connection, its running calls, and no other connection", async () => {
    const { connect, options } = openHome();
    const controller = new AbortController();
    const mine = await connect<Warehouse>(WAREHOUSE, { ...options, signal: controller.signal });
    const other = await connect<Warehouse>(WAREHOUSE, options);
    const running = Promise.allSettled([mine.never()]);
    controller.abort("enough");
    expect(await running).toEqual([{ status: "rejected", reason: "enough" }]);
    await expect(mine.store("x", 1)).rejects.toBe("enough");
    expect(await other.store("x", 1)).toBe(1);
  });
});

describe("deadlines of calls", () => {
  test("timeoutMs is each call's deadline, withOptions changes it", async () => {
    const { connect, options, clock } = openHome();
    const warehouse = await connect<Warehouse>(WAREHOUSE, { ...options, timeoutMs: 100 });
    const settled = Promise.allSettled([warehouse.never(), withOptions(warehouse, { timeoutMs: 50 }).never()]);
    await clock.advance(50);
    await clock.advance(50);
    expect(await settled).toMatchObject([{ reason: { timeoutMs: 100 } }, { reason: { timeoutMs: 50 } }]);
  });

  test("connecting has its own deadline", async () => {
    const { connect, options, clock } = openHome({ daemon: { onHandshake: () => new Promise(() => undefined) } });
    const warehouse = connect<Warehouse>(WAREHOUSE, { ...options, timeoutMs: 100, connectTimeoutMs: 1_000 });
    const settled = Promise.allSettled([warehouse, warehouse.store("x", 1)]);
    await clock.advance(100);
    expect(connectionOf(warehouse).state.status).toBe("connecting");
    await clock.advance(900);
    expect(await settled).toMatchObject([
      { reason: { code: "HW_CONNECT_TIMEOUT" } },
      { reason: { code: "HW_DEADLINE" } },
    ]);
  });
});

describe("identity", () => {
  test("one object over one socket is the same remote, over two it is not", async () => {
    const { connect, options } = openHome();
    const a = await connect<Warehouse>(WAREHOUSE, options);
    const b = await connect<Warehouse>(WAREHOUSE, options);
    const c = await connect<Warehouse>(WAREHOUSE, { ...options, isolated: true });
    expect([sameRemote(a, b), sameRemote(a, c)]).toEqual([true, false]);
  });

  test("a reference belongs to the connections of its socket", async () => {
    const { connect, options } = openHome();
    const warehouse = await connect<Warehouse>(WAREHOUSE, options);
    const shelf = await warehouse.shelf("top");
    const connection = connectionOf(shelf);
    expect(connection.state).toBe(connectionOf(warehouse).state);
    await connection.close();
    await expect((shelf as unknown as Shelf).name()).rejects.toMatchObject({
      code: expect.stringMatching(/^HW_/) as string,
    });
    await expect(warehouse.store("x", 1)).rejects.toMatchObject({ code: "HW_CONNECTION_CLOSED", delivery: "not-sent" });
  });
});
