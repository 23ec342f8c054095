import { spawnSync } from "node:child_process";
import { once } from "node:events";
import { type AddressInfo, createServer } from "node:net";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { inspect } from "node:util";
import { selfSigned } from "../support/certificates.js";
import { afterEach, describe, expect, it } from "vitest";
import { config, connect, serve } from "../../src/node.js";
import { Config, type ConfigValues, type Environment } from "../../src/node/config.js";
import { CONFIG_ITEMS, variableOf } from "../../src/node/config-items.js";
import { keyFile } from "../../src/node/key-file.js";
import { Key } from "../../src/auth/key.js";

const names = Object.keys(CONFIG_ITEMS) as (keyof ConfigValues)[];
const defaults = Object.fromEntries(names.map((name) => [name, CONFIG_ITEMS[name].default]));

function valuesOf(some: Config): object {
  return Object.fromEntries(names.map((name) => [name, some.get(name)]));
}

/** For each item what the environment may say and what it becomes, and texts that it may not say. */
const VARIABLES: Readonly<Record<keyof ConfigValues, { good: readonly [string, unknown]; bad: readonly string[] }>> = {
  host: { good: ["127.0.0.2", "127.0.0.2"], bad: ["", "0.0.0.0", "::", "192.168.0.1", "localhost", "example.com"] },
  port: { good: ["7766", 7766], bad: ["", "-1", "65536", "0x50", "80 ", "1e3", "080", "eighty"] },
  path: { good: ["/rpc", "/rpc"], bad: ["", "//x", "rpc", "/a?b"] },
  keyFile: {
    good: ["/keys/mine.json", "/keys/mine.json"],
    bad: ["", "mine.json", "wzYAj7yS0aJ1cVtH4c7nX2mB9kQeRuTfGhLpOsDzZyI"],
  },
  tlsCertFile: { good: ["/tls/cert.pem", "/tls/cert.pem"], bad: [""] },
  tlsKeyFile: { good: ["/tls/key.pem", "/tls/key.pem"], bad: [""] },
  tlsPassphraseFile: { good: ["/tls/passphrase", "/tls/passphrase"], bad: [""] },
  exposeStacks: { good: ["off", false], bad: ["", "1", "true", "yes", "on", "maybe"] },
  platformHmac: { good: ["no", false], bad: ["", "never"] },
  connectTimeoutMs: { good: ["500", 500], bad: ["0", "10001", "", "-5", "NaN"] },
  timeoutMs: { good: ["30000", 30_000], bad: ["0", "30001", "Infinity"] },
  lingerMs: { good: ["1", 1], bad: ["1001", "one"] },
  names: {
    good: ["wss://names.example.com/names", "wss://names.example.com/names"],
    bad: ["", "7765", "ws://127.0.0.1:7765/", "hearthwire:names", "wss://a:b@names.example.com/names", "a.lan?tags=eu"],
  },
  maxFrameBytes: { good: ["65536", 65_536], bad: ["16777216", "100", "2MiB"] },
  maxSessions: { good: ["10", 10], bad: ["1025", "0"] },
  maxDetachedPerPrincipal: { good: ["8", 8], bad: ["65", "0"] },
  maxCallsInFlight: { good: ["8", 8], bad: ["257", "0"] },
  maxStreams: { good: ["2", 2], bad: ["65", "0"] },
  maxReferences: { good: ["100", 100], bad: ["4097", "0"] },
  maxSessionsPerPrincipal: { good: ["4", 4], bad: ["0", "1000001", "Infinity"] },
  maxCallsPerPrincipal: { good: ["64", 64], bad: ["0", "-1"] },
  callsPerSecondPerPrincipal: { good: ["50", 50], bad: ["0", "2.5"] },
};

