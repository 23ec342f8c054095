import { EventEmitter, once } from "node:events";
import { lookup } from "node:dns/promises";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { createServer } from "node:http";
import { createServer as createHttpsServer } from "node:https";
import { connect, type AddressInfo } from "node:net";
import { networkInterfaces, tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { serve as serveHono } from "@hono/node-server";
import express from "express";
import fastify from "fastify";
import { Hono } from "hono";
import { createLogger, createServer as createVite } from "vite";
import { afterEach, beforeAll, beforeEach, describe, expect, it, vi } from "vitest";
import { Key } from "../../src/auth/key.js";
import { openConnection } from "../../src/node/connect.js";
import type { UpgradeServer } from "../../src/node/attach.js";
import { serve } from "../../src/node/serve.js";
import type { DaemonOptions } from "../../src/node/serve-options.js";
import type { Daemon } from "../../src/node/served-daemon.js";
import { RootWarning, rootWarning } from "../../src/node/start-warnings.js";
import { hearthwire } from "../../src/node/vite-plugin.js";
import { rawUpgrade } from "../node/raw-http.js";
import { createAuthority, type Certificate } from "../support/certificates.js";
import { RunningProgram } from "../support/running-program.js";

vi.mock("node:dns/promises", async (original) => {
  const actual = await original<{ readonly lookup: typeof lookup }>();
  return { ...actual, lookup: vi.fn(actual.lookup) };
});
vi.setConfig({ testTimeout: 60_000 });

const LOOPBACK = "127.0.0.1";
const WILDCARD = "0.0.0.0";
const PUBLIC_URL = "https://app.example/rpc";
const keys = Key.generate({ id: "ann" });
const objects = { clock: { now: () => 42 } };
const root = fileURLToPath(new URL("../../", import.meta.url));
const silent = { debug: () => {}, info: () => {}, warn: () => {}, error: () => {} };

let home: string;
let certificate: Certificate;
const cleanups: (() => unknown)[] = [];

beforeAll(async () => void (certificate = await (await createAuthority()).issue()));
beforeEach(async () => {
  home = await mkdtemp(join(tmpdir(), "hw-"));
  vi.stubEnv("XDG_CONFIG_HOME", join(home, "config"));
  cleanups.push(() => rm(home, { recursive: true, force: true }));
});
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
  vi.unstubAllEnvs();
  vi.restoreAllMocks();
});

type Policy = Pick<DaemonOptions, "keys" | "allowPlaintext" | "publicUrl" | "logger">;
/** Where it listens, or the code of the error. */
type Outcome = string;

function outcomeOf(error: unknown): Outcome {
  return (error as { code?: string }).code ?? String(error);
}

async function ownServer(host: string, policy: Policy): Promise<Outcome> {
  try {
    const daemon = await serve(objects, { host, ...policy });
    cleanups.push(() => daemon.close({ graceMs: 0 }));
    return daemon.address.host ?? "nowhere";
  } catch (error) {
    return outcomeOf(error);
  }
}

/** Serves on a server of the program, and then has that listen. */
async function attached(server: UpgradeServer, policy: Policy, listen: () => Promise<unknown>): Promise<Outcome> {
  vi.spyOn(process, "emitWarning").mockImplementation(() => {});
  try {
    const daemon = await serve(objects, { server, path: "/rpc", ...policy });
    cleanups.push(() => daemon.close({ graceMs: 0 }));
    await listen();
    return await boundHost(daemon);
  } catch (error) {
    return outcomeOf(error);
  }
}

/** An address that is not safe ends the daemon, which then has none. */
async function boundHost(daemon: Pick<Daemon, "address" | "closed">): Promise<Outcome> {
  let host: string | undefined;
  try {
    ({ host } = daemon.address);
  } catch {
    throw await daemon.closed;
  }
  return host ?? "nowhere";
}

function listening(server: ReturnType<typeof createServer>, host: string): () => Promise<unknown> {
  cleanups.push(() => server.close());
  return () => once(server.listen(0, host), "listening");
}

interface Listener {
  readonly isSecure?: boolean;
  start(host: string, policy: Policy): Promise<Outcome>;
}

const listeners: Readonly<Record<string, Listener>> = {
  "a server of its own": { start: ownServer },
  "node:http": {
    start(host, policy) {
      const server = createServer();
      return attached(server, policy, listening(server, host));
    },
  },
  "node:https": {
    isSecure: true,
    start(host, policy) {
      const server = createHttpsServer({ cert: certificate.cert, key: certificate.key });
      return attached(server, policy, listening(server, host));
    },
  },
  Express: {
    start(host, policy) {
      const server = createServer(express());
      return attached(server, policy, listening(server, host));
    },
  },
  Fastify: {
    start(host, policy) {
      const app = fastify({ forceCloseConnections: true });
      cleanups.push(() => app.close());
      return attached(app.server, policy, () => app.listen({ port: 0, host }));
    },
  },
  Hono: {
    async start(host, policy) {
      const server = serveHono({ fetch: new Hono().fetch, port: 0, hostname: host });
      cleanups.push(() => server.close());
      if (!server.listening) await once(server, "listening");
      return attached(server, policy, async () => {});
    },
  },
  "the dev server of the Vite plugin": {
    start: (host, policy) => pluginServer(host, policy),
  },
};

