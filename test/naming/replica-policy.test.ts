import { describe, expect, it } from "vitest";
import { Key } from "../../src/auth/key.js";
import { KeyRing } from "../../src/auth/key-ring.js";
import { createConnect } from "../../src/client/connect.js";
import type { Connecting } from "../../src/client/remote.js";
import type { NameLookup } from "../../src/naming/name-lookup.js";
import { nameServerResolver } from "../../src/naming/name-resolver.js";
import { NamedWhereabouts } from "../../src/naming/named-whereabouts.js";
import { Turns } from "../../src/naming/pick-replica.js";
import type { Replica } from "../../src/naming/replica.js";
import { replicaPolicy } from "../../src/naming/replica-policy.js";
import { serve } from "../../src/node.js";
import { expose } from "../../src/objects/expose.js";
import { systemClock } from "../../src/session/clock.js";
import { quietMicrotasks } from "../../src/session/flush-scheduler.js";
import { fakeClock } from "../../src/testing/fake-clock.js";
import { dialWebSocket } from "../../src/transport/websocket-transport.js";
import { Directory } from "./support/directory.js";

class Chat {
  where(): string {
    return "here";
  }
}
expose(Chat, ["where"]);

const key = Key.generate({ id: "client" });
const keys = new KeyRing([key]);

const refusal = (serverUrl: string, daemonUrl: string, allowPlaintext?: boolean) =>
  replicaPolicy({ address: "hearthwire:chat", serverUrl, allowPlaintext })(daemonUrl);

/** A program whose network leads wherever it dials to the daemon of a host. */
function programOf(hosts: Readonly<Record<string, string>>) {
  const dialled: string[] = [];
  const dial = (url: string): ReturnType<typeof dialWebSocket> => {
    dialled.push(url);
    return dialWebSocket(hosts[new URL(url).hostname] ?? url);
  };
  return { dialled, ...createConnect({ dial, clock: systemClock, scheduleFlush: quietMicrotasks }) };
}

async function world() {
  const directory = new Directory();
  // Each is the audience of its own URL alone, as an honest daemon is.
  const names = await serve({ names: directory }, { keys, port: 0, publicUrl: "wss://names.test" });
  const remote = await serve({ chat: new Chat() }, { keys, port: 0, publicUrl: "wss://chat.test" });
  const local = await serve({ chat: new Chat() }, { keys, port: 0 });
  const urlOf = ({ address }: { address: { port?: number | undefined } }): string => `ws://127.0.0.1:${address.port}/`;
  const program = programOf({ "names.test": urlOf(names), "chat.test": urlOf(remote) });
  const close = async (): Promise<void> => {
    for (const daemon of [names, remote, local]) await daemon.close({ graceMs: 0 });
  };
  return { directory, program, local, [Symbol.asyncDispose]: close };
}

describe("a replica that leads to the machine of whoever dials it", () => {
  const LOCAL = [
    "ws://127.0.0.1:7766/",
    "ws://127.9.8.7:7766/rpc",
    "wss://127.0.0.1/",
    "ws://localhost:7766/",
    "wss://localhost./",
    "wss://shop.localhost/",
    "ws://[::1]:7766/",
    "wss://[::]:7766/",
    "wss://0.0.0.0:7766/",
    "wss://[::ffff:7f00:1]/",
    "wss://[::ffff:0:0]/",
    "ws+unix:///run/shop.sock:/",
  ];
  it.each(LOCAL)("is not dialled when a name server elsewhere tells of it: %s", (url) => {
    for (const server of ["wss://names.example.com:7765/", "ws://192.168.1.5:7765/", "wss://localhost.example.com/"]) {
      expect(refusal(server, url, true)).toMatchObject({
        name: "ConnectionError",
        code: "HW_CONNECT_FAILED",
        retryable: true,
        peer: url,
        message:
          `hearthwire:chat is registered at ${server} as ${url}, which only the daemon's own machine reaches, and that name ` +
          `server is not on this one: serve it with a "host" of the network, or ask a name server on this machine`,
      });
    }
  });

  it.each(LOCAL)("is dialled when a name server on this machine tells of it: %s", (url) => {
    for (const server of [
      "ws://127.0.0.1:7765/",
      "wss://[::1]:7765/",
      "ws://localhost:7765/",
      "ws+unix:///run/n.sock:/",
    ]) {
      expect(refusal(server, url, true)).toBeUndefined();
    }
  });
});