describe("the configuration", () => {
  it("S11: takes an option before code, code before the environment, and that before the default", () => {
    const mine = new Config();
    expect(mine.dump().port).toEqual({ value: 0, from: "default" });
    mine.reset({ environment: { HEARTHWIRE_PORT: "7001" } });
    expect(mine.dump().port).toEqual({ value: 7001, from: "environment" });
    mine.set({ port: 7002 });
    expect(mine.dump().port).toEqual({ value: 7002, from: "code" });
    mine.set({ port: undefined });
    expect(mine.get("port")).toBe(7001);
  });

  it.each(names)("S32: reads %s from its variable, and says which one is malformed", (name) => {
    const variable = variableOf(name);
    const { good, bad } = VARIABLES[name];
    const mine = new Config().reset({ environment: { [variable]: good[0] } });
    expect(mine.dump()[name]).toEqual({ value: good[1], from: "environment" });
    for (const text of bad) {
      expect(() => new Config().reset({ environment: { [variable]: text } })).toThrowError(
        expect.objectContaining({ code: "HW_OPTION_INVALID", message: expect.stringContaining(`"${variable}"`) }),
      );
    }
  });

  it.each([
    ["names.lan", "wss://names.lan:7765/names"],
    ["127.0.0.1:8000", "ws://127.0.0.1:8000/names"],
  ])("takes the name server %s as hearthwire:NAME@HOST:PORT does", (text, address) => {
    expect(new Config().reset({ environment: { HEARTHWIRE_NAMES: text } }).get("names")).toBe(address);
  });

  it("names a malformed variable without its value, which may be a secret put in the wrong place", () => {
    expect(() => new Config().reset({ environment: { HEARTHWIRE_PORT: "hunter2" } })).toThrowError(
      /^the environment variable "HEARTHWIRE_PORT" must be an integer 0\.\.65535$/,
    );
  });

  it("keeps everything as it was when one variable or value is wrong", () => {
    const mine = new Config().set({ port: 7001 });
    expect(() => mine.reset({ environment: { HEARTHWIRE_PATH: "/rpc", HEARTHWIRE_PORT: "x" } })).toThrowError(/PORT/);
    expect(() => mine.set({ path: "/rpc", port: -1 })).toThrowError(/^"port" must be an integer 0\.\.65535, got -1$/);
    expect([mine.get("port"), mine.get("path")]).toEqual([7001, "/"]);
  });

  it("keeps what it has checked, even of values that change as they are read", () => {
    let reads = 0;
    const mine = new Config().set({
      get maxSessions() {
        return reads++ === 0 ? 5 : -5;
      },
    });
    expect(mine.get("maxSessions")).toBe(5);
  });

  it("refuses a name that it does not have", () => {
    expect(() => new Config().set({ allowPlaintext: true } as object)).toThrowError(
      /"allowPlaintext" is no option here/,
    );
  });

  it("S33: forgets the environment, and what code has set, when asked to", () => {
    const hostile: Environment = Object.fromEntries(names.map((name) => [variableOf(name), VARIABLES[name].good[0]]));
    const mine = new Config().reset({ environment: hostile }).set({ timeoutMs: 1 });
    expect(valuesOf(mine)).not.toEqual(defaults);
    expect(valuesOf(mine.reset({ environment: false }))).toEqual(defaults);
  });

  it("S12: refuses every change once it is frozen", () => {
    const mine = new Config().set({ port: 7001 }).freeze();
    expect(() => mine.set({ port: 7002 })).toThrowError(/"config" is frozen: set\(\)/);
    expect(() => mine.reset({ environment: false })).toThrowError(/"config" is frozen: reset\(\)/);
    expect(mine.get("port")).toBe(7001);
  });

  it("warns of variables that mean nothing, and takes none of them", async () => {
    const warned = new Promise<Error>((resolve) => process.once("warning", resolve));
    const mine = new Config().reset({ environment: { HEARTHWIRE_ALLOW_PLAINTEXT: "1", OTHER: "2" } });
    expect((await warned).message).toMatch(/HEARTHWIRE_ALLOW_PLAINTEXT$/);
    expect(valuesOf(mine)).toEqual(defaults);
  });

  it("shows what holds and where it comes from, in every output", () => {
    const mine = new Config().set({ port: 7001 });
    for (const text of [JSON.stringify(mine), inspect(mine)]) expect(text).toMatch(/7001.*code/s);
  });
});

