import { once } from "node:events";
import { createServer, request, type IncomingMessage, type Server } from "node:http";
import { createServer as createPlainServer } from "node:net";
import type { AddressInfo } from "node:net";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { serve as serveHono } from "@hono/node-server";
import express from "express";
import fastify from "fastify";
import { Hono } from "hono";
import { createServer as createVite } from "vite";
import WebSocket, { WebSocketServer } from "ws";
import { afterEach, describe, expect, it, vi } from "vitest";
import { Key } from "../../src/auth/key.js";
import type { UpgradeServer } from "../../src/node/attach.js";
import { serve } from "../../src/node/serve.js";
import type { AttachTarget, DaemonOptions } from "../../src/node/serve-options.js";
import type { Daemon } from "../../src/node/served-daemon.js";
import { rawUpgrade, UPGRADE_LINES } from "./raw-http.js";

const keys = Key.generate({ id: "test" });
const cleanups: (() => unknown)[] = [];

afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
  vi.restoreAllMocks();
});

async function attached(server: UpgradeServer, options: Partial<DaemonOptions & AttachTarget> = {}): Promise<Daemon> {
  const daemon = (await serve(
    { clock: { now: () => 42 } },
    { keys, path: "/rpc", ...options, server },
  )) as unknown as Daemon;
  cleanups.push(() => daemon.close({ graceMs: 0 }));
  return daemon;
}

function plainServer(): Server {
  const server = createServer((_request, response) => response.end("plain"));
  cleanups.push(() => {
    server.closeAllConnections();
    server.close();
  });
  return server;
}

async function listening<S extends { listening: boolean; once(event: "listening", listener: () => void): unknown }>(
  server: S,
): Promise<S> {
  if (!server.listening) await new Promise<void>((resolve) => server.once("listening", resolve));
  return server;
}

async function get(port: number): Promise<string> {
  const sent = request({ host: "127.0.0.1", port, path: "/page", agent: false }).end();
  const [message] = (await once(sent, "response")) as [IncomingMessage];
  let text = "";
  for await (const chunk of message) text += String(chunk);
  return text;
}

/** A framework's server, not listening yet, and how to make it listen. */
interface Framework {
  readonly server: UpgradeServer;
  listen(): Promise<unknown>;
}

const frameworks: Readonly<Record<string, () => Promise<Framework>>> = {
  async Express() {
    const app = express();
    app.get("/page", (_request, response) => void response.send("page of Express"));
    const server = createServer(app);
    cleanups.push(() => server.close());
    return { server, listen: () => listening(server.listen(0, "127.0.0.1")) };
  },
  async Fastify() {
    const app = fastify({ forceCloseConnections: true });
    app.get("/page", async () => "page of Fastify");
    cleanups.push(() => app.close());
    return { server: app.server, listen: () => app.listen({ port: 0, host: "127.0.0.1" }) };
  },
  async Vite() {
    const root = await mkdtemp(join(tmpdir(), "hearthwire-vite-"));
    await writeFile(join(root, "index.html"), "page of Vite");
    const vite = await createVite({
      root,
      configFile: false,
      logLevel: "silent",
      server: { host: "127.0.0.1", port: 0, watch: null },
    });
    cleanups.push(
      () => rm(root, { recursive: true, force: true }),
      () => vite.close(),
    );
    return { server: vite.httpServer as UpgradeServer, listen: () => vite.listen() };
  },
};

describe.each(Object.keys(frameworks))("attached to %s", (name) => {
  it.each(["before", "after"])("%s it listens, shares its port with its pages", async (moment) => {
    const { server, listen } = await frameworks[name]!();
    if (moment === "after") await listen();
    const daemon = await attached(server);
    if (moment === "before") await listen();
    const { port } = server.address() as AddressInfo;
    expect(daemon.url("clock")).toBe(`ws://127.0.0.1:${port}/rpc/clock`);
    expect((await rawUpgrade({ port, target: "/rpc" })).status).toBe(101);
    expect((await rawUpgrade({ port, target: "/rpc/clock" })).status).toBe(101);
    expect(await get(port)).toContain(`page of ${name}`);
  });
});

describe("attached to Hono", () => {
  it("shares its port with its pages", async () => {
    const app = new Hono().get("/page", (context) => context.text("page of Hono"));
    const server = serveHono({ fetch: app.fetch, port: 0, hostname: "127.0.0.1" });
    cleanups.push(() => server.close());
    const daemon = await attached(server);
    await listening(server);
    const { port } = server.address() as AddressInfo;
    expect(daemon.address.port).toBe(port);
    expect((await rawUpgrade({ port, target: "/rpc" })).status).toBe(101);
    expect(await get(port)).toBe("page of Hono");
  });
});