/** The plugin with a login, whose module says what the policy says; its daemon's trouble stands in Vite's log. */
async function pluginServer(host: string, { keys: given, ...policy }: Policy): Promise<Outcome> {
  const module = [
    `import { Key } from ${JSON.stringify(join(root, "src/auth/key.ts"))};`,
    "export const objects = { clock: { now: () => 42 } };",
    `export const options = { ${JSON.stringify(policy).slice(1, -1)} };`,
    given === undefined ? "" : 'options.keys = globalThis["keysOfTheTest"];',
  ];
  Object.assign(globalThis, { keysOfTheTest: given });
  await writeFile(join(home, "daemon.ts"), module.slice(1).join("\n"));
  const errors: string[] = [];
  const customLogger = createLogger("silent");
  customLogger.error = (message) => void errors.push(message);
  const vite = await createVite({
    root: home,
    configFile: false,
    customLogger,
    plugins: [hearthwire({ module: "/daemon.ts", login: () => null })],
    server: { host, port: 0, allowedHosts: true, watch: null },
    optimizeDeps: { noDiscovery: true },
  });
  cleanups.push(() => vite.close());
  await vite.listen();
  const { address, port } = vite.httpServer!.address() as AddressInfo;
  // Answered when the module has been loaded, or could not be.
  await fetch(`http://127.0.0.1:${port}/hearthwire/ticket`, { method: "POST" });
  const code = /"host" must be a loopback/.test(errors.join()) ? "HW_INSECURE_BIND" : "HW_CREDENTIALS_MISSING";
  return errors.length === 0 ? address : code;
}

describe.each(Object.entries(listeners))("%s", (_name, { start, isSecure = false }) => {
  const rows: readonly (readonly [what: string, host: string, policy: Policy, plain: Outcome, secure: Outcome])[] = [
    ["S2: loopback, nothing said: this user's key file", LOOPBACK, {}, LOOPBACK, LOOPBACK],
    ["S2: loopback, with keys", LOOPBACK, { keys }, LOOPBACK, LOOPBACK],
    ["S1, row 111: all addresses, nothing said", WILDCARD, {}, "HW_INSECURE_BIND", "HW_CREDENTIALS_MISSING"],
    ["row 111: all addresses, with keys", WILDCARD, { keys, publicUrl: PUBLIC_URL }, "HW_INSECURE_BIND", WILDCARD],
    [
      "S1: all addresses, allowPlaintext without keys",
      WILDCARD,
      { allowPlaintext: true, publicUrl: PUBLIC_URL },
      "HW_CREDENTIALS_MISSING",
      "HW_CREDENTIALS_MISSING",
    ],
    [
      "row 111: all addresses, allowPlaintext with keys",
      WILDCARD,
      { allowPlaintext: true, keys, publicUrl: PUBLIC_URL },
      WILDCARD,
      WILDCARD,
    ],
    [
      "row 111: all addresses, allowPlaintext: false said aloud",
      WILDCARD,
      { allowPlaintext: false, keys, publicUrl: PUBLIC_URL },
      "HW_INSECURE_BIND",
      WILDCARD,
    ],
  ];
  it.each(rows)("S8, %s", async (_what, host, policy, plain, secure) => {
    expect(await start(host, policy)).toBe(isSecure ? secure : plain);
  });
});