describe("the configuration of the process", () => {
  afterEach(() => void config.reset({ environment: false }));

  it("row 112: is not read from the environment by import, serve or connect", () => {
    const program = `
      import { config, serve, Key, KeyRing } from "./src/node.ts";
      const daemon = await serve({}, { keys: new KeyRing([Key.generate()]) });
      console.log(daemon.address.host, JSON.stringify(config.get("host")), config.get("exposeStacks"));
      await daemon.close();
    `;
    const env = {
      ...process.env,
      HOST: "0.0.0.0",
      HEARTHWIRE_HOST: "0.0.0.0",
      HEARTHWIRE_EXPOSE_STACKS: "1",
      HEARTHWIRE_ALLOW_PLAINTEXT: "1",
      NODE_ENV: "development",
    };
    // Tests may run as root, of which every daemon warns.
    const flags = ["--disable-warning=SecurityWarning", "--import", "tsx", "--input-type=module"];
    const run = spawnSync(process.execPath, [...flags, "-e", program], { env, encoding: "utf8" });
    expect(run.stderr).toBe("");
    expect(run.stdout).toBe('127.0.0.1 "127.0.0.1" false\n');
  });

  it("S12: gives way to the options of serve", async () => {
    const keys = Key.generate();
    config.reset({ environment: { HEARTHWIRE_HOST: "127.0.0.3", HEARTHWIRE_PATH: "/configured" } });
    await using configured = await serve({}, { keys });
    await using told = await serve({}, { keys, host: "127.0.0.1", path: "/told" });
    expect(new URL(configured.url())).toMatchObject({ hostname: "127.0.0.3", pathname: "/configured" });
    expect(new URL(told.url())).toMatchObject({ hostname: "127.0.0.1", pathname: "/told" });
  });

  it("bounds how long a client that says nothing of it waits", async () => {
    const silent = createServer().listen(0, "127.0.0.1");
    await once(silent, "listening");
    config.set({ connectTimeoutMs: 20 });
    const { port } = silent.address() as AddressInfo;
    const connecting = connect(`ws://127.0.0.1:${port}/clock`, { key: Key.generate() });
    await expect(connecting).rejects.toMatchObject({
      code: "HW_CONNECT_TIMEOUT",
      message: expect.stringContaining("within 20 ms"),
    });
    silent.close();
  });

  it("leaves it to the check of options to refuse what is no object", async () => {
    const connecting = connect("ws://127.0.0.1:1/clock", "options" as never);
    await expect(connecting).rejects.toMatchObject({ code: "HW_OPTION_INVALID" });
  });

  it("S21: gives daemons TLS by the files that it names, an encrypted key too", async () => {
    const { cert, encryptedKey } = await selfSigned();
    const folder = await mkdtemp(join(tmpdir(), "hearthwire-config-"));
    const [tlsCertFile, tlsKeyFile, tlsPassphraseFile] = ["cert", "key", "word"].map((name) => join(folder, name));
    await writeFile(tlsCertFile!, cert);
    await writeFile(tlsKeyFile!, encryptedKey("a passphrase"));
    await writeFile(tlsPassphraseFile!, "a passphrase\n");
    config.set({ tlsCertFile, tlsKeyFile, tlsPassphraseFile });
    await using daemon = await serve({}, { keys: Key.generate() });
    expect(daemon.url()).toMatch(/^wss:/);
    config.set({ tlsPassphraseFile: undefined });
    await expect(serve({}, { keys: Key.generate() })).rejects.toMatchObject({
      message: expect.stringMatching(/^"tls\.passphrase"/),
    });
    await rm(folder, { recursive: true });
  });

  it("S21: makes no daemon by half of what TLS needs", async () => {
    config.reset({ environment: { HEARTHWIRE_TLS_CERT_FILE: "/nowhere/cert.pem" } });
    await expect(serve({}, { keys: Key.generate() })).rejects.toMatchObject({
      code: "HW_OPTION_INVALID",
      message: expect.stringMatching(/^"tls\.key"/),
    });
  });

  it("chooses the key file of whoever names none", async () => {
    config.set({ keyFile: "/dev/null/no-folder/keys.json" });
    await expect(keyFile()).rejects.toMatchObject({ code: "HW_KEY_FILE_UNSAFE" });
  });
});
