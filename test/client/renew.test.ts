import { describe, expect, it } from "vitest";
import { Key } from "../../src/auth/key.js";
import { KeyRing } from "../../src/auth/key-ring.js";
import type { Ticket } from "../../src/auth/ticket.js";
import { ConnectionError } from "../../src/errors/hearthwire-error.js";
import { transportPair } from "../../src/transport/transport-pair.js";
import { RenewalBench } from "./support/renewal-bench.js";
import { expectNoUnhandledRejection } from "./unhandled.js";

expectNoUnhandledRejection();

const MINUTE_MS = 60_000;

/** A bench whose client has a ticket function; `asked` has what it was asked with. */
async function ticketClient({
  lifetimeMs = 10 * MINUTE_MS,
  ticket,
}: { lifetimeMs?: number; ticket?: () => Ticket | Promise<Ticket> } = {}) {
  const bench = new RenewalBench();
  const asked: boolean[] = [];
  let source = ticket ?? (() => bench.ticket({ lifetimeMs }));
  const connection = bench.connect({
    ticket: ({ fresh }) => {
      asked.push(fresh);
      return source();
    },
    timeoutMs: 0,
  });
  await bench.settle();
  const give = (next: () => Ticket | Promise<Ticket>): void => void (source = next);
  return { bench, connection, asked, shop: connection.object("shop"), give };
}

function rejection(promise: Promise<unknown>): Promise<unknown> {
  return promise.then(
    () => new Error("it was fulfilled"),
    (error: unknown) => error,
  );
}

