import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { request, type IncomingMessage } from "node:http";
import type { AddressInfo } from "node:net";
import { once } from "node:events";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { build, createLogger, createServer, type InlineConfig, type ViteDevServer } from "vite";
import WebSocket from "ws";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { openTicket, type Ticket } from "../../src/auth/ticket.js";
import { openConnection } from "../../src/browser/connect.js";
import type { NameServer } from "../../src/naming/name-server.js";
import { connect } from "../../src/node/connect.js";
import { serveNames } from "../../src/node/serve-names.js";
import { hearthwire, type HearthwirePluginOptions } from "../../src/node/vite-plugin.js";
import { rawUpgrade, UPGRADE_LINES } from "./raw-http.js";

const SERVES = "export const objects = { clock: { now: () => 42 } };\n";

let root: string;
let log: string[];
/** The same, each line after its level. */
let levels: string[];
const cleanups: (() => unknown)[] = [];

beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), "dev-server-"));
  vi.stubEnv("XDG_CONFIG_HOME", join(root, "config"));
  await writeFile(join(root, "daemon.ts"), SERVES);
  await writeFile(join(root, "index.html"), "<title>page</title>");
  log = [];
  levels = [];
});
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
  await rm(root, { recursive: true, force: true });
  vi.unstubAllEnvs();
});

function settings(options: Partial<HearthwirePluginOptions> = {}, server: InlineConfig["server"] = {}): InlineConfig {
  const customLogger = createLogger("silent");
  for (const level of ["info", "warn", "error"] as const) {
    customLogger[level] = (message) => {
      log.push(message);
      levels.push(`${level} ${message}`);
    };
  }
  return {
    root,
    configFile: false,
    customLogger,
    plugins: [hearthwire({ module: "/daemon.ts", ...options })],
    // Vite's own check of Host would answer in place of ours.
    server: { host: "127.0.0.1", port: 0, allowedHosts: true, ...server },
    optimizeDeps: { noDiscovery: true },
  };
}

interface Running {
  readonly vite: ViteDevServer;
  readonly port: number;
  /** Of the printed URL; empty when there is none. */
  readonly code: string;
}

function portOf(vite: ViteDevServer): number {
  return (vite.httpServer!.address() as AddressInfo).port;
}

async function running(options: Partial<HearthwirePluginOptions> = {}): Promise<Running> {
  const vite = await createServer(settings(options));
  cleanups.push(() => vite.close());
  await vite.listen();
  // A change that comes before the watcher has looked around is no change to it.
  await expect.poll(() => Object.keys(vite.watcher.getWatched())).toContain(root);
  vite.printUrls();
  const port = portOf(vite);
  const code = /#code=(.*)$/.exec(log.find((line) => line.includes("#code=")) ?? "")?.[1] ?? "";
  return { vite, port, code };
}

/** Waits until the daemon takes upgrades. */
async function serving(port: number): Promise<void> {
  await expect.poll(() => upgradeStatus(port)).toBe(101);
}

async function upgradeStatus(port: number): Promise<number> {
  const { status, socket } = await rawUpgrade({ port, target: "/hearthwire/clock" });
  socket.destroy();
  return status;
}

interface Asked {
  readonly method?: string;
  readonly body?: string;
  readonly headers?: Readonly<Record<string, string | undefined>>;
}

async function ask(
  port: number,
  path: string,
  { method = "POST", body = "", headers = {} }: Asked = {},
): Promise<{ status: number; text: string; message: IncomingMessage }> {
  const all: Record<string, string | undefined> = { origin: `http://127.0.0.1:${port}`, ...headers };
  const given = Object.fromEntries(Object.entries(all).filter(([, value]) => value !== undefined));
  const sent = request({ host: "127.0.0.1", port, path, method, headers: given, agent: false }).end(body);
  const [message] = (await once(sent, "response")) as [IncomingMessage];
  let text = "";
  for await (const chunk of message) text += String(chunk);
  return { status: message.statusCode ?? 0, text, message };
}