describe("a replica beyond this machine", () => {
  it.each([
    "wss://10.0.0.1/",
    "wss://chat.example.com/",
    "wss://[2001:db8::1]/",
    "wss://localhost.example.com/",
    "wss://[::ffff:a00:1]/",
  ])("is dialled, whoever tells of it: %s", (url) => {
    expect(refusal("wss://names.example.com/", url)).toBeUndefined();
    expect(refusal("ws://127.0.0.1:7765/", url)).toBeUndefined();
  });

  it("is not dialled without TLS, though the name server is asked with it, unless the program allows that", () => {
    for (const server of ["wss://names.example.com/", "ws://127.0.0.1:7765/"]) {
      expect(refusal(server, "ws://chat.example.com/")).toMatchObject({ code: "HW_OPTION_INVALID" });
      expect(refusal(server, "ws://chat.example.com/", false)).toMatchObject({ code: "HW_OPTION_INVALID" });
      expect(refusal(server, "ws://chat.example.com/", true)).toBeUndefined();
    }
  });
});

describe("connecting by a name server elsewhere", () => {
  const options = { key, lingerMs: 0, isolated: true };
  const reach = (connecting: Connecting<Chat>): Promise<unknown> =>
    Promise.resolve(connecting).then((chat) => chat.where());

  it("refuses what leads to this machine, without a try, and says why", async () => {
    await using there = await world();
    const { directory, program, local } = there;
    directory.add("chat", local.url("chat"));
    directory.add("chat", "ws+unix:///run/shop.sock:/chat");
    const names = nameServerResolver("wss://names.test/names");
    await expect(reach(program.connect<Chat>("hearthwire:chat", { ...options, names }))).rejects.toMatchObject({
      code: "HW_CONNECT_FAILED",
      message: expect.stringMatching(
        /^hearthwire:chat is registered at wss:\/\/names\.test\/ as ws:\/\/127\.0\.0\.1/,
      ) as string,
    });
    expect(new Set(program.dialled)).toEqual(new Set(["wss://names.test/"]));
    expect(local.sessions.size).toBe(0);
  });

  it("goes to the other replicas, and stays there", async () => {
    await using there = await world();
    const { directory, program, local } = there;
    directory.add("chat", local.url("chat"));
    directory.add("chat", "wss://chat.test/chat");
    const names = nameServerResolver("wss://names.test/names");
    for (let count = 0; count < 8; count += 1)
      expect(await reach(program.connect<Chat>("hearthwire:chat", { ...options, names }))).toBe("here");
    expect(local.sessions.size).toBe(0);
    expect(new Set(program.dialled)).toEqual(new Set(["wss://names.test/", "wss://chat.test/"]));
  });

  it("does not give up a session that can't go on for what it would not dial", async () => {
    const [own, local] = ["wss://chat.test/", "ws://127.0.0.1:7766/"];
    const replicas = [own, local].map((url) => ({
      address: `${url}chat`,
      daemonUrl: url,
      objectId: "chat",
      load: 0,
      isAway: false,
    }));
    const clock = fakeClock();
    let asked = 0;
    async function* watch(signal: AbortSignal): AsyncGenerator<readonly Replica[]> {
      asked += 1;
      yield replicas;
      await new Promise((resolve) => signal.addEventListener("abort", resolve));
    }
    const whereabouts = new NamedWhereabouts({
      identity: "",
      lookup: { watch } as NameLookup,
      picking: { pick: "random", random: () => 0, turns: new Turns(), address: "hearthwire:chat" },
      timeoutMs: 0,
      clock,
      refusalOf: (url) => refusal("wss://names.test/", url),
    });
    expect(whereabouts.isLost(own, () => undefined)).toBe(false);
    await clock.advance(1);
    expect([asked, whereabouts.isLost(own, () => undefined)]).toEqual([1, false]);
    whereabouts.settled(own);
  });
});