describe("Connection#renew", () => {
  it("moves to a new line with a fresh credential, and the old one is closed with 4409", async () => {
    const { bench, connection, asked } = await ticketClient();
    const before = connection.state;
    await connection.renew();
    expect(asked).toEqual([false, true]);
    expect(bench.lines.map(({ closedWith }) => closedWith)).toEqual([4409, undefined]);
    expect(bench.renewed).toEqual(bench.accepted);
    expect(connection.state).toBe(before);
    expect(bench.asked).toHaveLength(1);
  });

  it("leaves calls, streams, callbacks and references as they are", async () => {
    const { connection, shop } = await ticketClient();
    const heard: string[] = [];
    const waiting = shop.wait();
    await shop.listen((item) => void heard.push(item));
    const numbers = shop.count(100)[Symbol.asyncIterator]();
    expect(await numbers.next()).toMatchObject({ value: 1 });
    await connection.renew();
    await shop.tell("milk");
    expect(heard).toEqual(["milk"]);
    const rest: number[] = [];
    for (let next = await numbers.next(); next.done !== true; next = await numbers.next()) rest.push(next.value);
    expect(rest).toEqual(Array.from({ length: 99 }, (_, index) => index + 2));
    await shop.finish();
    expect(await waiting).toBe("waited");
    expect(await shop.buy("tea")).toBe("ticket:root/zoe bought tea");
  });

  it("resolves when the daemon uses the new line: what it rests on is the fresh credential", async () => {
    const [january, february] = ["2026-01", "2026-02"].map((id) => Key.generate({ id, subject: "ann" })) as [Key, Key];
    const bench = new RenewalBench({ keys: new KeyRing([january]) });
    let current = january;
    const connection = bench.connect({ key: () => current });
    await connection.ready;
    bench.keys.add(february);
    current = february;
    await connection.renew();
    bench.keys.remove("2026-01");
    await bench.settle();
    expect(connection.state.status).toBe("connected");
    expect(await connection.object("shop").buy("tea")).toBe("key:ann bought tea");
    bench.keys.remove("2026-02");
    await bench.clock.advance(1_000);
    expect(connection.state.status).toBe("closed");
  });

  it("is one renewal for all who ask meanwhile", async () => {
    const { bench, connection, asked } = await ticketClient();
    await Promise.all([connection.renew(), connection.renew(), connection.renew()]);
    expect(bench.lines).toHaveLength(2);
    expect(asked).toHaveLength(2);
    await connection.renew();
    expect(bench.lines).toHaveLength(3);
  });

  it("moves again and again", async () => {
    const { bench, connection, shop } = await ticketClient();
    for (let round = 1; round <= 5; round++) {
      await bench.clock.advance(1_000);
      await connection.renew();
      expect(await shop.buy("tea")).toBe("ticket:root/zoe bought tea");
    }
    expect(bench.lines.map(({ closedWith }) => closedWith)).toEqual([4409, 4409, 4409, 4409, 4409, undefined]);
    expect(bench.accepted).toHaveLength(1);
  });

  it("waits until the daemon lets it, when it comes too often, and the connection goes on as it was", async () => {
    const { bench, connection, shop } = await ticketClient();
    for (let round = 1; round <= 3; round++) await connection.renew();
    const renewed = connection.renew();
    await bench.clock.advance(999);
    expect(bench.renewed).toHaveLength(3);
    expect(await shop.buy("tea")).toBe("ticket:root/zoe bought tea");
    await bench.clock.advance(1);
    await renewed;
    expect(bench.renewed).toHaveLength(4);
    expect(await shop.buy("tea")).toBe("ticket:root/zoe bought tea");
  });

  it("works with a key that stays the same", async () => {
    const key = Key.generate({ id: "ann" });
    const bench = new RenewalBench({ keys: new KeyRing([key]) });
    const connection = bench.connect({ key });
    await connection.ready;
    await connection.renew();
    expect(bench.renewed).toHaveLength(1);
  });

  it("rejects before the connection is open, and after it was closed", async () => {
    const bench = new RenewalBench();
    const connection = bench.connect({ ticket: () => bench.ticket() });
    expect(await rejection(connection.renew())).toMatchObject({ code: "HW_CONNECT_FAILED", retryable: true });
    await connection.ready;
    await connection.close();
    expect(await rejection(connection.renew())).toMatchObject({ code: "HW_CONNECTION_CLOSED" });
  });

  it.each<[string, string, (bench: RenewalBench) => Ticket | Promise<Ticket>]>([
    ["of another subject", "HW_REFUSED", (bench) => bench.ticket({ subject: "mallory" })],
    ["that is not accepted", "HW_REFUSED", (bench) => bench.ticket({ audience: "ws://elsewhere.test" })],
    ["that is none", "HW_OPTION_INVALID", () => ({}) as Ticket],
    ["that nobody gives", "HW_CONNECT_FAILED", () => Promise.reject(new Error("nobody is logged in"))],
  ])("rejects with a ticket %s, and the connection goes on as it was", async (_, code, ticket) => {
    const { bench, connection, shop, give } = await ticketClient();
    const waiting = shop.wait();
    give(() => ticket(bench));
    expect(await rejection(connection.renew())).toMatchObject({ code });
    await bench.settle();
    expect(bench.lines[0]).not.toHaveProperty("closedWith");
    await shop.finish();
    expect(await waiting).toBe("waited");
    expect(connection.state.status).toBe("connected");
    // A moment later it may be tried again.
    give(() => bench.ticket());
    await bench.clock.advance(1_000);
    await connection.renew();
    expect(await shop.buy("tea")).toBe("ticket:root/zoe bought tea");
  });

  it("says of a session that may not go on that its principal is another one", async () => {
    const { bench, connection, give } = await ticketClient();
    give(() => bench.ticket({ subject: "mallory" }));
    const error = (await rejection(connection.renew())) as ConnectionError;
    expect(error.message).toContain("its principal is not the one that the session began with");
    expect(bench.accepted).toHaveLength(1);
    expect(bench.core.sessions.size).toBe(1);
  });

  it("gives whoever asks within a second of a failure the same one, without asking the source", async () => {
    const { bench, connection, asked, give } = await ticketClient();
    give(() => Promise.reject(new Error("the endpoint is broken")));
    const first = await rejection(connection.renew());
    for (let again = 0; again < 50; again++) expect(await rejection(connection.renew())).toBe(first);
    expect(asked).toHaveLength(2);
    await bench.clock.advance(1_000);
    await rejection(connection.renew());
    expect(asked).toHaveLength(3);
  });

  it("rejects when nobody answers in time, and the connection goes on", async () => {
    const { bench, connection, shop } = await ticketClient();
    bench.isSilent = true;
    const renewed = rejection(connection.renew());
    await bench.clock.advance(9_999);
    expect(connection.state.status).toBe("connected");
    await bench.clock.advance(1);
    expect(await renewed).toMatchObject({ code: "HW_CONNECT_TIMEOUT" });
    expect(await shop.buy("tea")).toBe("ticket:root/zoe bought tea");
  });

  it("rejects when the new line is cut before the daemon has proved itself, and the connection goes on", async () => {
    const { bench, connection, shop } = await ticketClient();
    bench.nextLine = () => {
      const [near, far] = transportPair();
      return [near, { ...pass(far), send: () => far.destroy() }];
    };
    expect(await rejection(connection.renew())).toMatchObject({ code: "HW_CONNECT_FAILED" });
    expect(await shop.buy("tea")).toBe("ticket:root/zoe bought tea");
  });

  it("rejects when the connection is closed meanwhile, at whatever point", async () => {
    for (let turns = 0; turns < 40; turns++) {
      const { bench, connection } = await ticketClient();
      const renewed = connection.renew().then(
        () => "renewed",
        (error: unknown) => (error instanceof ConnectionError ? error.code : error),
      );
      for (let turn = 0; turn < turns; turn++) await Promise.resolve();
      await connection.close();
      expect(["HW_CONNECTION_CLOSED", "renewed"]).toContain(await renewed);
      await bench.settle();
      expect(bench.core.sessions.size).toBe(0);
      expect(bench.lines.every(({ closedWith }) => closedWith !== undefined)).toBe(true);
      expect(bench.clock.pendingTimers).toBe(0);
    }
  });

  it("rejects when the daemon closes meanwhile, at whatever point", async () => {
    for (let turns = 0; turns < 40; turns++) {
      const { bench, connection } = await ticketClient();
      const renewed = connection.renew().then(
        () => "renewed",
        (error: unknown) => (error instanceof ConnectionError ? error.code : error),
      );
      for (let turn = 0; turn < turns; turn++) await Promise.resolve();
      await bench.core.close({ graceMs: 0 });
      expect(["HW_CONNECTION_CLOSED", "HW_REFUSED", "renewed"]).toContain(await renewed);
      await bench.settle();
      expect(["connecting", "reconnecting"]).toContain(connection.state.status);
      await connection.close();
      expect(connection.state.status).toBe("closed");
      await bench.clock.advance(5_000);
      expect(bench.clock.pendingTimers).toBe(0);
    }
  });

  it("tears an old line down whose end never comes, once the daemon is heard on the new one", async () => {
    const { bench, connection } = await ticketClient();
    bench.lines[0]!.far.close = () => undefined;
    await connection.renew();
    await bench.clock.advance(1_999);
    expect(bench.lines[0]).not.toHaveProperty("closedWith");
    await bench.clock.advance(1);
    expect(bench.lines[0]).toMatchObject({ closedWith: 1006 });
  });
});