async function cookieFor(port: number, code: string): Promise<string> {
  const { message } = await ask(port, "/hearthwire/code", { body: code });
  return message.headers["set-cookie"]?.[0]?.split(";")[0] ?? "";
}

describe("the dev server", () => {
  it("serves the module's objects on its own port, beside Vite's own page", async () => {
    const { port } = await running();
    await serving(port);
    expect((await ask(port, "/", { method: "GET" })).text).toContain("<title>page</title>");
    const hmr = new WebSocket(`ws://127.0.0.1:${port}/`, "vite-hmr");
    await once(hmr, "open");
    hmr.close();
    await once(hmr, "close");
  });

  it("prints a URL with this run's code in its fragment", async () => {
    const { port, code } = await running();
    expect(log.at(-1)).toBe(`  ➜  hearthwire: http://127.0.0.1:${port}/hearthwire/open#code=${code}`);
    expect(code).toMatch(/^[\w-]{22}$/);
  });

  it("keeps the code when it restarts", async () => {
    const { vite, code } = await running();
    await vite.restart();
    vite.printUrls();
    expect(log.at(-1)).toMatch(new RegExp(`#code=${code}$`));
    await serving(portOf(vite));
  });
});

describe("the log of a daemon with names", () => {
  /** What the log says of names, from now on, each line with its level. */
  async function serveWith(names: object): Promise<void> {
    await writeFile(join(root, "daemon.ts"), `${SERVES}export const options = { names: ${JSON.stringify(names)} };\n`);
    await running();
  }
  const logged = (): string => levels.join("\n");

  it("says what is registered, and who removes it", async () => {
    const server = await serveNames({ port: 0 });
    cleanups.push(() => server.close({ graceMs: 0 }));
    await serveWith({ server: server.url("names"), prefix: "dev/" });
    await expect.poll(logged).toMatch(/^info hearthwire: registered hearthwire:dev\/clock$/m);
    using names = await connect<NameServer>(server.url("names"), { isolated: true });
    await names.remove("dev/clock");
    await expect
      .poll(logged)
      .toMatch(
        /^warn hearthwire: the name dev\/clock was removed by key:\S+; it is registered again when a file changes$/m,
      );
  });

  it("says in passing that no name server is there", async () => {
    await serveWith({ server: "ws://127.0.0.1:1/names" });
    await expect
      .poll(logged)
      .toMatch(/^info hearthwire: not registered by name, which is tried again: could not connect to ws:\/\/127/m);
  });

  it("warns of a name that is refused", async () => {
    const server = await serveNames({ port: 0 });
    cleanups.push(() => server.close({ graceMs: 0 }));
    using names = await connect<NameServer>(server.url("names"), { isolated: true });
    await names.register("clock", "ws://127.0.0.1:1/clock");
    await serveWith({ server: server.url("names") });
    await expect
      .poll(logged)
      .toMatch(/^warn hearthwire: not registered by name, which is tried again: "clock" is registered with another/m);
  });
});

describe("the printed page", () => {
  it("runs its own script alone, and is never stored", async () => {
    const { port } = await running();
    const { text, message } = await ask(port, "/hearthwire/open", { method: "GET" });
    expect(text).toContain('location.replace("/")');
    expect(message.headers).toMatchObject({
      "content-security-policy": expect.stringMatching(
        /^default-src 'none'; script-src 'sha256-[\w+/]{43}='; connect-src 'self'; frame-ancestors 'none'/,
      ),
      "cache-control": "no-store",
      "referrer-policy": "no-referrer",
    });
  });
});

