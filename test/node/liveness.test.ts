import { describe, expect, test } from "vitest";
import { Key } from "../../src/auth/key.js";
import { openConnection, serve } from "../../src/node.js";
import { stallingLine } from "./support/stalling-line.js";

const HEARTBEAT_MS = 1_000;

describe("a line that is gone without a word", () => {
  test("is found by both ends within two to two and a half heartbeats, and the session goes on", async () => {
    const key = Key.generate({ id: "ann" });
    const program = { pid: () => process.pid };
    await using line = await stallingLine();
    const url = `ws://127.0.0.1:${line.port}`;
    const sessions = { heartbeatMs: HEARTBEAT_MS };
    await using daemon = await serve({ program }, { keys: key, publicUrl: url, sessions });
    line.target = daemon.address.port!;
    await using connection = openConnection(url, { key });
    const proxy = connection.object<typeof program>("program");
    await proxy.pid();

    const found = new Map<string, number>();
    const note = (end: string) => (): void => void (found.has(end) || found.set(end, performance.now()));
    daemon.on("detached", note("daemon"));
    connection.on("state", ({ status }) => {
      if (status === "reconnecting") note("client")();
    });
    line.stall();
    const stalledAt = performance.now();
    const pending = proxy.pid();
    await expect.poll(() => found.size, { timeout: 10_000 }).toBe(2);
    for (const foundAt of found.values()) {
      // Counted from what came last, which was up to half a heartbeat before.
      expect(foundAt - stalledAt).toBeGreaterThan(1.9 * HEARTBEAT_MS);
      expect(foundAt - stalledAt).toBeLessThan(3 * HEARTBEAT_MS);
    }
    line.isBroken = false;
    expect(await pending).toBe(process.pid);
    expect(connection.state).toMatchObject({ status: "connected", resumed: true });
  });
});
