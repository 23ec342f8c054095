import { chmod, writeFile } from "node:fs/promises";
import { createServer, type AddressInfo } from "node:net";
import { once } from "node:events";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { config, type Daemon, Key, keyFile, KeyRing, serve, serveNames } from "hearthwire/node";
import { certificateFinding } from "../../src/cli/check-certificate.js";
import { clockFinding } from "../../src/cli/check-daemon.js";
import { checkKeyFile } from "../../src/cli/check-key-file.js";
import { checkNode, checkPort, checkSqlite } from "../../src/cli/check-machine.js";
import { checkNamesPort } from "../../src/cli/check-names-port.js";
import type { Finding } from "../../src/cli/finding.js";
import { createAuthority } from "../support/certificates.js";
import { type CliDepot, cliDepot } from "./support/cli-depot.js";
import { FakeIo, runLine } from "./support/fake-io.js";

let depot: CliDepot;
beforeAll(async () => (depot = await cliDepot()));
afterAll(() => depot[Symbol.asyncDispose]());

const NOW = Date.parse("2026-06-15T00:00:00Z");

async function findings(args: readonly string[]): Promise<{ code: number; found: Map<string, Finding> }> {
  const { code, out } = await depot.run(["doctor", "--json", ...args]);
  const list = out
    .split("\n")
    .slice(0, -1)
    .map((line) => JSON.parse(line) as Finding);
  return { code, found: new Map(list.map((finding) => [finding.check, finding])) };
}

/** Resolves when what a daemon serves is registered, or can't be. */
function isNamed(daemon: Pick<Daemon, "on">): Promise<boolean> {
  return new Promise((resolve) => {
    daemon.on("named", () => resolve(true));
    daemon.on("namingFailed", () => resolve(false));
  });
}

describe("hearthwire doctor", () => {
  test("finds this machine and a daemon in order", async () => {
    const { code, found } = await findings([depot.url]);
    expect([...found.values()].filter(({ level }) => level === "fail")).toEqual([]);
    expect(code).toBe(0);
    expect([...found.keys()]).toEqual(["node", "libsql", "key file", "port 7765", "daemon", "clock"]);
    for (const check of ["node", "key file", "daemon", "clock"]) expect(found.get(check)?.level).toBe("ok");
  });

  test("looks at a daemon by name", async () => {
    const keys = await keyFile(depot.keyFile);
    await using names = await serveNames({ port: 0, keys });
    const server = names.url("names");
    await using named = await serve({ bank: { rate: () => 1 } }, { keys, names: { server } });
    if (!(await isNamed(named))) expect.unreachable();
    const { code, found } = await findings(["hearthwire:bank", "--names", server]);
    expect(found.get("daemon")).toMatchObject({ level: "ok" });
    expect(code).toBe(0);
  });

  test("ends with 1 when something fails, and says what to do", async () => {
    const { code, out } = await depot.run(["doctor", "--key-file", join(depot.folder, "missing.json")]);
    expect(code).toBe(1);
    expect(out).toMatch(
      /^fail {2}key file {3}.*missing\.json is not there; name another file, or make it by: hearthwire keys new$/m,
    );
  });

  test("says that a daemon lets this user not in", async () => {
    await using other = await cliDepot();
    const { code, found } = await findings([other.url]);
    expect(code).toBe(1);
    expect(found.get("daemon")).toMatchObject({
      level: "fail",
      says: expect.stringMatching(/The key that was shown is ".*" of .*: name another file by --key-file/),
    });
  });

  test("looks at the certificate of a daemon that TLS trusts, and says why it doesn't trust another", async () => {
    const authority = await createAuthority();
    const { cert, key } = await authority.issue();
    const shared = Key.generate({ id: "team" });
    await using daemon = await serve({ hello: () => "hi" }, { tls: { cert, key }, keys: new KeyRing([shared]) });
    const ca = join(depot.folder, "ca.pem");
    await writeFile(ca, authority.cert);
    const keys = join(depot.folder, "team.json");
    const secret = Buffer.from(shared.export()).toString("base64url");
    await writeFile(keys, JSON.stringify({ version: 1, keys: [{ id: "team", use: "connect", key: secret }] }), {
      mode: 0o600,
    });

    const { found } = await findings([daemon.url(), "--ca", ca, "--key-file", keys]);
    expect(found.get("--ca")).toMatchObject({ level: "warn", remedy: "renew it" });
    expect(found.get("tls")).toMatchObject({
      level: "warn",
      says: expect.stringContaining("the certificate is valid until") as string,
    });

    const untrusted = await findings([daemon.url(), "--key-file", keys]);
    expect(untrusted.code).toBe(1);
    expect(untrusted.found.get("daemon")).toMatchObject({
      level: "fail",
      says: expect.stringMatching(/certificate|TLS/) as string,
    });
  });

  test("says which file of certificates is none", async () => {
    const { code, found } = await findings(["--ca", depot.keyFile]);
    expect(code).toBe(1);
    expect(found.get("--ca")).toMatchObject({
      level: "fail",
      says: expect.stringContaining('"--ca" must hold PEM') as string,
    });
  });
});