describe("the code", () => {
  it("is changed for a cookie that scripts don't see and other sites don't send", async () => {
    const { port, code } = await running();
    await serving(port);
    const { status, message } = await ask(port, "/hearthwire/code", { body: code });
    expect(status).toBe(204);
    expect(message.headers["set-cookie"]).toEqual([
      `hearthwire-${port}=${code}; Path=/hearthwire; HttpOnly; SameSite=Strict`,
    ]);
  });

  it("is taken while the module still loads: the URL is printed before", async () => {
    await writeFile(join(root, "daemon.ts"), `await new Promise((done) => setTimeout(done, 1_000));\n${SERVES}`);
    const { port, code } = await running();
    expect((await ask(port, "/hearthwire/code", { body: code })).status).toBe(204);
    expect(await upgradeStatus(port)).toBe(101);
  });

  it.each(["", "x", "AAAAAAAAAAAAAAAAAAAAAA"])('is not "%s"', async (wrong) => {
    const { port } = await running();
    await serving(port);
    const { status, message } = await ask(port, "/hearthwire/code", { body: wrong });
    expect([status, message.headers["set-cookie"]]).toEqual([401, undefined]);
  });
});

describe("a ticket", () => {
  it("is minted for who has the cookie, for this daemon alone", async () => {
    const { port, code } = await running({ subject: "alice" });
    await serving(port);
    const { status, text, message } = await ask(port, "/hearthwire/ticket", {
      headers: { cookie: `other=1; ${await cookieFor(port, code)}` },
    });
    expect([status, message.headers["cache-control"]]).toEqual([200, "no-store"]);
    expect(openTicket(JSON.parse(text) as Ticket).payload).toMatchObject({
      subject: "alice",
      audience: `ws://127.0.0.1:${port}`,
    });
  });

  it("opens the daemon to the page", async () => {
    const { port, code } = await running({ subject: "alice" });
    await serving(port);
    const { text } = await ask(port, "/hearthwire/ticket", { headers: { cookie: await cookieFor(port, code) } });
    const url = `ws://127.0.0.1:${port}/hearthwire`;
    const connection = openConnection<{ clock: { now(): number } }>(url, { ticket: JSON.parse(text) as Ticket });
    cleanups.push(() => connection.close());
    expect(await connection.object("clock").now()).toBe(42);
  });

  it("holder hears that the dev server goes, before Vite destroys its socket", async () => {
    const { vite, port, code } = await running();
    const { text } = await ask(port, "/hearthwire/ticket", { headers: { cookie: await cookieFor(port, code) } });
    const connection = openConnection(`ws://127.0.0.1:${port}/hearthwire`, { ticket: JSON.parse(text) as Ticket });
    await connection.ready;
    const told = new Promise<string | undefined>((resolve) => {
      connection.on("state", (state) => resolve("reason" in state ? state.reason?.message : undefined));
    });
    await vite.close();
    expect(await told).toMatch(/is shutting down/);
    await connection.close();
  });

  it.each([
    [401, "no cookie", { headers: { cookie: undefined } }],
    [401, "a cookie with another code", { headers: { cookie: "hearthwire-PORT=AAAAAAAAAAAAAAAAAAAAAA" } }],
    [401, "the cookie of another port", { headers: { cookie: "hearthwire-1=CODE" } }],
    [403, "another Origin", { headers: { origin: "http://evil.example" } }],
    [403, "the Origin of another port", { headers: { origin: "http://127.0.0.1:1" } }],
    [403, "the Origin of another name of this machine", { headers: { origin: "http://localhost:PORT" } }],
    [403, "Origin null", { headers: { origin: "null" } }],
    [403, "no Origin", { headers: { origin: undefined } }],
    [403, "another Host", { headers: { host: "evil.example", origin: "http://evil.example" } }],
    [403, "a Host of another port", { headers: { host: "127.0.0.1:1" } }],
    [405, "GET", { method: "GET" }],
  ] as const)("is refused with %d to %s", async (expected, _what, asked) => {
    const { port, code } = await running();
    await serving(port);
    const fill = (value: string | undefined) => value?.replace("PORT", String(port)).replace("CODE", code);
    const headers = Object.fromEntries(
      Object.entries({ cookie: `hearthwire-${port}=${code}`, ...("headers" in asked ? asked.headers : {}) }).map(
        ([name, value]) => [name, fill(value)],
      ),
    );
    const { status, text } = await ask(port, "/hearthwire/ticket", { ...asked, headers });
    expect([status, text]).toEqual([expected, ""]);
  });

  it("needs no code where the program says so", async () => {
    const { port, code } = await running({ code: false });
    await serving(port);
    expect(code).toBe("");
    expect((await ask(port, "/hearthwire/ticket")).status).toBe(200);
    expect((await ask(port, "/hearthwire/ticket", { headers: { origin: "http://evil.example" } })).status).toBe(403);
  });

  it("is for whom the login names, in place of the code", async () => {
    const { port, code } = await running({ login: (asked) => asked.headers.get("x-user") });
    await serving(port);
    expect(code).toBe("");
    const { text } = await ask(port, "/hearthwire/ticket", { headers: { "x-user": "bob" } });
    expect(openTicket(JSON.parse(text) as Ticket).payload.subject).toBe("bob");
    expect((await ask(port, "/hearthwire/ticket")).status).toBe(401);
  });
});

