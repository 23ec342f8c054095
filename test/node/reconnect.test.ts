import { createServer, type Server } from "node:http";
import type { AddressInfo, Socket } from "node:net";
import { afterEach, expect, it } from "vitest";
import { Key } from "../../src/auth/key.js";
import { KeyRing } from "../../src/auth/key-ring.js";
import { batch } from "../../src/client/batch.js";
import type { Connection } from "../../src/client/connection.js";
import { oneway } from "../../src/client/oneway.js";
import { withOptions } from "../../src/client/proxy-functions.js";
import type { Remote } from "../../src/client/remote.js";
import { openConnection } from "../../src/node/connect.js";
import { serve } from "../../src/node/serve.js";
import type { Daemon } from "../../src/node/served-daemon.js";
import { Depot } from "./support/depot.js";

const closing: (() => unknown)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0).toReversed()) await close();
});

/** A daemon whose sockets a test can destroy, as a network does: on the side of the server, without a word. */
class Host {
  readonly depot = new Depot();
  readonly sockets = new Set<Socket>();
  server!: Server;
  daemon!: Daemon;
  port = 0;

  async start(keys: KeyRing): Promise<this> {
    this.server = createServer();
    this.server.on("connection", (socket: Socket) => {
      this.sockets.add(socket);
      socket.on("close", () => this.sockets.delete(socket));
    });
    await new Promise<void>((resolve) => this.server.listen(this.port, "127.0.0.1", resolve));
    this.port = (this.server.address() as AddressInfo).port;
    this.daemon = (await serve({ depot: this.depot }, { keys, path: "/", server: this.server })) as unknown as Daemon;
    return this;
  }

  get url(): string {
    return `ws://127.0.0.1:${this.port}/`;
  }

  cut(): void {
    for (const socket of this.sockets) socket.destroy();
  }

  /** As SIGKILL does it: nobody is told, and nobody listens. */
  async kill(): Promise<void> {
    const closed = new Promise<void>((resolve) => this.server.close(() => resolve()));
    this.cut();
    await closed;
    await this.daemon.close({ graceMs: 0 });
  }
}

async function connected(options: object = {}) {
  const key = Key.generate({ id: "ann" });
  const keys = new KeyRing([key]);
  const host = await new Host().start(keys);
  closing.push(() => host.kill().catch(() => undefined));
  const connection = openConnection<{ depot: Depot }>(host.url, { key, isolated: true, ...options });
  closing.push(() => connection.close());
  await connection.ready;
  const depot: Remote<Depot> = connection.object("depot");
  return { host, keys, key, connection, depot };
}

async function inState(connection: Connection<never>, status: string): Promise<void> {
  if (connection.state.status === status) return;
  await new Promise<void>((resolve) => {
    const stop = connection.on("state", (state) => {
      if (state.status !== status) return;
      stop();
      resolve();
    });
  });
}

/** A daemon lets a session go on three times at once, and then every second. */
const CUTS = 4;

async function* upTo(count: number): AsyncGenerator<number> {
  for (let number = 1; number <= count; number++) yield number;
}

