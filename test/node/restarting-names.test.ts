import { expect, onTestFinished, test, vi } from "vitest";
import { Key } from "../../src/auth/key.js";
import { KeyRing } from "../../src/auth/key-ring.js";
import { connect, serve, serveNames } from "../../src/node.js";
import { expose } from "../../src/objects/expose.js";
import { freePort } from "../support/free-port.js";

class Chat {
  ping(): void {}
}
expose(Chat, ["ping"]);

const key = Key.generate({ id: "client" });
const keys = new KeyRing([key]);
const RESTARTS = 5;

test("a name server that dies as soon as somebody is there is dialled ever more seldom, and serves once it stays", async () => {
  // The longest pauses.
  const random = vi.spyOn(Math, "random").mockReturnValue(0.999);
  onTestFinished(() => random.mockRestore());
  const port = await freePort();
  const server = `ws://127.0.0.1:${port}/names`;
  const unregistered: unknown[] = [];
  await using daemon = await serve({ chat: new Chat() }, { keys, port: 0, names: { server, connect: { key } } });
  daemon.on("namingFailed", (error) => unregistered.push(error));
  let first = 0;
  for (let restarts = 0; restarts < RESTARTS; restarts += 1) {
    const names = await serveNames({ keys, port });
    await new Promise((resolve) => names.on("accepted", resolve));
    first ||= performance.now();
    await names.close({ graceMs: 0 });
  }
  // Pauses of 0.5, 1 and 2 s lie between: timers are late at times, and never early.
  expect(performance.now() - first).toBeGreaterThan(3_000);
  // It says so once, however often it is away.
  expect(unregistered.length).toBeLessThanOrEqual(1);

  await using names = await serveNames({ keys, port });
  using found = await connect<Chat>("hearthwire:chat", { key, names: names.url("names"), connectTimeoutMs: 60_000 });
  await found.ping();
}, 60_000);
