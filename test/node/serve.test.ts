import { mkdtemp, readdir, rm } from "node:fs/promises";
import { once } from "node:events";
import { connect as connectSocket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { inspect } from "node:util";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { Key } from "../../src/auth/key.js";
import { KeyRing } from "../../src/auth/key-ring.js";
import { openTicket } from "../../src/auth/ticket.js";
import { serve } from "../../src/node/serve.js";
import type { ServeOptions } from "../../src/node/serve-options.js";
import type { Daemon } from "../../src/node/served-daemon.js";
import { rawUpgrade } from "./raw-http.js";

const objects = { clock: { now: () => 42 } };
const keys = Key.generate({ id: "test" });
const daemons: Daemon[] = [];

let folder: string;
let configHome: string | undefined;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "hearthwire-serve-"));
  configHome = process.env["XDG_CONFIG_HOME"];
  process.env["XDG_CONFIG_HOME"] = folder;
});
afterEach(async () => {
  await Promise.all(daemons.splice(0).map((daemon) => daemon.close({ graceMs: 0 })));
  if (configHome === undefined) delete process.env["XDG_CONFIG_HOME"];
  else process.env["XDG_CONFIG_HOME"] = configHome;
  await rm(folder, { recursive: true, force: true });
});

async function served(options: ServeOptions = {}): Promise<Daemon> {
  const daemon = (await serve(objects, { keys, ...options } as ServeOptions)) as unknown as Daemon;
  daemons.push(daemon);
  return daemon;
}

const portOf = ({ address }: Daemon): number => address.port ?? Number.NaN;

describe("the address", () => {
  it("is the literal 127.0.0.1 and a free port, unless told otherwise", async () => {
    const daemon = await served();
    expect(daemon.address).toEqual({ host: "127.0.0.1", port: expect.any(Number) });
    expect(daemon.url()).toBe(`ws://127.0.0.1:${portOf(daemon)}/`);
    expect(daemon.url("clock")).toBe(`ws://127.0.0.1:${portOf(daemon)}/clock`);
    expect(daemon.url("a b?c")).toBe(`ws://127.0.0.1:${portOf(daemon)}/a%20b%3Fc`);
  });

  it("has the path", async () => {
    const daemon = await served({ path: "/rpc" });
    expect(daemon.url("clock")).toBe(`ws://127.0.0.1:${portOf(daemon)}/rpc/clock`);
    expect((await rawUpgrade({ port: portOf(daemon), target: "/rpc" })).status).toBe(101);
    expect((await rawUpgrade({ port: portOf(daemon), target: "/" })).status).toBe(404);
  });

  it("is the public one for peers, and that one's Host is accepted", async () => {
    const daemon = await served({ publicUrl: "https://app.example/rpc" });
    expect(daemon.url("clock")).toBe("wss://app.example/rpc/clock");
    const lines = ["Host: app.example", "Origin: https://app.example", "Connection: Upgrade", "Upgrade: websocket"];
    const rest = [
      "Sec-WebSocket-Version: 13",
      "Sec-WebSocket-Key: AQEBAQEBAQEBAQEBAQEBAQ==",
      "Sec-WebSocket-Protocol: hearthwire.v1",
    ];
    expect((await rawUpgrade({ port: portOf(daemon), lines: [...lines, ...rest] })).status).toBe(101);
  });

  it("may be a name of loopback", async () => {
    expect((await served({ host: "localhost" })).url()).toMatch(/^ws:\/\/(127\.0\.0\.1|\[::1\]):\d+\/$/);
  });
});