it("goes on with everything over sockets that are cut several times", async () => {
  const { host, connection, depot } = await connected({
    timeoutMs: 0,
    reconnect: { minDelayMs: 1, maxDelayMs: 20 },
  });
  let cuts = 0;
  const cutSoon = (): void => {
    if (cuts++ < CUTS) setTimeout(() => host.cut(), 15);
  };
  connection.on("state", ({ status }) => {
    if (status === "connected") cutSoon();
  });
  cutSoon();
  const counter = await depot.counter();
  const bytes = Uint8Array.from({ length: 3_000_000 }, (_, index) => index % 251);
  const abort = new AbortController();
  const endless = withOptions(depot, { signal: abort.signal })
    .untilAborted()
    .then(
      () => "answered",
      () => "aborted",
    );
  const sender = oneway(depot);
  const heard: number[] = [];
  const received: number[] = [];
  const written: number[] = [];
  const sink = new WritableStream<number>({ write: (number) => void written.push(number) });
  const numbers = (count: number): number[] => Array.from({ length: count }, (_, index) => index + 1);
  const adding = async (): Promise<number[]> => {
    const counts: number[] = [];
    for (let turn = 1; turn <= 150; turn++) {
      sender.note(turn);
      counts.push(await counter.add());
      if (turn % 50 === 0) await new Promise((resolve) => setTimeout(resolve, 20));
    }
    return counts;
  };
  const [counts, total, mirrored, size, batched] = await Promise.all([
    adding(),
    depot.total(upTo(2_000)),
    depot.mirrored(bytes),
    depot.sizeOf(new Blob([bytes])),
    batch(depot, (recorder) => numbers(20).map((number) => recorder.add(number, 1))),
    depot.callBack(async (number) => void heard.push(number), 60),
    depot.writeTo(sink, 60),
    (async () => {
      for await (const number of depot.count(2_000)) received.push(number);
    })(),
  ]);
  expect(counts).toEqual(numbers(150));
  expect(total).toBe(2_001_000);
  expect(Buffer.compare(mirrored, bytes.toReversed())).toBe(0);
  expect(size).toBe(bytes.length);
  expect(batched).toEqual(numbers(20).map((number) => number + 1));
  expect(heard).toEqual(numbers(60));
  expect(written).toEqual(numbers(60));
  expect(received).toEqual(numbers(2_000));
  abort.abort();
  expect(await endless).toBe("aborted");
  await depot.add(1, 1);
  expect(host.depot.noted).toEqual(numbers(150));
  expect(host.depot.aborted).toBe(1);
  expect(cuts).toBeGreaterThan(1);
  expect(host.daemon.sessions.size).toBe(1);
});

it("finds a daemon that was killed and started again on its port; references are gone, named objects work", async () => {
  const { host, keys, connection, depot } = await connected({ reconnect: { minDelayMs: 20, maxDelayMs: 100 } });
  const sessions: object[] = [];
  connection.on("session", (session) => sessions.push(session));
  const counter = await depot.counter();
  expect(await counter.add()).toBe(1);
  const pending = Promise.allSettled([depot.untilAborted()]);
  await depot.add(1, 1);
  await host.kill();
  await inState(connection as Connection<never>, "reconnecting");
  await host.start(keys);
  expect(await pending).toMatchObject([
    { status: "rejected", reason: { code: "HW_SESSION_LOST", delivery: "unknown", object: "depot" } },
  ]);
  expect(await depot.add(2, 3)).toBe(5);
  expect(sessions).toHaveLength(1);
  const gone = await counter.add().then(
    () => undefined,
    (error: unknown) => error,
  );
  expect(gone).toMatchObject({ delivery: "not-sent" });
});

it("gives up when it was told to", async () => {
  const { host, connection } = await connected({
    reconnect: { minDelayMs: 10, maxDelayMs: 20, giveUpAfterMs: 200 },
  });
  await host.kill();
  expect(await connection.closed).toMatchObject({
    code: "HW_CONNECT_TIMEOUT",
    cause: { code: "HW_CONNECT_FAILED" },
  });
});

it("is let in again once its key is back on the ring", async () => {
  const { host, keys, key, connection, depot } = await connected({ reconnect: { minDelayMs: 150, maxDelayMs: 150 } });
  const states: string[] = [];
  connection.on("state", (state) => states.push(state.status));
  // The ring of the next daemon has not been filled yet.
  const empty = new KeyRing([Key.generate({ id: "other" })]);
  await host.kill();
  await host.start(empty);
  const refused = new Promise<void>((resolve) => host.daemon.on("refused", () => resolve()));
  await refused;
  empty.add(key);
  expect(keys).not.toBe(empty);
  await inState(connection as Connection<never>, "connected");
  expect(await depot.add(1, 2)).toBe(3);
  expect(states.at(-1)).toBe("connected");
});
