import { setTimeout as wait } from "node:timers/promises";
import { expect, test } from "vitest";
import { Key } from "../../src/auth/key.js";
import { KeyRing } from "../../src/auth/key-ring.js";
import { connectionOf } from "../../src/client/proxy-functions.js";
import { connect, serve, serveNames } from "../../src/node.js";
import { expose } from "../../src/objects/expose.js";
import { freePort } from "../support/free-port.js";

class Chat {
  ping(): void {}
}
expose(Chat, ["ping"]);

const key = Key.generate({ id: "client" });
const keys = new KeyRing([key]);
const LOOP_MS = 6_000;

test(
  "a name server that restarts in a loop is dialled a few times by each who needs it, and serves once it stays",
  { timeout: 120_000 },
  async () => {
    const port = await freePort();
    const server = `ws://127.0.0.1:${port}/names`;
    const unregistered: unknown[] = [];
    await using daemon = await serve({ chat: new Chat() }, { keys, port: 0, names: { server, connect: { key } } });
    daemon.on("namingFailed", (error) => unregistered.push(error));
    // A client whose daemon has gone looks for another all the time.
    const before = await serveNames({ keys, port });
    const gone = await serve({ gone: new Chat() }, { keys, port: 0, names: { server, connect: { key } } });
    await new Promise((resolve) => gone.on("named", resolve));
    using looking = await connect<Chat>("hearthwire:gone", { key, names: server });
    await gone.close({ graceMs: 0 });
    await before.close({ graceMs: 0 });

    let sessions = 0;
    let restarts = 0;
    const cpu = process.cpuUsage();
    const endsAt = Date.now() + LOOP_MS;
    while (Date.now() < endsAt) {
      const names = await serveNames({ keys, port });
      let accepted = (): void => {};
      const first = new Promise<void>((resolve) => (accepted = resolve));
      names.on("accepted", () => {
        sessions += 1;
        accepted();
      });
      // It dies as soon as somebody is there.
      await Promise.race([first, wait(300)]);
      await names.close({ graceMs: 0 });
      restarts += 1;
    }
    const { user, system } = process.cpuUsage(cpu);
    expect(restarts).toBeGreaterThan(5);
    expect({ sessions, isFew: sessions <= 3 * (LOOP_MS / 1_000) }).toEqual({ sessions, isFew: true });
    expect((user + system) / 1_000).toBeLessThan(LOOP_MS);
    // It says so once, however often it is away.
    expect(unregistered.length).toBeLessThanOrEqual(1);

    await using names = await serveNames({ keys, port });
    using found = await connect<Chat>("hearthwire:chat", { key, names: names.url("names"), connectTimeoutMs: 60_000 });
    await found.ping();
    expect(connectionOf(looking).state.status).toBe("connecting");
  },
);