describe("a change", () => {
  const restarted = () => expect.poll(() => log.some((line) => line.includes("the daemon was restarted"))).toBe(true);

  it("of a file that the module imports restarts the daemon with it", async () => {
    const from = async (port: number, origin: string): Promise<number> => {
      const lines = [`Host: 127.0.0.1:${port}`, `Origin: ${origin}`, ...UPGRADE_LINES];
      const { status, socket } = await rawUpgrade({ port, target: "/hearthwire", lines });
      socket.destroy();
      return status;
    };
    await writeFile(join(root, "origins.ts"), 'export const origins = ["https://one.example"];\n');
    await writeFile(
      join(root, "daemon.ts"),
      `import { origins } from "./origins";\n${SERVES}export const options = { origins, port: 7766 };\n`,
    );
    const { port } = await running();
    await serving(port);
    expect([await from(port, "https://one.example"), await from(port, "https://two.example")]).toEqual([101, 403]);

    const { socket } = await rawUpgrade({ port, target: "/hearthwire" });
    const ended = once(socket, "close");
    socket.resume();
    await writeFile(join(root, "origins.ts"), 'export const origins = ["https://two.example"];\n');
    await restarted();
    await ended;
    expect([await from(port, "https://one.example"), await from(port, "https://two.example")]).toEqual([403, 101]);
  });

  it("has open pages load anew, once the new daemon runs", async () => {
    const { port } = await running();
    await serving(port);
    const page = new WebSocket(`ws://127.0.0.1:${port}/`, "vite-hmr");
    cleanups.push(() => page.terminate());
    const messages: { readonly type: string }[] = [];
    page.on("message", (text) => messages.push(JSON.parse(String(text)) as { type: string }));
    await once(page, "open");
    await writeFile(join(root, "daemon.ts"), 'throw new Error("no disk");\n');
    await expect.poll(() => log.join("\n")).toContain("no disk");
    expect(messages).not.toContainEqual({ type: "full-reload" });
    await writeFile(join(root, "daemon.ts"), SERVES);
    await expect.poll(() => messages).toContainEqual({ type: "full-reload" });
    expect(log.join("\n")).toContain("the daemon was restarted");
    expect(await upgradeStatus(port)).toBe(101);
  });

  it("to a module that doesn't load leaves the daemon as it was, and says why", async () => {
    const { port } = await running();
    await serving(port);
    await writeFile(join(root, "daemon.ts"), 'throw new Error("no disk");\n');
    await expect.poll(() => log.join("\n")).toMatch(/hearthwire: \/daemon\.ts can't be served: .*no disk/);
    expect(await upgradeStatus(port)).toBe(101);
    await writeFile(join(root, "daemon.ts"), SERVES);
    await restarted();
  });

  it.each([
    [
      "exports nothing to serve",
      "export const things = {};\n",
      /"module" \/daemon\.ts must export "objects".*got undefined/,
    ],
    ["is no code", "export const objects = {\n", /hearthwire: \/daemon\.ts can't be served/],
    ["is not there", undefined, /hearthwire: \/daemon\.ts can't be served/],
  ])("repairs a module that %s; until then all is answered 503", async (_what, content, message) => {
    if (content === undefined) await rm(join(root, "daemon.ts"));
    else await writeFile(join(root, "daemon.ts"), content);
    const { port, code } = await running();
    await expect.poll(() => log.join("\n")).toMatch(message);
    expect(await upgradeStatus(port)).toBe(503);
    expect((await ask(port, "/hearthwire/code", { body: code })).status).toBe(503);
    await writeFile(join(root, "daemon.ts"), SERVES);
    await serving(port);
  });

  it("to a class with a decorator says what to write instead, and only then", async () => {
    await writeFile(join(root, "daemon.ts"), "export const objects = {\n");
    await running();
    const faults = () => log.filter((line) => line.includes("can't be served"));
    await expect.poll(faults).toHaveLength(1);
    expect(faults()[0]).not.toContain("expose(");
    const decorated = "const expose = () => {};\nclass Clock { @expose now() { return 42; } }\n";
    await writeFile(join(root, "daemon.ts"), `${decorated}export const objects = { clock: new Clock() };\n`);
    await expect
      .poll(() => faults().at(-1))
      .toMatch(/can't be served: .*@expose.* expose\(Class, \["member", \.\.\.\]\).*plugin.*\nSyntaxError/);
  });

  it("to options that no daemon takes answers 503 until they are mended", async () => {
    const { port } = await running();
    await serving(port);
    await writeFile(join(root, "daemon.ts"), `${SERVES}export const options = { origins: ["no origin"] };\n`);
    await expect.poll(() => log.join("\n")).toContain("can't be served");
    expect(await upgradeStatus(port)).toBe(503);
    await writeFile(join(root, "daemon.ts"), SERVES);
    await serving(port);
  });

  it("of the module's options to something else is refused", async () => {
    await writeFile(join(root, "daemon.ts"), `${SERVES}export const options = 7;\n`);
    await running();
    await expect.poll(() => log.join("\n")).toMatch(/"module" \/daemon\.ts may export "options".*got number/);
  });
});

describe("where it listens", () => {
  it.each([true, "0.0.0.0", "10.0.0.5", "my-machine"])("is not beyond loopback without a login: %s", async (host) => {
    await expect(createServer(settings({}, { host }))).rejects.toThrow(
      expect.objectContaining({
        code: "HW_INSECURE_BIND",
        message: expect.stringMatching(/^"server\.host" .*"login"/),
      }),
    );
  });

  it("may be beyond it with one", async () => {
    const vite = await createServer(settings({ login: () => null }, { host: "0.0.0.0" }));
    cleanups.push(() => vite.close());
    expect(vite.config.server.host).toBe("0.0.0.0");
  });
});

it("does nothing in a build", async () => {
  const output = await build({ ...settings(), logLevel: "silent", build: { write: false } });
  expect(JSON.stringify(output)).not.toContain("hearthwire");
});

it("says in middleware mode that there is no server", async () => {
  const vite = await createServer(settings({}, { middlewareMode: true }));
  cleanups.push(() => vite.close());
  expect(log.join("\n")).toMatch(/middleware mode .* serve\(objects, \{ server, path \}\)/);
});

it.each([
  ["module", { module: "" }],
  ["path", { module: "/daemon.ts", path: "/" }],
  ["path", { module: "/daemon.ts", path: "rpc" }],
])('refuses a wrong "%s"', (name, options) => {
  expect(() => hearthwire(options)).toThrow(
    expect.objectContaining({ code: "HW_OPTION_INVALID", message: expect.stringMatching(new RegExp(`^"${name}" `)) }),
  );
});