describe("what it listens on", () => {
  async function served(options: Parameters<typeof serve>[1] = {}): Promise<Daemon> {
    const daemon = (await serve(objects, { keys, ...options })) as unknown as Daemon;
    cleanups.push(() => daemon.close({ graceMs: 0 }));
    return daemon;
  }
  const reached = (host: string, port: number): Promise<string> =>
    new Promise((resolve) => {
      const socket = connect({ host, port, timeout: 5_000 });
      socket.once("connect", () => resolve("connected"));
      socket.once("timeout", () => resolve("timeout"));
      socket.once("error", ({ code }: NodeJS.ErrnoException) => resolve(String(code)));
      cleanups.push(() => socket.destroy());
    });

  it("S7: is the literal 127.0.0.1 and nothing else of this machine", async () => {
    const { address } = await served();
    expect(address).toEqual({ host: LOOPBACK, port: expect.any(Number) });
    expect(await reached(LOOPBACK, address.port!)).toBe("connected");
    const others = Object.values(networkInterfaces()).flatMap((list) => list ?? []);
    for (const { address: other } of others.filter((one) => one.family === "IPv4" && !one.internal))
      expect(await reached(other, address.port!)).toBe("ECONNREFUSED");
    if (process.platform === "linux") expect(await reached("127.0.0.2", address.port!)).toBe("ECONNREFUSED");
  });

  it("S9: is never changed by a publicUrl", async () => {
    const daemon = await served({ publicUrl: "https://203.0.113.7/rpc" });
    expect(daemon.address.host).toBe(LOOPBACK);
    expect(daemon.url()).toBe("wss://203.0.113.7/rpc");
  });

  it("row 109: is refused when the hosts file leads the name localhost elsewhere, before anything listens", async () => {
    vi.mocked(lookup).mockResolvedValueOnce({ address: "10.0.0.5", family: 4 } as never);
    await expect(serve(objects, { host: "localhost", keys })).rejects.toMatchObject({
      name: "InsecureBindError",
      code: "HW_INSECURE_BIND",
      message: expect.stringContaining('got "10.0.0.5"'),
    });
    vi.mocked(lookup).mockResolvedValueOnce({ address: LOOPBACK, family: 4 } as never);
    expect((await served({ host: "localhost" })).address.host).toBe(LOOPBACK);
  });

  it("row 109: is read back of a server of the program, whatever name that was told", async () => {
    const emitWarning = vi.spyOn(process, "emitWarning").mockImplementation(() => {});
    const server = Object.assign(new EventEmitter(), {
      listening: false,
      address: () => ({ address: "10.0.0.5", port: 7766, family: "IPv4" }),
    });
    const daemon = await serve(objects, { server, path: "/rpc", keys });
    server.emit("listening");
    expect(await daemon.closed).toMatchObject({ code: "HW_INSECURE_BIND" });
    expect(emitWarning).toHaveBeenCalledWith(expect.objectContaining({ code: "HW_INSECURE_BIND" }));
  });

  it("S14: asks for a proof on loopback as anywhere else", async () => {
    const daemon = await served();
    for (const key of [Key.generate({ id: "ann" }), Key.generate({ id: "eve" })]) {
      const stranger = openConnection(daemon.url(), { key });
      await expect(stranger.ready).rejects.toMatchObject({ code: "HW_REFUSED" });
    }
    const friend = openConnection(daemon.url(), { key: keys, isolated: true });
    await expect(friend.ready).resolves.toBeUndefined();
    await friend.close();
  });

  it("S15: asks for Host and Origin on loopback, keys or not", async () => {
    const { address } = await served();
    const { status } = await rawUpgrade({ port: address.port!, lines: [`Host: evil.example:${address.port}`] });
    expect(status).toBe(426);
  });
});

describe("warnings", () => {
  const plain = { host: WILDCARD, allowPlaintext: true, keys, publicUrl: "http://app.example" } as const;

  it("S10: names address and auth mode in fields, at every start beyond loopback", async () => {
    const warn = vi.fn();
    for (let start = 0; start < 2; start++) {
      const daemon = await serve(objects, { ...plain, logger: { ...silent, warn } });
      expect(warn).toHaveBeenLastCalledWith(expect.stringMatching(/without TLS.*"allowPlaintext"/), {
        host: WILDCARD,
        port: daemon.address.port,
        isSecure: false,
        auth: ["key"],
      });
      await daemon.close({ graceMs: 0 });
    }
  });

  it("S10: is one of the process where there is no logger", async () => {
    const emitWarning = vi.spyOn(process, "emitWarning").mockImplementation(() => {});
    const daemon = await serve(objects, plain);
    cleanups.push(() => daemon.close({ graceMs: 0 }));
    const detail = JSON.stringify({ host: WILDCARD, port: daemon.address.port, isSecure: false, auth: ["key"] });
    expect(emitWarning).toHaveBeenCalledWith(expect.stringContaining("without TLS"), {
      type: "SecurityWarning",
      detail,
    });
  });

  it("S10: with TLS goes to the logger alone, since nothing is to be mended", async () => {
    const emitWarning = vi.spyOn(process, "emitWarning").mockImplementation(() => {});
    const warn = vi.fn();
    for (const logger of [{ ...silent, warn }, undefined]) {
      const server = createHttpsServer({ cert: certificate.cert, key: certificate.key });
      await listening(server, WILDCARD)();
      const policy = { keys, publicUrl: PUBLIC_URL, ...(logger === undefined ? {} : { logger }) };
      const daemon = await serve(objects, { server, path: "/rpc", ...policy });
      cleanups.push(() => daemon.close({ graceMs: 0 }));
    }
    expect(warn).toHaveBeenCalledWith(
      "hearthwire: listens beyond loopback, with TLS",
      expect.objectContaining({ host: WILDCARD, isSecure: true, auth: ["key"] }),
    );
    expect(emitWarning).not.toHaveBeenCalledWith(expect.stringContaining("beyond loopback"), expect.anything());
  });

  it("S10: is not given on loopback", async () => {
    const warn = vi.fn();
    const daemon = await serve(objects, { keys, logger: { ...silent, warn } });
    cleanups.push(() => daemon.close({ graceMs: 0 }));
    expect(warn.mock.calls.filter(([message]) => String(message).includes("beyond loopback"))).toEqual([]);
  });

  it("row 118: says once in a process that it runs as root, and the fix", () => {
    const warn = vi.fn();
    const warning = new RootWarning();
    for (const uid of [undefined, 1000, 0, 0]) warning.give({ ...silent, warn }, uid);
    expect(warn).toHaveBeenCalledExactlyOnceWith(expect.stringMatching(/as root.*User=.*USER in a Dockerfile/), {
      uid: 0,
    });
  });

  it("row 118: is a warning of the process where there is no logger", () => {
    const emitWarning = vi.spyOn(process, "emitWarning").mockImplementation(() => {});
    new RootWarning().give(undefined, 1000);
    expect(emitWarning).not.toHaveBeenCalled();
    new RootWarning().give(undefined, 0);
    expect(emitWarning).toHaveBeenCalledExactlyOnceWith(expect.stringContaining("as root"), {
      type: "SecurityWarning",
      detail: '{"uid":0}',
    });
  });

  it("row 118: is given by every daemon that listens", async () => {
    const give = vi.spyOn(rootWarning, "give");
    expect(await ownServer(LOOPBACK, { keys, logger: silent })).toBe(LOOPBACK);
    expect(give).toHaveBeenCalledWith(silent);
  });
});