describe("other upgrades", () => {
  it("are left to whoever takes them", async () => {
    const server = plainServer();
    server.on("upgrade", (asked, socket) => {
      if (asked.url === "/other") socket.end("HTTP/1.1 299 Other\r\n\r\n");
    });
    await attached(server);
    await listening(server.listen(0, "127.0.0.1"));
    const { port } = server.address() as AddressInfo;
    expect((await rawUpgrade({ port, target: "/other", lines: ["Host: evil.example", ...UPGRADE_LINES] })).status).toBe(
      299,
    );
    expect((await rawUpgrade({ port, target: "/rpc" })).status).toBe(101);
  });

  it("are answered 404 when nobody else takes any, so that their sockets don't stay open", async () => {
    const server = plainServer();
    await attached(server);
    await listening(server.listen(0, "127.0.0.1"));
    const { port } = server.address() as AddressInfo;
    expect((await rawUpgrade({ port, target: "/other" })).status).toBe(404);
  });

  it("of Vite's own page go on to work", async () => {
    const { server, listen } = await frameworks["Vite"]!();
    await attached(server);
    await listen();
    const { port } = server.address() as AddressInfo;
    const hmr = new WebSocket(`ws://127.0.0.1:${port}/`, "vite-hmr");
    await once(hmr, "open");
    expect(hmr.protocol).toBe("vite-hmr");
    hmr.close();
    await once(hmr, "close");
  });
});

describe("the same checks", () => {
  it.each([
    [403, ["Host: evil.example"]],
    [403, ["Host: 127.0.0.1:PORT", "Origin: http://evil.example"]],
    [101, ["Host: 127.0.0.1:PORT", "Origin: http://127.0.0.1:PORT"]],
  ])("stand before an attached daemon: %d", async (status, head) => {
    const server = plainServer();
    await attached(server);
    await listening(server.listen(0, "127.0.0.1"));
    const { port } = server.address() as AddressInfo;
    const lines = [...head.map((line) => line.replace("PORT", String(port))), ...UPGRADE_LINES];
    expect((await rawUpgrade({ port, target: "/rpc", lines })).status).toBe(status);
  });
});

describe("several daemons of one server", () => {
  it.each([
    ["/", "/rpc"],
    ["/rpc", "/"],
    ["/rpc", "/rpc"],
    ["/rpc", "/rpc/more"],
  ])("can't take the same requests: %s and %s", async (first, second) => {
    const server = await listening(plainServer().listen(0, "127.0.0.1"));
    const daemon = await attached(server, { path: first });
    await expect(attached(server, { path: second })).rejects.toMatchObject({
      code: "HW_OPTION_INVALID",
      message: expect.stringMatching(/^"path" .*another daemon of this "server"/),
    });
    await daemon.close({ graceMs: 0 });
    await attached(server, { path: second });
  });

  it("stand beside each other on paths of their own", async () => {
    const server = await listening(plainServer().listen(0, "127.0.0.1"));
    await attached(server, { path: "/one" });
    await attached(server, { path: "/two" });
    const { port } = server.address() as AddressInfo;
    for (const target of ["/one", "/two"]) {
      const { status, socket } = await rawUpgrade({ port, target });
      socket.destroy();
      expect(status).toBe(101);
    }
  });

  it("an upgrade that the app's own WebSocketServer took first ends with its line, not with the process", async () => {
    const server = plainServer();
    const sockets = new WebSocketServer({ server, path: "/rpc" });
    cleanups.push(() => sockets.close());
    await listening(server.listen(0, "127.0.0.1"));
    const daemon = await attached(server);
    const refused = new Promise((resolve) => daemon.on("refused", resolve));
    const { socket } = await rawUpgrade({ port: (server.address() as AddressInfo).port, target: "/rpc" });
    expect(await refused).toMatchObject({ reason: expect.stringContaining("has taken the upgrade") });
    socket.destroy();
  });
});