describe("beyond loopback", () => {
  it.each(["0.0.0.0", "::"])("%s is refused, with keys and without", async (host) => {
    for (const options of [{}, { keys }]) {
      await expect(serve(objects, { host, ...options })).rejects.toThrow(
        expect.objectContaining({
          name: "InsecureBindError",
          code: "HW_INSECURE_BIND",
          message: expect.stringMatching(/^"host" .*allowPlaintext/),
        }),
      );
    }
  });

  it("is not opened by the environment", async () => {
    process.env["HEARTHWIRE_ALLOW_PLAINTEXT"] = "1";
    process.env["NODE_ENV"] = "development";
    process.env["HOST"] = "0.0.0.0";
    try {
      expect((await served()).address.host).toBe("127.0.0.1");
      await expect(serve(objects, { host: "0.0.0.0", keys })).rejects.toThrow(
        expect.objectContaining({ code: "HW_INSECURE_BIND" }),
      );
    } finally {
      delete process.env["HEARTHWIRE_ALLOW_PLAINTEXT"];
      delete process.env["HOST"];
      process.env["NODE_ENV"] = "test";
    }
  });

  it("is allowed in code, with keys and a public URL, and accepts that one's Host alone", async () => {
    const warn = vi.fn();
    const logger = { debug: () => {}, info: () => {}, warn, error: () => {} };
    const daemon = await served({
      host: "0.0.0.0",
      allowPlaintext: true,
      publicUrl: "http://app.example:8080",
      logger,
    });
    expect(warn).toHaveBeenCalledWith(expect.stringMatching(/everyone on the way can read them/), {
      host: "0.0.0.0",
      port: portOf(daemon),
      isSecure: false,
      auth: ["key"],
    });
    const status = async (host: string): Promise<number> => {
      const lines = [`Host: ${host}`, "Connection: Upgrade", "Upgrade: websocket", "Sec-WebSocket-Version: 13"];
      const rest = ["Sec-WebSocket-Key: AQEBAQEBAQEBAQEBAQEBAQ==", "Sec-WebSocket-Protocol: hearthwire.v1"];
      return (await rawUpgrade({ port: portOf(daemon), lines: [...lines, ...rest] })).status;
    };
    expect(await status("app.example:8080")).toBe(101);
    expect(await status(`localhost:${portOf(daemon)}`)).toBe(403);
  });
});

describe("keys", () => {
  it("are this user's key file, made on first use", async () => {
    const daemon = (await serve(objects)) as unknown as Daemon;
    daemons.push(daemon);
    expect(await readdir(join(folder, "hearthwire"))).toEqual(["keys.json"]);
    expect([...daemon.keys].map(({ use }) => use)).toEqual(["connect", "mint"]);
    expect(openTicket(daemon.mintTicket({ subject: "alice" })).payload.subject).toBe("alice");
  });

  it("given by the program leave the key file alone", async () => {
    const ring = new KeyRing([keys]);
    expect((await served({ keys: ring })).keys).toBe(ring);
    expect([...(await served({ keys })).keys]).toEqual([keys]);
    expect(await readdir(folder)).toEqual([]);
  });
});

describe("what is no key", () => {
  it.each<[string, unknown]>([
    ["a secret", "a1b2c3d4e5f60718293a4b5c6d7e8f90a1b2c3d4e5f60718293a4b5c6d7e8f91"],
    ["bytes", new Uint8Array(32).fill(7)],
    ["a list of keys", [keys]],
    ["null", null],
    ["a key of another copy of the package", { ...keys, export: () => keys.export() }],
  ])("is refused with the remedy and never shown: %s", async (_what, wrong) => {
    const error: unknown = await serve(objects, { keys: wrong as Key }).catch((reason: unknown) => reason);
    expect(error).toMatchObject({
      name: "ConfigError",
      code: "HW_OPTION_INVALID",
      message: expect.stringMatching(
        /^"keys" must be .*this copy of the package.*Key\.from\(bytes, \{ id \}\).*keyFile/,
      ),
    });
    expect(inspect(error)).not.toMatch(/a1b2|7, 7/);
  });
});

describe("arguments", () => {
  it.each<[string, readonly unknown[]]>([
    ["objects", []],
    ["objects", [null]],
    ["objects", ["clock"]],
    ["objects", [class Clock {}]],
    ["options", [objects, null]],
    ["options", [objects, "a1b2c3"]],
  ])('without "%s" are refused by that name', async (name, given) => {
    await expect(Reflect.apply(serve, undefined, given)).rejects.toThrow(
      expect.objectContaining({
        name: "ConfigError",
        code: "HW_OPTION_INVALID",
        message: expect.stringMatching(new RegExp(`^"${name}" must be (?!.*a1b2)`)),
      }),
    );
  });
});

