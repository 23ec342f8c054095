import { once } from "node:events";
import { createServer } from "node:http";
import { mkdtempSync, rmSync } from "node:fs";
import { type AddressInfo, connect as dial } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import WebSocket from "ws";
import { Key } from "../../src/auth/key.js";
import { openConnection, serve } from "../../src/node.js";
import { stallingLine } from "./support/stalling-line.js";

const key = Key.generate({ id: "ann" });

/** An object whose one member hangs until the test says so. */
function hanging() {
  let finish!: (value: string) => void;
  const done = new Promise<string>((resolve) => (finish = resolve));
  let begun!: () => void;
  const hasBegun = new Promise<void>((resolve) => (begun = resolve));
  return { work: { take: () => (begun(), done), pid: () => process.pid }, finish, hasBegun };
}

type Work = ReturnType<typeof hanging>["work"];

describe("a daemon that closes", () => {
  test.each(["TCP", "a Unix socket"])(
    "leaves its address to another at once, and goes on with its calls: %s",
    async (kind) => {
      const folder = mkdtempSync(join(tmpdir(), "hearthwire-"));
      try {
        const { work, finish, hasBegun } = hanging();
        const socketPath = join(folder, "work.sock");
        const first = await serve({ work }, { keys: key, ...(kind === "TCP" ? {} : { socketPath }) });
        await using connection = openConnection(first.url(), { key, reconnect: false });
        const taken = connection.object<Work>("work").take();
        await hasBegun;
        const closing = first.close({ graceMs: 60_000 });
        const target = kind === "TCP" ? { port: first.address.port! } : { socketPath };
        await using second = await serve({ work: { pid: () => 2 } }, { keys: key, ...target });
        await using other = openConnection(second.url(), { key, isolated: true });
        expect(await other.object<Work>("work").pid()).toBe(2);
        finish("done");
        expect(await taken).toBe("done");
        await closing;
        expect(await other.object<Work>("work").pid()).toBe(2);
      } finally {
        rmSync(folder, { recursive: true, force: true });
      }
    },
  );

  test("takes a shorter grace while it closes, and the same end settles both", async () => {
    const { work, hasBegun } = hanging();
    const daemon = await serve({ work }, { keys: key });
    await using connection = openConnection(daemon.url(), { key, reconnect: false });
    const taken = connection.object<Work>("work").take();
    taken.catch(() => undefined);
    await hasBegun;
    const closings = [daemon.close({ graceMs: 60_000 }), daemon.close({ graceMs: 0 })];
    await Promise.all(closings);
    await expect(taken).rejects.toMatchObject({ delivery: "unknown" });
    expect(await daemon.closed).toBeUndefined();
  });

  test("refuses a wrong grace, and goes on listening", async () => {
    await using daemon = await serve({}, { keys: key });
    await expect(daemon.close({ graceMs: -1 })).rejects.toThrow('"graceMs" must be 0..2147483647, got -1');
    const socket = dial(daemon.address.port!, "127.0.0.1");
    await once(socket, "connect");
    socket.destroy();
  });

  test("closes new lines on a server of the program's with 4503 until it is gone", async () => {
    const { work, finish, hasBegun } = hanging();
    const server = createServer().listen(0, "127.0.0.1");
    await once(server, "listening");
    const { port } = server.address() as AddressInfo;
    const daemon = await serve({ work }, { keys: key, server, path: "/rpc" });
    await using connection = openConnection(daemon.url(), { key, reconnect: false });
    const taken = connection.object<Work>("work").take();
    await hasBegun;
    const closing = daemon.close({ graceMs: 60_000 });
    const late = new WebSocket(`ws://127.0.0.1:${port}/rpc`, "hearthwire.v1");
    const [code] = (await once(late, "close")) as [number];
    expect(code).toBe(4503);
    finish("done");
    expect(await taken).toBe("done");
    await closing;
    server.close();
    await once(server, "close");
  });

  test("is gone soon after its grace though a client reads nothing of what it is sent", async () => {
    const { work, hasBegun } = hanging();
    await using line = await stallingLine();
    const url = `ws://127.0.0.1:${line.port}`;
    const daemon = await serve({ work }, { keys: key, publicUrl: url });
    line.target = daemon.address.port!;
    await using connection = openConnection(url, { key, reconnect: false });
    connection
      .object<Work>("work")
      .take()
      .catch(() => undefined);
    await hasBegun;
    line.stall();
    await daemon.close({ graceMs: 100 });
    expect(daemon.sessions.size).toBe(0);
  });
});
