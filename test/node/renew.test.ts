import { afterEach, expect, it } from "vitest";
import { Key } from "../../src/auth/key.js";
import { KeyRing } from "../../src/auth/key-ring.js";
import type { Connection } from "../../src/client/connection.js";
import { openConnection } from "../../src/node/connect.js";
import { serve } from "../../src/node/serve.js";
import type { Daemon } from "../../src/node/served-daemon.js";
import { Depot } from "./support/depot.js";

const open: (Daemon | Connection<{ depot: Depot }>)[] = [];
afterEach(async () => {
  for (const one of open.splice(0).toReversed()) await one.close();
});

async function served(keys: KeyRing): Promise<{ daemon: Daemon; depot: Depot; renewals: () => number }> {
  const depot = new Depot();
  const daemon = (await serve({ depot }, { keys })) as unknown as Daemon;
  open.push(daemon);
  let renewals = 0;
  daemon.on("renewed", () => (renewals += 1));
  return { daemon, depot, renewals: () => renewals };
}

function connected(daemon: Daemon, options: Parameters<typeof openConnection>[1]): Connection<{ depot: Depot }> {
  const connection = openConnection<{ depot: Depot }>(daemon.url(), { ...options, isolated: true });
  open.push(connection);
  return connection;
}

async function* upTo(count: number): AsyncGenerator<number> {
  for (let number = 1; number <= count; number++) yield number;
}

it("loses nothing of calls, streams, callbacks and large bodies while it moves between sockets", async () => {
  const { daemon, depot, renewals } = await served(new KeyRing([Key.generate({ use: "mint" })]));
  const connection = connected(daemon, { ticket: () => daemon.mintTicket({ subject: "zoe" }) });
  const object = connection.object("depot");
  await connection.ready;

  const counted = (async () => {
    const seen: number[] = [];
    for await (const number of object.count(2_000)) seen.push(number);
    return seen;
  })();
  const total = object.total(upTo(2_000));
  const called: number[] = [];
  const calledBack = object.callBack(async (number) => void called.push(number), 200);
  const sizes = Array.from({ length: 3 }, () => object.size(new Uint8Array(5_000_000)));
  const notes: PromiseLike<void>[] = [];
  for (let renewal = 1; renewal <= 3; renewal++) {
    for (let note = 0; note < 200; note++) notes.push(object.note(notes.length));
    await connection.renew();
  }
  await Promise.all([calledBack, ...notes]);
  expect(await counted).toEqual(Array.from({ length: 2_000 }, (_, index) => index + 1));
  expect(await total).toBe(2_001_000);
  expect(called).toEqual(Array.from({ length: 200 }, (_, index) => index + 1));
  expect(await Promise.all(sizes)).toEqual([5e6, 5e6, 5e6]);
  expect(depot.noted).toEqual(Array.from({ length: 600 }, (_, index) => index));
  expect([renewals(), daemon.sessions.size]).toEqual([3, 1]);
});

it("renews a short ticket by itself, and the socket that it leaves is closed", async () => {
  const { daemon } = await served(new KeyRing([Key.generate({ use: "mint" })]));
  let minted = 0;
  const ticket = () => ((minted += 1), daemon.mintTicket({ subject: "zoe", lifetimeMs: 1_000 }));
  const connection = connected(daemon, { ticket });
  const object = connection.object("depot");
  await connection.ready;
  const { sessionId } = [...daemon.sessions.values()][0]!;
  await new Promise<void>((resolve) => daemon.on("renewed", () => resolve()));
  expect(await object.size(new Uint8Array(7))).toBe(7);
  expect([minted, [...daemon.sessions.keys()]]).toEqual([2, [sessionId]]);
  expect(connection.state).toMatchObject({ status: "connected", sessionId });
});

it("rotates a key: the new one is added, clients renew with it, the old one is removed, and sessions stay", async () => {
  const [january, february] = ["2026-01", "2026-02"].map((id) => Key.generate({ id, subject: "reports" })) as [
    Key,
    Key,
  ];
  const keys = new KeyRing([january]);
  const { daemon, depot } = await served(keys);
  let current = january;
  const clients = [1, 2, 3].map(() => connected(daemon, { key: () => current }));
  await Promise.all(clients.map(({ ready }) => ready));
  const sessions = [...daemon.sessions.keys()];

  keys.add(february);
  current = february;
  await Promise.all(clients.map((client) => client.renew()));
  keys.remove("2026-01");

  for (const [index, client] of clients.entries()) await client.object("depot").note(index);
  expect(depot.noted).toEqual([0, 1, 2]);
  expect([...daemon.sessions.keys()]).toEqual(sessions);
  keys.remove("2026-02");
  expect(await Promise.all(clients.map(({ closed }) => closed))).toMatchObject(
    [1, 2, 3].map(() => ({ code: "HW_REFUSED" })),
  );
});