describe("options", () => {
  // "port" is no secret, and what came from the environment in its place is worth showing.
  it.each(
    ["keys", "host", "path", "server", "origins", "publicUrl", "trustProxy", "allowPlaintext", "onHandshake"].concat([
      "authorize",
      "exposeStacks",
      "traceReferences",
      "limits",
      "sessions",
      "serializers",
      "logger",
    ]),
  )('with another type of "%s" are refused by its name, the value not shown', async (name) => {
    for (const wrong of [Symbol("swordfish"), null, 7]) {
      const error: unknown = await serve(objects, { keys, [name]: wrong } as ServeOptions).catch((why: unknown) => why);
      expect(error).toMatchObject({
        code: "HW_OPTION_INVALID",
        message: expect.stringMatching(new RegExp(`^"${name}" must be (?!.*swordfish)`)),
      });
    }
  });

  it.each(["trustProxy", "allowPlaintext", "exposeStacks", "traceReferences", "origins", "keys"])(
    'with a text in place of "%s" are refused: "false" is no false',
    async (name) => {
      await expect(serve(objects, { keys, [name]: "swordfish" })).rejects.toThrow(
        expect.objectContaining({
          code: "HW_OPTION_INVALID",
          message: expect.stringMatching(new RegExp(`^"${name}" must be .*, got a text of 9 characters$`)),
        }),
      );
    },
  );

  it("never show the password of an origin or a public URL", async () => {
    for (const wrong of [{ origins: ["https://ann:swordfish@app.example"] }, { publicUrl: "ws://ann:swordfish@app" }]) {
      const error: unknown = await serve(objects, { keys, ...wrong }).catch((why: unknown) => why);
      expect(error).toMatchObject({ code: "HW_OPTION_INVALID" });
      expect(inspect(error)).not.toContain("swordfish");
    }
  });

  it.each([
    ["path", { path: "rpc" }],
    ["origins", { origins: ["*"] }],
    ["publicUrl", { publicUrl: "ftp://app.example" }],
    ["port", { port: 70_000 }],
    ["authorise", { authorise: () => false }],
    ["limits.maxFrameBytes", { limits: { maxFrameBytes: 1 } }],
    ["sessions.windowMs", { sessions: { windowMs: -1 } }],
    ["sessions.window", { sessions: { window: 1 } }],
  ] as const)("with a wrong %s are refused by its name", async (name, options) => {
    await expect(serve(objects, { keys, ...options } as ServeOptions)).rejects.toThrow(
      expect.objectContaining({ code: "HW_OPTION_INVALID", message: expect.stringMatching(new RegExp(`^"${name}" `)) }),
    );
  });
});

it("reports who was refused before the upgrade, with the option to set", async () => {
  const daemon = await served();
  const refusals: unknown[] = [];
  daemon.on("refused", (refusal) => refusals.push(refusal));
  await rawUpgrade({
    port: portOf(daemon),
    lines: ["Host: evil.example", "Connection: Upgrade", "Upgrade: websocket"],
  });
  expect(refusals).toEqual([
    { remoteAddress: "127.0.0.1", reason: expect.stringMatching(/Host "evil\.example" .*"publicUrl"/) },
  ]);
});

describe("close", () => {
  it("ends strangers' lines, frees the port and settles closed without a reason", async () => {
    const daemon = await served();
    const port = portOf(daemon);
    const idle = connectSocket(port, "127.0.0.1");
    await once(idle, "connect");
    const { socket } = await rawUpgrade({ port });
    const ends = [once(idle, "close"), once(socket, "close")];
    await daemon.close({ graceMs: 0 });
    await Promise.all(ends);
    expect(await daemon.closed).toBeUndefined();
    expect(portOf(await served({ port }))).toBe(port);
  });

  it("twice is the same closing", async () => {
    const daemon = await served();
    expect(daemon.close()).toBe(daemon.close());
  });
});