describe("what is no server", () => {
  it.each<[string, () => unknown]>([
    ["an app of Express, which app.listen() gives one of", () => express()],
    ["null", () => null],
    ["a text", () => "127.0.0.1:80"],
    ["an object with the methods alone", () => ({ on: () => {}, address: () => null })],
  ])("is refused with the remedy: %s", async (_what, make) => {
    await expect(attached(make() as UpgradeServer)).rejects.toThrow(
      expect.objectContaining({
        name: "ConfigError",
        code: "HW_OPTION_INVALID",
        message: expect.stringMatching(/^"server" must be .*app\.listen\(\) or createServer\(app\)/),
      }),
    );
  });
});

describe("the bind policy", () => {
  it("refuses at once a server that listens on every address", async () => {
    const server = await listening(plainServer().listen(0));
    await expect(attached(server)).rejects.toThrow(expect.objectContaining({ code: "HW_INSECURE_BIND" }));
    expect(server.listenerCount("upgrade")).toBe(0);
  });

  it("closes the daemon, with a warning, when the server listens there later", async () => {
    const warning = vi.spyOn(process, "emitWarning").mockImplementation(() => {});
    const server = plainServer();
    const daemon = await attached(server);
    server.listen(0);
    expect(await daemon.closed).toMatchObject({ name: "InsecureBindError" });
    expect(warning).toHaveBeenCalledWith(await daemon.closed);
    expect(server.listenerCount("upgrade")).toBe(0);
  });

  it("asks for keys of the program's own there", async () => {
    const server = await listening(plainServer().listen(0));
    const options = { keys: undefined, allowPlaintext: true, publicUrl: "http://app.example" };
    const folder = await mkdtemp(join(tmpdir(), "hearthwire-attach-"));
    cleanups.push(() => rm(folder, { recursive: true, force: true }));
    vi.stubEnv("XDG_CONFIG_HOME", folder);
    cleanups.push(() => vi.unstubAllEnvs());
    await expect(attached(server, options as never)).rejects.toThrow(
      expect.objectContaining({ code: "HW_CREDENTIALS_MISSING" }),
    );
    await attached(server, { ...options, keys });
  });
});

describe("before the server listens", () => {
  it("there is no address, and the error says what to do", async () => {
    const daemon = await attached(plainServer());
    const missing = expect.objectContaining({
      code: "HW_OPTION_INVALID",
      message: expect.stringMatching(/^"server" has no address .*"publicUrl"/),
    });
    expect(() => daemon.url()).toThrow(missing);
    expect(() => daemon.address).toThrow(missing);
  });

  it("closing lets go of the server", async () => {
    const server = plainServer();
    const counts = () => ["listening", "upgrade", "close"].map((event) => server.listenerCount(event));
    const before = counts();
    const daemon = await attached(server);
    expect(counts()).not.toEqual(before);
    await daemon.close();
    expect(counts()).toEqual(before);
  });
});

it("lets the server close once it has closed itself, peers or not", async () => {
  const server = await listening(plainServer().listen(0, "127.0.0.1"));
  const daemon = await attached(server);
  const { socket } = await rawUpgrade({ port: (server.address() as AddressInfo).port, target: "/rpc" });
  cleanups.push(() => socket.destroy());
  await daemon.close({ graceMs: 0 });
  const closed = once(server, "close");
  server.close();
  await expect(closed).resolves.toEqual([]);
});

it("closes with the server", async () => {
  const server = await listening(plainServer().listen(0, "127.0.0.1"));
  const daemon = await attached(server);
  server.close();
  expect(await daemon.closed).toBeUndefined();
});

it("on a Unix socket is reached by its public URL alone", async () => {
  const folder = await mkdtemp(join(tmpdir(), "hearthwire-unix-"));
  cleanups.push(() => rm(folder, { recursive: true, force: true }));
  const server = await listening(plainServer().listen(join(folder, "http.sock")));
  const daemon = await attached(server, { publicUrl: "https://app.example/rpc" });
  expect(daemon.url("clock")).toBe("wss://app.example/rpc/clock");
  const relay = createPlainServer((socket) => {
    void import("node:net").then(({ connect }) => socket.pipe(connect(join(folder, "http.sock"))).pipe(socket));
  }).listen(0, "127.0.0.1");
  cleanups.push(() => relay.close());
  await once(relay, "listening");
  const { port } = relay.address() as AddressInfo;
  expect((await rawUpgrade({ port, target: "/rpc", lines: ["Host: app.example", ...UPGRADE_LINES] })).status).toBe(101);
  expect(
    (await rawUpgrade({ port, target: "/rpc", lines: [`Host: 127.0.0.1:${port}`, ...UPGRADE_LINES] })).status,
  ).toBe(403);
});