describe("the environment", () => {
  const loosening = {
    HOST: WILDCARD,
    PORT: "1",
    NODE_ENV: "development",
    HEARTHWIRE_HOST: WILDCARD,
    HEARTHWIRE_ALLOW_PLAINTEXT: "1",
    HEARTHWIRE_ALLOW_ANONYMOUS: "1",
    HEARTHWIRE_ORIGINS: "*",
    HEARTHWIRE_TRUST_PROXY: "1",
    HEARTHWIRE_PUBLIC_URL: "http://evil.example",
    HEARTHWIRE_SOCKET_PATH: "/tmp/evil.sock",
    HEARTHWIRE_EXPOSE_STACKS: "1",
  };

  it("row 112: opens nothing", async () => {
    for (const [name, value] of Object.entries(loosening)) vi.stubEnv(name, value);
    expect(await ownServer(LOOPBACK, { keys })).toBe(LOOPBACK);
    expect(await ownServer(WILDCARD, { keys, publicUrl: PUBLIC_URL })).toBe("HW_INSECURE_BIND");
    const daemon = await serve(objects, { keys });
    cleanups.push(() => daemon.close({ graceMs: 0 }));
    expect(daemon.address.host).toBe(LOOPBACK);
    expect(daemon.url()).toBe(`ws://127.0.0.1:${daemon.address.port}/`);
    const lines = [`Host: evil.example`, "Connection: Upgrade", "Upgrade: websocket"];
    expect((await rawUpgrade({ port: daemon.address.port!, lines })).status).toBe(403);
  });

  it("row 112: is not read at all by a daemon that was given its keys", async () => {
    const read = new Set<string>();
    const { env } = process;
    const watched = new Proxy(env, {
      get: (target, name) => (read.add(String(name)), Reflect.get(target, name) as unknown),
      has: (target, name) => (read.add(String(name)), Reflect.has(target, name)),
      ownKeys: (target) => (read.add("all"), Reflect.ownKeys(target)),
    });
    process.env = watched;
    try {
      const daemon = await serve(objects, { keys });
      await daemon.close({ graceMs: 0 });
    } finally {
      process.env = env;
    }
    // Node's own, when it makes a server.
    expect([...read].filter((name) => !name.startsWith("NODE_"))).toEqual([]);
    expect(read).not.toContain("NODE_ENV");
  });

  it("S8, row 112: opens none of the demos", async () => {
    await using demo = new RunningProgram(["--import", import.meta.resolve("tsx"), "node-demo/server.ts", "0"], {
      cwd: root,
      env: {
        PATH: process.env["PATH"],
        XDG_CONFIG_HOME: home,
        HOME: home,
        TSX_TSCONFIG_PATH: join(root, "tsconfig.json"),
        ...loosening,
      },
    });
    const [, url] = await demo.line(/^Serving (\S+)$/);
    expect(new URL(url!).hostname).toBe(LOOPBACK);
    // The web demo's dev server is the plugin's, at Vite's default, which is loopback.
    expect(await readFile(join(root, "vite.config.ts"), "utf8")).not.toMatch(/\bhost\b/);
  });
});
