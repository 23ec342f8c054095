import { mkdtemp, readdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, describe, expect, it } from "vitest";
import { Key } from "../../src/auth/key.js";
import { KeyRing } from "../../src/auth/key-ring.js";
import { NamingError } from "../../src/errors/hearthwire-error.js";
import { MemoryStorage } from "../../src/naming/memory-storage.js";
import type { NameServer } from "../../src/naming/name-server.js";
import { connect } from "../../src/node/connect.js";
import { serve } from "../../src/node/serve.js";
import { serveNames } from "../../src/node/serve-names.js";

const keys = Key.generate({ id: "team", subject: "ann" });
const ends: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const end of ends.splice(0).reverse()) await end();
});

const client = (url: string) => connect<NameServer>(url, { key: keys, isolated: true });

describe("serveNames", () => {
  it("serves a name server as names", async () => {
    const daemon = await serveNames({ keys, port: 0 });
    ends.push(() => daemon.close());
    expect(daemon.url("names")).toBe(`ws://127.0.0.1:${daemon.address.port}/names`);
    const names = await client(daemon.url("names"));
    const address = "ws://127.0.0.1:7766/cart";
    expect(await names.register("cart", address)).toMatchObject({ owner: "key:ann", address });
    expect(await names.lookup("cart")).toHaveLength(1);
    const failure = await names.lookup("till").then(undefined, (error: unknown) => error);
    expect(failure).toBeInstanceOf(NamingError);
    // What is not for peers is no member of theirs.
    expect("close" in names).toBe(false);
  });

  it("listens on port 7765 unless told otherwise", async () => {
    await using blocker = await serve({ x: { y: () => 1 } }, { keys, port: 7765 }).catch(() => undefined);
    await expect(serveNames({ keys })).rejects.toMatchObject({
      code: "HW_PORT_IN_USE",
      message: expect.stringContaining("7765") as string,
    });
    await blocker?.close();
  });

  it("leaves room for others beside the sessions of one principal", async () => {
    const other = Key.generate({ id: "other" });
    const daemon = await serveNames({ keys: new KeyRing([keys, other]), port: 0, limits: { maxSessions: 4 } });
    ends.push(() => daemon.close());
    const url = daemon.url("names");
    for (let count = 0; count < 3; count++) await client(url);
    await expect(
      Promise.resolve(connect<NameServer>(url, { key: keys, isolated: true, connectTimeoutMs: 300 })),
    ).rejects.toMatchObject({ name: "ConnectionError", retryable: true });
    await (await connect<NameServer>(url, { key: other, isolated: true })).ping();
    expect(daemon.sessions.size).toBe(4);
    const open = await serveNames({ keys, port: 0, limits: { maxSessions: 4, maxSessionsPerPrincipal: 4 } });
    ends.push(() => open.close());
    for (let count = 0; count < 4; count++) await client(open.url("names"));
  });

  it("keeps session-bound names over a restart, and closes the storage with the daemon", async () => {
    const storage = new MemoryStorage();
    let closed = 0;
    storage.close = () => Promise.resolve(void closed++);
    const before = await serveNames({ keys, port: 0, storage });
    const names = await client(before.url("names"));
    await names.register("cart", "ws://127.0.0.1:7766/cart");
    const watching = names.watch()[Symbol.asyncIterator]();
    await watching.next();
    await before.close({ graceMs: 60_000 });
    expect(closed).toBe(1);
    const after = await serveNames({ keys, port: 0, storage });
    ends.push(() => after.close());
    const [found] = await (await client(after.url("names"))).lookup("cart");
    expect(found?.leaseEndsAt).toBeInstanceOf(Date);
  });

  it("forgets all names with its end, unless it is given a storage", async () => {
    const before = await serveNames({ keys, port: 0 });
    const names = await client(before.url("names"));
    await names.register("cart", "ws://127.0.0.1:7766/cart", { leaseMs: 60_000 });
    await names.register("till", "ws://127.0.0.1:7766/till");
    expect(await names.count()).toBe(2);
    await before.close();
    const after = await serveNames({ keys, port: 0 });
    ends.push(() => after.close());
    expect(await (await client(after.url("names"))).count()).toBe(0);
  });

  it("is never without keys: nobody gets in without one, and beyond this machine it does not start", async () => {
    const daemon = await serveNames({ keys, port: 0 });
    ends.push(() => daemon.close());
    const stranger = { key: Key.generate({ id: "team" }), isolated: true };
    const counting = connect<NameServer>(daemon.url("names"), stranger).then((names) => names.count());
    await expect(counting).rejects.toMatchObject({ code: "HW_REFUSED" });
    expect(daemon.sessions.size).toBe(0);
    await (await client(daemon.url("names"))).ping();
    const open = { host: "0.0.0.0", publicUrl: "ws://names.example", allowPlaintext: true, port: 0 };
    await expect(serveNames(open)).rejects.toMatchObject({ code: "HW_CREDENTIALS_MISSING" });
  });

  it("keeps names in a file, which it lets go of when it closes, or fails to start", async () => {
    const folder = await mkdtemp(join(tmpdir(), "hearthwire-names-"));
    ends.push(() => rm(folder, { recursive: true, force: true }));
    const storage = join(folder, "names.db");
    const before = await serveNames({ keys, port: 0, storage });
    const names = await client(before.url("names"));
    await names.register("cart", "ws://127.0.0.1:7766/cart", { leaseMs: 60_000 });
    await expect(serveNames({ keys, port: 0, storage })).rejects.toMatchObject({
      code: "HW_OPTION_INVALID",
      message: expect.stringContaining("another name server uses it") as string,
    });
    await before.close({ graceMs: 60_000 });
    expect(await readdir(folder)).toEqual(["names.db"]);
    await expect(serveNames({ keys, port: -1, storage })).rejects.toThrow(/"port"/);
    const after = await serveNames({ keys, port: 0, storage });
    ends.push(() => after.close());
    expect(await (await client(after.url("names"))).lookup("cart")).toMatchObject([{ owner: "key:ann" }]);
  });

  it("refuses to start on a storage that can't be read, and closes it", async () => {
    const storage = new MemoryStorage();
    let closed = 0;
    storage.close = () => Promise.resolve(void closed++);
    storage.load = () => Promise.reject(new Error("damaged"));
    await expect(serveNames({ keys, port: 0, storage })).rejects.toThrow("damaged");
    expect(closed).toBe(1);
  });

  it.each([
    [{ nameLimits: { maxReplicas: 0 } }, '"limits.maxReplicas" must be an integer'],
    [{ limits: { maxSessions: 0 } }, '"limits.maxSessions" must be an integer'],
    [{ nameLimits: { maxNames: 1 } as object }, '"limits.maxNames" is no limit'],
    [{ admins: true as never }, '"admins" must be a function'],
    [{ storage: 7 as never }, '"storage" must be'],
    [{ nameserver: true } as object, '"nameserver" is no option'],
  ])("refuses the options %j", async (options, sentence) => {
    await expect(serveNames({ keys, port: 0, ...options })).rejects.toMatchObject({
      code: "HW_OPTION_INVALID",
      message: expect.stringContaining(sentence) as string,
    });
  });
});
