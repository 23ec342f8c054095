import { createSocket } from "node:dgram";
import { once } from "node:events";
import { fileURLToPath, pathToFileURL } from "node:url";
import { join } from "node:path";
import { expose, Key } from "hearthwire";
import {
  announce,
  type AnnounceOptions,
  discoverNames,
  type DiscoverOptions,
  serve,
  serveNames,
} from "hearthwire/node";
import { describe, expect, test } from "vitest";
import { type DiscoveryLink, openDiscoveryLink } from "../../src/node/discovery-link.js";
import { RunningProgram } from "../support/running-program.js";
import { hasNetworks, type Machine, TwoMachines, WITHOUT_NETWORKS } from "../support/two-machines.js";

const root = fileURLToPath(new URL("../../", import.meta.url));
const tsx = pathToFileURL(join(root, "node_modules/tsx/dist/loader.mjs")).href;
const key = Key.generate({ id: "team" });
/** Two Node processes compile the sources one after the other. */
const LIMIT_MS = 60_000;

class Names {
  ping(): void {}
}
expose(Names, ["ping"]);

function run(file: string, on: Machine, options: { args?: readonly string[]; key?: Key } = {}): RunningProgram {
  const { args = [] } = options;
  return new RunningProgram(["--import", tsx, `test/node/support/${file}`, ...args], {
    cwd: root,
    env: { PATH: process.env["PATH"], KEY: Buffer.from((options.key ?? key).export()).toString("hex") },
    within: on.within,
  });
}

async function freeUdpPort(): Promise<number> {
  const socket = createSocket("udp4").bind(0, "127.0.0.1");
  await once(socket, "listening");
  const { port } = socket.address();
  socket.close();
  return port;
}

/** The next packet that a link gets. */
const next = (link: DiscoveryLink): Promise<readonly [string, Uint8Array]> =>
  new Promise((resolve) => link.receive((kind, bytes) => resolve([kind, bytes])));

describe.skipIf(!hasNetworks)(`discovery between two machines${WITHOUT_NETWORKS}`, () => {
  test(
    "finds the server that has the key, and connects; under another key it finds none",
    async () => {
      using machines = new TwoMachines();
      const { server, client } = machines;
      await using daemon = run("announcing-daemon.ts", server, { args: [server.address] });
      const [, address] = await daemon.line(/^Announced (\S+)$/);
      expect(address).toMatch(/^ws:\/\/192\.168\.1\.5:\d+\/names$/);
      await using search = run("searching-client.ts", client);
      expect([await search.exitCode(), search.output.trim()]).toEqual([0, `Found office at ${address}\nDone`]);
      await using stranger = run("searching-client.ts", client, { key: Key.generate({ id: "team" }) });
      expect([await stranger.exitCode(), stranger.output.trim()]).toEqual([0, "Done"]);
    },
    LIMIT_MS,
  );
});

describe("a link", () => {
  const open = async (): Promise<[DiscoveryLink, DiscoveryLink]> => {
    const port = await freeUdpPort();
    const options = { interfaces: ["127.0.0.1"], port };
    return [await openDiscoveryLink(options), await openDiscoveryLink(options)];
  };

  test.each(["question", "answer"] as const)("brings a %s of 448 bytes as it is", async (kind) => {
    const [a, b] = await open();
    const bytes = Uint8Array.from({ length: 448 }, (_, index) => index % 256);
    const got = next(b);
    a.send(kind, bytes);
    expect(await got).toEqual([kind, bytes]);
    await Promise.all([a.close(), b.close()]);
  });

  test("passes over what is no packet of ours", async () => {
    const port = await freeUdpPort();
    const link = await openDiscoveryLink({ interfaces: ["127.0.0.1"], port });
    const got = next(link);
    const socket = createSocket("udp4");
    const send = (hex: string): void => void socket.send(Buffer.from(hex, "hex"), port, "127.0.0.1");
    send("ff".repeat(40));
    send("");
    // An answer of another service: one A record of x.local.
    send("000084000000000100000000" + "0178056c6f63616c00" + "00010001000000780004" + "7f000001");
    // An answer with a record of our name and the type A.
    const name = "0b5f6865617274687769726504" + "5f746370" + "056c6f63616c00";
    send("000084000000000100000000" + name + "00010001000000780004" + "7f000001");
    send("000084000000000100000000" + name + "00100001000000000003" + "02abcd");
    expect(await got).toEqual(["answer", Uint8Array.of(0xab, 0xcd)]);
    socket.close();
    await link.close();
  });

  test("is refused where the port is held by a program for itself alone", async () => {
    const socket = createSocket("udp4").bind(0, "0.0.0.0");
    await once(socket, "listening");
    const { port } = socket.address();
    await expect(openDiscoveryLink({ interfaces: ["127.0.0.1"], port })).rejects.toMatchObject({
      code: "HW_CONNECT_FAILED",
      message: expect.stringContaining(`UDP port ${port}`) as string,
    });
    socket.close();
  });

  test("is refused on a machine without a network", async () => {
    await expect(openDiscoveryLink({ interfaces: [] })).rejects.toMatchObject({ code: "HW_CONNECT_FAILED" });
  });
});