/** A transport's own members, as functions. */
function pass(transport: ReturnType<typeof transportPair>[0]) {
  return {
    start: transport.start.bind(transport),
    send: transport.send.bind(transport),
    close: transport.close.bind(transport),
    destroy: transport.destroy.bind(transport),
    bufferedBytes: 0,
  };
}

describe("a credential that ends", () => {
  it.each([
    [10 * MINUTE_MS, 8 * MINUTE_MS],
    [2 * MINUTE_MS, 1.5 * MINUTE_MS],
    [MINUTE_MS, MINUTE_MS / 2],
    [20_000, 10_000],
    [1_000, 1_000],
  ])("of a ticket that lives %d ms is renewed after %d ms", async (lifetimeMs, dueMs) => {
    const { bench, asked } = await ticketClient({ lifetimeMs });
    await bench.clock.advance(dueMs - 1);
    expect(asked).toEqual([false]);
    await bench.clock.advance(1);
    expect(asked).toEqual([false, true]);
    await bench.settle();
    expect(bench.renewed).toHaveLength(1);
  });

  it("row 33: a session outlives any number of tickets when each is followed by the next", async () => {
    const { bench, connection, shop, asked } = await ticketClient({ lifetimeMs: MINUTE_MS });
    for (let minute = 0; minute < 30; minute++) await bench.clock.advance(MINUTE_MS);
    expect(connection.state.status).toBe("connected");
    expect(asked).toHaveLength(61);
    expect(await shop.buy("tea")).toBe("ticket:root/zoe bought tea");
    expect(bench.accepted).toHaveLength(1);
    // No timers or lines are left behind.
    expect(bench.lines.filter(({ closedWith }) => closedWith === undefined)).toHaveLength(1);
    await connection.close();
    await bench.clock.advance(5_000);
    expect(bench.clock.pendingTimers).toBe(0);
  });

  it("row 33: a session whose ticket is not refreshed is closed at its end", async () => {
    const bench = new RenewalBench();
    const connection = bench.connect({ ticket: bench.ticket({ lifetimeMs: MINUTE_MS }) });
    await connection.ready;
    await bench.clock.advance(2 * MINUTE_MS - 1);
    expect(connection.state.status).toBe("connected");
    await bench.clock.advance(1_000);
    expect(await connection.closed).toMatchObject({ code: "HW_CREDENTIALS_EXPIRED", cause: { code: "HW_REFUSED" } });
  });

  it("of a key that a function gives is renewed by the next key", async () => {
    const keys = new KeyRing();
    const bench = new RenewalBench({ keys });
    const give = (): Key => {
      const key = Key.generate({ subject: "ann", notAfter: new Date(bench.clock.now() + 10 * MINUTE_MS) });
      keys.add(key);
      return key;
    };
    const connection = bench.connect({ key: give });
    await connection.ready;
    for (let minute = 0; minute < 60; minute++) await bench.clock.advance(MINUTE_MS);
    expect(connection.state.status).toBe("connected");
    expect(bench.renewed.length).toBe(7);
  });

  it("is not renewed by itself when it is no function, or has no end", async () => {
    const key = Key.generate({ id: "ann" });
    const bench = new RenewalBench({ keys: new KeyRing([key]) });
    const dated = Key.generate({ id: "bob", notAfter: new Date(bench.clock.now() + 10 * MINUTE_MS) });
    bench.keys.add(dated);
    const connections = [bench.connect({ key: () => key }), bench.connect({ key: dated })];
    await Promise.all(connections.map(({ ready }) => ready));
    for (let minute = 0; minute < 11; minute++) await bench.clock.advance(MINUTE_MS);
    expect(bench.renewed).toEqual([]);
    await bench.clock.advance(1_000);
    expect(connections.map(({ state }) => state.status)).toEqual(["connected", "closed"]);
  });

  it("is asked for again with growing pauses while the endpoint is broken, and the session lives on when it works again", async () => {
    const { bench, connection, asked, give } = await ticketClient();
    give(() => Promise.reject(new Error("the endpoint is broken")));
    const tries: number[] = [];
    for (let second = 1; second <= 560; second++) {
      const before = asked.length;
      await bench.clock.advance(1_000);
      for (let one = before; one < asked.length; one++) tries.push(second);
    }
    expect(tries).toEqual([480, 481, 483, 487, 495, 511, 541]);
    give(() => bench.ticket());
    for (let second = 0; second < 60; second++) await bench.clock.advance(1_000);
    expect(bench.renewed).toHaveLength(1);
    expect(connection.state.status).toBe("connected");
  });

  it("is asked for 3 times more once the daemon refuses what it is shown, and then every 30 s", async () => {
    const { bench, connection, asked, give } = await ticketClient();
    give(() => bench.ticket({ subject: "mallory" }));
    for (let second = 0; second < 500; second++) await bench.clock.advance(1_000);
    expect(asked).toEqual([false, true, true, true, true]);
    for (let second = 0; second < 100; second++) await bench.clock.advance(1_000);
    expect(asked.length).toBe(8);
    expect(connection.state.status).toBe("connected");
    give(() => bench.ticket());
    await connection.renew();
    expect(bench.renewed).toHaveLength(1);
  });

  it("is not asked for in a row by a source that gives the same one again", async () => {
    const { bench, asked, give } = await ticketClient();
    const same = bench.ticket();
    give(() => same);
    for (let second = 0; second < 540; second++) await bench.clock.advance(1_000);
    expect(asked.length).toBeLessThan(10);
  });
});
