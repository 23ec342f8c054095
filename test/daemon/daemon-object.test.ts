import { readFileSync } from "node:fs";
import { describe, expect, test, vi } from "vitest";
import { Key } from "../../src/auth/key.js";
import type { Connection } from "../../src/client/connection.js";
import { describe as describeObject } from "../../src/client/describe.js";
import type { DaemonObject } from "../../src/daemon/daemon-object.js";
import { VERSION } from "../../src/daemon/version.js";
import { expose } from "../../src/objects/expose.js";
import { fakeClock } from "../../src/testing/fake-clock.js";
import { linkedPeers } from "../../src/testing/linked-peers.js";
import { openHome, URL_OF_HOME } from "../client/home.js";

class Vault {
  open(): string {
    return "opened";
  }
  get level(): number {
    return 3;
  }
}
expose(Vault, ["open", "level"]);

const own = (connection: Connection<never>) => connection.object<DaemonObject>("hearthwire.daemon");

async function listed(connection: Connection<never>): Promise<readonly string[]> {
  const lines: string[] = [];
  for await (const { object, members } of own(connection).objects()) {
    lines.push(`${object}: ${members.map(({ name, kind }) => `${kind} ${name}`).join(", ")}`);
  }
  return lines;
}

describe("hearthwire.daemon", () => {
  test("answers a ping with nothing", async () => {
    await using peers = await linkedPeers({ vault: new Vault() });
    expect(await own(peers.connection as never).ping()).toBeUndefined();
  });

  test("tells what it is and since when it runs, and nothing more", async () => {
    const clock = fakeClock();
    await using peers = await linkedPeers({ vault: new Vault() }, { clock });
    const startedAt = new Date(clock.nowMs);
    await clock.advance(1_500);
    expect(await own(peers.connection as never).info()).toEqual({
      name: "hearthwire",
      version: VERSION,
      protocol: 1,
      startedAt,
      uptimeMs: 1_500,
    });
  });

  test("has the version of package.json", () => {
    const { version } = JSON.parse(readFileSync(new URL("../../package.json", import.meta.url), "utf8")) as {
      version: string;
    };
    expect(VERSION).toBe(version);
  });

  test("is described like any other object", async () => {
    await using peers = await linkedPeers({ vault: new Vault() });
    const { members } = await describeObject(own(peers.connection as never));
    expect(members.map(({ name, kind }) => `${kind} ${name}`)).toEqual(["method info", "method ping"]);
  });

  test("is out of reach of a key for other objects, as if it were not there", async () => {
    const home = openHome();
    const key = Key.generate({ id: "narrow", objects: ["warehouse"] });
    home.keys.add(key);
    await using connection = home.openConnection(URL_OF_HOME, { key });
    await expect(own(connection as never).ping()).rejects.toMatchObject({ code: "HW_NO_SUCH_OBJECT" });
    await expect(connection.object<Vault>("warehouse").open()).rejects.toMatchObject({ code: "HW_NO_SUCH_MEMBER" });
  });

  test("is authorized like any other object", async () => {
    const asked: string[] = [];
    await using peers = await linkedPeers(
      { vault: new Vault() },
      {
        daemon: {
          authorize: ({ object, member }) => {
            asked.push(`${object} ${member}`);
            return member !== "info";
          },
        },
      },
    );
    await own(peers.connection as never).ping();
    expect(asked).toEqual(["hearthwire.daemon ping"]);
    await expect(own(peers.connection as never).info()).rejects.toMatchObject({ code: "HW_NO_SUCH_MEMBER" });
  });

  test("can't be registered, nor taken away", async () => {
    await using peers = await linkedPeers({ vault: new Vault() });
    expect(() => peers.daemon.register(new Vault(), { id: "hearthwire.daemon" })).toThrow(
      /^"id" "hearthwire.daemon" is the daemon's own object/,
    );
    expect(peers.daemon.unregister("hearthwire.daemon")).toBe(false);
    await own(peers.connection as never).ping();
    expect(peers.daemon.register(new Vault(), { id: "hearthwire.daemon2" })).toBe("hearthwire.daemon2");
    await expect(linkedPeers({ "hearthwire.daemon": new Vault() })).rejects.toMatchObject({
      code: "HW_OPTION_INVALID",
    });
  });
});

// Pyro's `registered()` told everybody all ids, so that random ids were no capability.
describe("W17: the objects of a daemon", () => {
  test.each([undefined, false])("can't be listed when listObjects is %s", async (listObjects) => {
    await using peers = await linkedPeers({ vault: new Vault() }, { daemon: { listObjects } });
    await expect(listed(peers.connection as never)).rejects.toMatchObject({ code: "HW_NO_SUCH_MEMBER" });
  });

  test("are listed with the kinds of their members when the daemon says so", async () => {
    await using peers = await linkedPeers({ vault: new Vault(), now: () => 1 }, { daemon: { listObjects: true } });
    peers.daemon.register(new Vault(), { id: "second" });
    expect(await listed(peers.connection as never)).toEqual([
      "hearthwire.daemon: method info, stream objects, method ping",
      "vault: accessor level, method open",
      "now: method ",
      "second: accessor level, method open",
    ]);
  });

  test("are listed without those that this peer may not use, and without such members", async () => {
    await using peers = await linkedPeers(
      { vault: new Vault(), secret: new Vault() },
      {
        daemon: {
          listObjects: true,
          authorize: async ({ object, member, principal }) =>
            member === "objects" || (principal.subject === "ann" ? object === "vault" && member === "open" : true),
        },
      },
    );
    const ann = peers.another({ subject: "ann" });
    expect(await listed(ann as never)).toEqual(["hearthwire.daemon: stream objects", "vault: method open"]);
    expect(await listed(peers.connection as never)).toHaveLength(3);
  });

  test("are listed within what a credential allows", async () => {
    const home = openHome({ daemon: { listObjects: true } });
    const key = Key.generate({ id: "narrow", objects: ["hearthwire.daemon"] });
    home.keys.add(key);
    await using connection = home.openConnection(URL_OF_HOME, { key });
    expect(await listed(connection as never)).toEqual(["hearthwire.daemon: method info, stream objects, method ping"]);
  });

  // One after another, each hidden object made the list take as much longer as the authorizer takes.
  test("are asked about all at once, so that the time does not tell how many are left out", async () => {
    const waiting: ((isAllowed: boolean) => void)[] = [];
    await using peers = await linkedPeers(
      { vault: new Vault(), secret: new Vault() },
      {
        daemon: {
          listObjects: true,
          authorize: ({ object, member }) =>
            object === "hearthwire.daemon" && member === "objects"
              ? true
              : new Promise((resolve) => waiting.push((isAllowed) => resolve(isAllowed && object === "vault"))),
        },
      },
    );
    const listing = listed(peers.connection as never);
    await vi.waitFor(() => expect(waiting.length).toBeGreaterThan(0));
    // ping and info of the daemon's own object, and two members of each vault.
    expect(waiting.length).toBe(6);
    for (const answer of waiting) answer(true);
    expect(await listing).toEqual(["hearthwire.daemon: stream objects", "vault: accessor level, method open"]);
  });

  test("need a listObjects that is a boolean", async () => {
    const daemon = { listObjects: "false" as never };
    await expect(linkedPeers({ vault: new Vault() }, { daemon })).rejects.toThrow(
      /^"listObjects" must be true or false/,
    );
  });
});
