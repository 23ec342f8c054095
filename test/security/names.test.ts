import { once } from "node:events";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { type AddressInfo, connect as connectTo, createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, describe, expect, test } from "vitest";
import { Key } from "../../src/auth/key.js";
import type { NameServer as NameServerType } from "../../src/naming/name-server.js";
import { connect, expose, KeyRing, NameServer, serve, serveNames } from "../../src/node.js";
import { formatKeyFile } from "../../src/node/key-file-format.js";
import { runLine } from "../cli/support/fake-io.js";

const team = Key.generate({ id: "team" });
const keys = new KeyRing([team]);

const ends: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const end of ends.splice(0).reverse()) await end();
});

describe("a name server that leads to another daemon", () => {
  test("brings it no call: who listens there has to prove the key", async () => {
    const heard: string[] = [];
    const till = { pay: (sum: number) => void heard.push(`${sum}`) };
    // It listens where the name leads, and has a key of the same id, but not the key.
    await using impostor = await serve({ till }, { keys: Key.generate({ id: "team" }) });
    await using honest = await serve({ till }, { keys });
    await using names = await serveNames({ keys, port: 0 });
    using registrar = await connect<NameServerType>(names.url("names"), { key: team, isolated: true });
    const options = { key: team, names: names.url("names"), isolated: true };

    await registrar.register("till", impostor.url("till"), { leaseMs: 60_000 });
    const calling = connect<typeof till>("hearthwire:till", options).then((found) => found.pay(7));
    await expect(calling).rejects.toMatchObject({ code: "HW_REFUSED" });
    expect(heard).toEqual([]);
    expect(impostor.sessions.size).toBe(0);

    await registrar.register("till", honest.url("till"), { replace: true, leaseMs: 60_000 });
    using found = await connect<typeof till>("hearthwire:till", options);
    await found.pay(8);
    expect(heard).toEqual(["8"]);
  });
});

describe("a name server", () => {
  test("dials no address, whoever registers it: it can be made to probe nobody", async () => {
    let dialled = 0;
    const listener = createServer((socket) => void ((dialled += 1), socket.destroy()));
    await new Promise<void>((resolve) => listener.listen(0, "127.0.0.1", resolve));
    ends.push(() => new Promise((resolve) => listener.close(resolve)));
    const { port } = listener.address() as AddressInfo;
    const daemon = await serveNames({ keys, port: 0 });
    {
      using names = await connect<NameServerType>(daemon.url("names"), { key: team, isolated: true });
      await names.register("till", `ws://127.0.0.1:${port}/till`);
      await names.register("till", `ws://127.0.0.1:${port}/till`, { leaseMs: 1_000 });
      await names.tag("till", ["eu"]);
      expect(await names.lookup("till")).toHaveLength(1);
    }
    await daemon.close({ graceMs: 0 });
    expect(dialled).toBe(0);
    // It would have been seen.
    const one = connectTo(port, "127.0.0.1");
    await once(one, "close");
    expect(dialled).toBe(1);
  });
});

/** What would clear a terminal, name its window, and turn a line around. */
const HOSTILE = "\u001b[2J\u001b]0;mine\u0007\u009b31m\r\u202e";
const registration = {
  name: HOSTILE,
  address: HOSTILE,
  tags: [HOSTILE],
  owner: HOSTILE,
  load: HOSTILE,
  leaseEndsAt: undefined,
};

class HostileNames {
  *list() {
    yield registration;
  }
  *watch() {
    yield { kind: "added", registration };
    yield { kind: HOSTILE, registration };
  }
  lookup() {
    return [registration];
  }
  register() {
    return registration;
  }
  tag() {
    return [registration];
  }
  count() {
    return HOSTILE;
  }
  remove() {
    return HOSTILE;
  }
}
expose(HostileNames, ["list", "watch", "lookup", "register", "tag", "count", "remove"]);

describe("what a name server says", () => {
  test.each([
    ["list", []],
    ["list", ["--count"]],
    ["lookup", ["cart"]],
    ["register", ["cart", "ws://127.0.0.1:1/cart", "--lease", "1m"]],
    ["remove", ["cart"]],
    ["tag", ["cart", "eu"]],
    ["watch", []],
  ])("can't move the terminal of who runs hearthwire names %s %j", async (command, args) => {
    const folder = await mkdtemp(join(tmpdir(), "hostile-names-"));
    ends.push(() => rm(folder, { recursive: true }));
    const file = join(folder, "keys.json");
    await writeFile(file, formatKeyFile([team]), { mode: 0o600 });
    await using daemon = await serve({ names: new HostileNames() }, { keys });
    const line = ["names", command, ...args, "--names", daemon.url("names"), "--key-file", file];
    for (const more of [[], ["--json"]]) {
      const { out, err } = await runLine([...line, ...more], { isTty: false });
      expect(out + err).toContain("[2J");
      expect(out + err).not.toMatch(/[^\n\t -~]/);
    }
  });
});

describe("one who asks for many names", () => {
  const COUNT = 50_000;

  test("is served a page at a time: others are answered meanwhile, and what is not read is not sent", async () => {
    const server = new NameServer({ limits: { maxRegistrationsPerOwner: COUNT } });
    for (let index = 0; index < COUNT; index++) await server.register(`shop/${index}`, `ws://127.0.0.1:1/${index}`);
    await using daemon = await serve({ names: server }, { keys });
    ends.push(() => server.close());
    const options = { key: team, isolated: true } as const;
    using greedy = await connect<NameServerType>(daemon.url("names"), options);
    using other = await connect<NameServerType>(daemon.url("names"), options);
    const [session] = [...daemon.sessions.values()];

    const order: string[] = [];
    const counting = greedy.count({ glob: "**?z" }).then((count) => order.push(`counted ${count}`));
    await greedy.ping();
    for (let index = 0; index < 3; index++) await other.ping().then(() => order.push("answered"));
    await counting;
    expect(order).toEqual(["answered", "answered", "answered", "counted 0"]);

    const listing = greedy.list()[Symbol.asyncIterator]();
    expect(await listing.next()).toMatchObject({ value: { name: "shop/0" } });
    for (let index = 0; index < 20; index++) await other.ping();
    const sent = session?.statistics.bytesSent ?? Infinity;
    expect(sent).toBeLessThan(1_048_576);
    let listed = 1;
    for (let step = await listing.next(); step.done !== true; step = await listing.next()) listed += 1;
    expect(listed).toBe(COUNT);
    expect(session?.statistics.bytesSent).toBeGreaterThan(2 * sent);
  });
});

describe("discovery", () => {
  test("is off: nothing opens a socket for it until it is asked for", async () => {
    const sockets = (): number => process.getActiveResourcesInfo().filter((kind) => /udp/i.test(kind)).length;
    const before = sockets();
    // Others could reach it, so that nothing but the option is lacking.
    const open = { keys, port: 0, publicUrl: "wss://names.example" };
    await using names = await serveNames(open);
    const server = `ws://127.0.0.1:${names.address.port}/names`;
    await using daemon = await serve({ till: { pay: () => 1 } }, { keys, names: { server } });
    await new Promise<void>((resolve) => void daemon.on("named", () => resolve()));
    using till = await connect<{ pay(): number }>("hearthwire:till", { key: team, names: server, isolated: true });
    expect(await till.pay()).toBe(1);
    expect(sockets()).toBe(before);

    const discovery = { interfaces: ["127.0.0.1"] };
    await using announced = await serveNames({ ...open, discovery });
    expect([announced.address.port, sockets()]).toEqual([expect.any(Number), before + 1]);
  });
});