describe("the check of", () => {
  test.each([
    ["20.19.0", "ok"],
    ["22.0.0", "ok"],
    ["20.18.3", "fail"],
    ["18.20.0", "fail"],
  ])("Node %s is %s", (version, level) => {
    expect(checkNode(version).level).toBe(level);
  });

  test.each([
    [() => ({}), "ok", undefined],
    [
      () => {
        throw Object.assign(new Error("no"), { code: "MODULE_NOT_FOUND" });
      },
      "warn",
      "npm install libsql, if names are to be kept in a file",
    ],
    [
      () => {
        throw new Error("no");
      },
      "warn",
      "npm install libsql again, for this platform",
    ],
  ])("libsql %#", (load, level, remedy) => {
    expect(checkSqlite(load)).toMatchObject({ level, ...(remedy === undefined ? {} : { remedy }) });
  });

  test("the port of names is in order while a name server of this key has it, or nobody", async () => {
    const keys = await keyFile(depot.keyFile);
    const io = depot.world();
    config.reset({ environment: io.env });
    const names = await serveNames({ port: 0, keys });
    const { port = 0 } = names.address;
    const check = `port ${port}`;
    expect(await checkNamesPort(io, port)).toMatchObject({
      ...{ check, level: "ok", remedy: undefined },
      says: `a name server runs at ws://127.0.0.1:${port}/names, with 0 names`,
    });
    const stranger = new FakeIo({ env: { HEARTHWIRE_KEY_FILE: join(depot.folder, "none.json") } });
    config.reset({ environment: stranger.env });
    expect(await checkNamesPort(stranger, port)).toMatchObject({
      level: "warn",
      says: expect.stringMatching(/somebody listens/) as string,
    });
    await names.close({ graceMs: 0 });
    config.reset({ environment: io.env });
    expect(await checkNamesPort(io, port)).toMatchObject({ check, level: "ok", says: expect.stringContaining("free") });
  });

  test("the port of names is a warning while somebody else has it, by what that is", async () => {
    const io = depot.world();
    config.reset({ environment: io.env });
    const depotPort = Number(new URL(depot.url).port);
    expect(await checkNamesPort(io, depotPort)).toMatchObject({
      level: "warn",
      says: expect.stringMatching(/^a daemon that is no name server/) as string,
    });
    await using other = await cliDepot();
    const otherPort = Number(new URL(other.url).port);
    expect(await checkNamesPort(io, otherPort)).toMatchObject({
      level: "warn",
      says: expect.stringMatching(/^a daemon that does not accept/) as string,
    });
    const server = createServer().listen(0, "127.0.0.1");
    await once(server, "listening");
    const { port } = server.address() as AddressInfo;
    expect(await checkNamesPort(io, port)).toMatchObject({
      level: "warn",
      says: expect.stringMatching(/^another program listens/) as string,
    });
    server.close();
  });

  test("a port that somebody has is a warning, a free one is not", async () => {
    const server = createServer().listen(0, "127.0.0.1");
    await once(server, "listening");
    const { port } = server.address() as AddressInfo;
    expect(await checkPort(port, "a daemon")).toMatchObject({ level: "warn", check: `port ${port}` });
    server.close();
    await once(server, "close");
    expect(await checkPort(port, "a daemon")).toMatchObject({ level: "ok" });
  });

  test.each([
    [999, "ok", "agrees"],
    [1_000, "warn", "1.0 s ahead of ours"],
    [-59_999, "warn", "60.0 s behind ours"],
    [60_000, "fail", "60.0 s ahead of ours: tickets"],
  ])("a clock that is %d ms ahead is %s", (aheadMs, level, says) => {
    expect(clockFinding(aheadMs)).toMatchObject({ level, says: expect.stringContaining(says) as string });
  });

  test.each([
    ["2026-06-15T00:00:01Z", "2027-01-01T00:00:00Z", "fail", "is valid from 2026-06-15 on only"],
    ["2026-01-01T00:00:00Z", "2026-06-15T00:00:00Z", "fail", "ended on 2026-06-15"],
    ["2026-01-01T00:00:00Z", "2026-06-28T23:00:00Z", "warn", "13 days from now"],
    ["2026-01-01T00:00:00Z", "2026-06-29T00:00:00Z", "ok", "is valid until 2026-06-29"],
  ])("a certificate from %s to %s is %s", (validFrom, validTo, level, says) => {
    const finding = certificateFinding({ check: "tls", what: "x", validFrom, validTo, nowMs: NOW });
    expect(finding).toMatchObject({ level, says: expect.stringContaining(says) as string });
  });

  test("a key file that others can read fails, by its mode", async () => {
    await chmod(depot.keyFile, 0o644);
    try {
      const { code, found } = await findings([]);
      if (process.platform === "win32") return;
      expect(code).toBe(1);
      expect(found.get("key file")?.says).toContain(`chmod 600 '${depot.keyFile}'`);
    } finally {
      await chmod(depot.keyFile, 0o600);
    }
  });

  test.each([
    ["2026-06-14T00:00:00Z", "fail", "no key to connect with"],
    ["2026-06-21T00:00:00Z", "warn", "these end soon, or have ended: ann (2026-06-21T00:00:00.000Z)"],
    ["2026-06-22T00:00:00Z", "ok", "has one key"],
  ])("a key that ends at %s is %s", async (notAfter, level, says) => {
    const file = join(depot.folder, `ending-${level}.json`);
    const key = Buffer.alloc(32, 7).toString("base64url");
    await writeFile(file, JSON.stringify({ version: 1, keys: [{ id: "ann", use: "connect", key, notAfter }] }), {
      mode: 0o600,
    });
    const finding = await checkKeyFile(new FakeIo({ options: { keyFile: file } }), NOW);
    expect(finding).toMatchObject({ level, says: expect.stringContaining(says) as string });
    expect(JSON.stringify(finding)).not.toContain(key);
  });

  test("this user's key file, when it isn't there yet, is in order, and none is made", async () => {
    const none = join(depot.folder, "none");
    if (process.platform === "darwin") return;
    for (let time = 0; time < 2; time++) {
      const { out } = await runLine(["doctor"], { env: { XDG_CONFIG_HOME: none, APPDATA: none } });
      expect(out).toMatch(/^ok {4}key file {3}.* is not there yet: it is made on first use$/m);
    }
  });
});
