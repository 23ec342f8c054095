import { once } from "node:events";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { afterEach, describe, expect, it } from "vitest";
import { Key } from "../../src/auth/key.js";
import { openConnection } from "../../src/node/connect.js";
import { serve } from "../../src/node/serve.js";
import { rawUpgrade } from "./raw-http.js";

const cleanups: (() => unknown)[] = [];
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
});

async function listening(): Promise<Server> {
  const server = createServer();
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  cleanups.push(() => {
    server.closeAllConnections();
    server.close();
  });
  return server;
}

/** A daemon on a path of the server, which says by which path it was reached, and a client of it. */
async function daemonAt(server: Server, path: string) {
  const key = Key.generate({ id: path.slice(1) });
  const daemon = await serve({ sign: { read: () => path } }, { server, path, keys: key });
  cleanups.push(() => daemon.close({ graceMs: 0 }));
  const connect = (with_ = key) => {
    const connection = openConnection<{ sign: { read(): string } }>(daemon.url(), { key: with_ });
    cleanups.push(() => connection.close());
    return connection;
  };
  return { daemon, key, connect };
}

describe("several daemons on one server", () => {
  it("are reached by their paths over one port, each with objects and keys of its own", async () => {
    const server = await listening();
    const [shop, bank] = [await daemonAt(server, "/shop"), await daemonAt(server, "/bank")];
    const { port } = server.address() as AddressInfo;
    expect([shop.daemon.url("sign"), bank.daemon.url("sign")]).toEqual([
      `ws://127.0.0.1:${port}/shop/sign`,
      `ws://127.0.0.1:${port}/bank/sign`,
    ]);
    expect(await shop.connect().object("sign").read()).toBe("/shop");
    expect(await bank.connect().object("sign").read()).toBe("/bank");
    await expect(bank.connect(shop.key).ready).rejects.toMatchObject({ code: "HW_REFUSED" });
  });

  it("end one by one: the others go on, and the path of one that closed is nobody's", async () => {
    const server = await listening();
    const [shop, bank] = [await daemonAt(server, "/shop"), await daemonAt(server, "/bank")];
    const sign = bank.connect().object("sign");
    await sign.read();
    await shop.daemon.close({ graceMs: 0 });
    expect(await sign.read()).toBe("/bank");
    const { port } = server.address() as AddressInfo;
    expect((await rawUpgrade({ port, target: "/bank" })).status).toBe(101);
    expect((await rawUpgrade({ port, target: "/shop" })).status).toBe(404);
  });
});