describe("discoverNames", () => {
  test.each([
    ["no key", {}, /^"key" must be given/],
    ["a key that is none", { key: "secret" }, /^"key" must be a Key/],
    ["no time", { key, timeoutMs: 0 }, /^"timeoutMs" must be an integer 1\.\.60000/],
    ["a misspelt option", { key, timeout: 5 }, /^"timeout" is no option here/],
    ["a name as its interface", { key, interfaces: ["eth0"] }, /^"interfaces" must be an array/],
    ["no interface", { key, interfaces: [] }, /^"interfaces" must be an array/],
  ])("refuses %s", async (_, options, message) => {
    await expect(discoverNames(options as DiscoverOptions).next()).rejects.toThrow(message);
  });

  test("refuses a key that mints tickets, and leaves nothing open", async () => {
    const root = Key.generate({ use: "mint" });
    await expect(discoverNames({ key: root, interfaces: ["127.0.0.1"] }).next()).rejects.toMatchObject({
      code: "HW_KEY_INVALID",
    });
  });
});

describe("announce", () => {
  test("refuses a daemon that listens for this machine alone, and says what to do", async () => {
    await using daemon = await serve({ names: new Names() }, { keys: key });
    await expect(announce(daemon)).rejects.toThrow(
      /^"discovery" needs a daemon that other machines can reach, this one is at ws:\/\/127\.0\.0\.1:.*"host"/,
    );
  });

  test("refuses an address that answers have no room for", async () => {
    const publicUrl = `wss://names.example/${"a".repeat(240)}`;
    await using daemon = await serve({ names: new Names() }, { keys: key, publicUrl });
    await expect(announce(daemon)).rejects.toThrow(/^"discovery" has room for an address of 256 bytes/);
  });

  test.each([
    ["a name with a blank", { name: "the office" }, /^"name" must be 1\.\.63/],
    ["a misspelt option", { object: "names" }, /^"object" is no option here/],
  ])("refuses %s", async (_, options, message) => {
    await using daemon = await serve({ names: new Names() }, { keys: key, publicUrl: "wss://names.example" });
    await expect(announce(daemon, options as AnnounceOptions)).rejects.toThrow(message);
  });

  test("ends with its daemon, and can be ended before", async () => {
    const daemon = await serve({ names: new Names() }, { keys: key, publicUrl: "wss://names.example" });
    const announcement = await announce(daemon, { interfaces: ["127.0.0.1"] });
    expect(announcement.address).toBe("wss://names.example/names");
    await announcement.close();
    await announcement.close();
    await announce(daemon, { interfaces: ["127.0.0.1"] });
    await daemon.close();
  });
});

describe("serveNames with discovery", () => {
  test("announces itself until it closes", async () => {
    const publicUrl = "wss://names.example";
    const discovery = { name: "office", interfaces: ["127.0.0.1"] };
    await using daemon = await serveNames({ keys: key, port: 0, publicUrl, discovery });
    const search = discoverNames({ key, interfaces: ["127.0.0.1"], timeoutMs: 10_000 });
    const { value } = await search.next();
    await search.return();
    expect(value).toEqual({ name: "office", address: "wss://names.example/names" });
    await daemon.close();
    const later = discoverNames({ key, interfaces: ["127.0.0.1"], timeoutMs: 100 });
    expect((await later.next()).done).toBe(true);
  });

  test("doesn't start where others can't reach it", async () => {
    const refused = serveNames({ keys: key, port: 0, discovery: true });
    await expect(refused).rejects.toThrow(/^"discovery" needs a daemon that other machines can reach/);
  });

  test("refuses a misspelt option", async () => {
    const discovery = { nam: "office" } as object;
    await expect(serveNames({ keys: key, port: 0, publicUrl: "wss://names.example", discovery })).rejects.toThrow(
      /^"nam" is no option here/,
    );
  });
});
