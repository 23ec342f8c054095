import { execFile, execFileSync, spawnSync } from "node:child_process";
import { X509Certificate } from "node:crypto";
import { chmod, mkdtemp, readdir, readFile, rename, rm, stat, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test, vi } from "vitest";
import { ConnectionError } from "../../src/errors/hearthwire-error.js";
import { connect } from "../../src/node/connect.js";
import { keyFile } from "../../src/node/key-file.js";
import { serve } from "../../src/node/serve.js";
import { callContext } from "../../src/objects/call-context.js";
import { type Ended, FakeIo, runLine } from "./support/fake-io.js";

const DAY_MS = 86_400_000;
const hasOpenssl = spawnSync("openssl", ["version"]).status === 0;

let folder: string;
beforeEach(async () => (folder = await mkdtemp(join(tmpdir(), "hearthwire-cli-certs-"))));
afterEach(async () => {
  vi.useRealTimers();
  await rm(folder, { recursive: true, force: true });
});

/** `hearthwire certs ...` in this test's folder. */
const certs = (...args: readonly string[]): Promise<Ended> => runLine(["certs", ...args, "--folder", folder]);
const certificate = async (name: string): Promise<X509Certificate> =>
  new X509Certificate(await readFile(join(folder, `${name}.pem`)));
const daysLeft = ({ validTo }: X509Certificate): number => Math.round((Date.parse(validTo) - Date.now()) / DAY_MS);
const mode = async (name: string): Promise<number> => (await stat(join(folder, name))).mode & 0o777;

describe("certs ca", () => {
  test.each([0o770, 0o707, 0o722, 0o1777])(
    "makes none in a folder of mode 0%o, where others can write",
    async (rights) => {
      await chmod(folder, rights);
      const ended = await certs("ca");
      expect(ended).toMatchObject({ code: 2, out: "", err: expect.stringContaining("HW_KEY_FILE_UNSAFE") });
      expect(ended.err).toMatch(rights === 0o1777 ? /use a folder of your own/ : /chmod go-w '/);
      expect(await readdir(folder)).toEqual([]);
      await chmod(folder, 0o755);
      expect((await certs("ca")).code).toBe(0);
    },
  );

  test("makes an authority for a year, whose key is its owner's alone, and says how to trust it", async () => {
    const ended = await certs("ca", "--name", "Team authority");
    expect(ended).toMatchObject({ code: 0, err: "" });
    expect(ended.out).toMatch(/^Made an authority: Team authority, until \d{4}-\d\d-\d\d\.\n/);
    expect(ended.out).toContain(`sudo trust anchor ${join(folder, "ca.pem")}`);
    expect(ended.out).not.toContain("PRIVATE KEY");
    expect((await readdir(folder)).sort()).toEqual(["ca.key", "ca.pem"]);
    expect([await mode("ca.key"), await mode("ca.pem")]).toEqual([0o600, 0o644]);
    const made = await certificate("ca");
    expect(made).toMatchObject({ ca: true, subject: "CN=Team authority", issuer: "CN=Team authority" });
    expect(daysLeft(made)).toBe(365);
    expect(made.verify(made.publicKey)).toBe(true);
  });

  test("tells programs the same in a document, and calls each by another name unless told otherwise", async () => {
    const first = JSON.parse((await certs("ca", "--json")).out);
    expect(first).toEqual({
      cert: join(folder, "ca.pem"),
      key: join(folder, "ca.key"),
      commonName: expect.stringMatching(/^hearthwire development [0-9a-f]{8}$/),
      subjectAltNames: [],
      validFrom: expect.any(String),
      validTo: expect.any(String),
      fingerprint256: (await certificate("ca")).fingerprint256,
    });
    const second = JSON.parse((await certs("ca", "--json", "--force")).out);
    expect(second.commonName).not.toBe(first.commonName);
  });

  test("replaces neither a certificate nor a key unless it is forced", async () => {
    for (const name of ["ca.pem", "ca.key"]) {
      await writeFile(join(folder, name), "mine");
      const ended = await certs("ca");
      expect(ended).toMatchObject({
        code: 2,
        out: "",
        err: expect.stringContaining(`${name}" is there already: --force`),
      });
      expect(await readdir(folder)).toEqual([name]);
      expect(await readFile(join(folder, name), "utf8")).toBe("mine");
      await rm(join(folder, name));
    }
    await writeFile(join(folder, "ca.key"), "mine", { mode: 0o644 });
    expect(await certs("ca", "--force")).toMatchObject({ code: 0 });
    expect(await mode("ca.key")).toBe(0o600);
    expect((await readdir(folder)).sort()).toEqual(["ca.key", "ca.pem"]);
  });

  test("makes the folder for its owner alone, in the working folder unless told otherwise", async () => {
    folder = join(folder, "a", "b");
    await certs("ca");
    expect((await stat(folder)).mode & 0o777).toBe(0o700);
    expect((await runLine(["certs", "ca", "--help"])).out).toContain('(default: "certs")');
  });
});

describe("certs server and client", () => {
  beforeEach(() => certs("ca"));

  test("makes a certificate of a server for its hosts alone", async () => {
    const ended = await certs("server", "--host", "Warehouse.LAN", "--host", "10.0.0.7", "--host", "*.shop.example");
    expect(ended.out).toContain("DNS:warehouse.lan, IP Address:10.0.0.7, DNS:*.shop.example");
    const made = await certificate("server");
    expect(made).toMatchObject({ ca: false, subject: "CN=server", keyUsage: ["1.3.6.1.5.5.7.3.1"] });
    expect(made.checkIssued(await certificate("ca"))).toBe(true);
    expect(made.verify((await certificate("ca")).publicKey)).toBe(true);
    expect(made.checkHost("warehouse.lan")).toBeDefined();
    expect(made.checkHost("localhost")).toBeUndefined();
    expect(daysLeft(made)).toBe(90);
    expect(await mode("server.key")).toBe(0o600);
  });

  test("is for this machine unless told otherwise", async () => {
    await certs("server");
    const made = await certificate("server");
    expect(made.subjectAltName).toBe("DNS:localhost, IP Address:127.0.0.1, IP Address:0:0:0:0:0:0:0:1");
  });

  test("makes a certificate of a client, which no server can show", async () => {
    expect((await certs("client", "--name", "ann", "--uri", "spiffe://office/ann")).code).toBe(0);
    const made = await certificate("ann");
    expect(made).toMatchObject({
      ca: false,
      subject: "CN=ann",
      subjectAltName: "URI:spiffe://office/ann",
      keyUsage: ["1.3.6.1.5.5.7.3.2"],
    });
    expect(await mode("ann.key")).toBe(0o600);
  });

  test("keeps what is there unless it is forced", async () => {
    await certs("server");
    const before = await readFile(join(folder, "server.pem"), "utf8");
    expect(await certs("server")).toMatchObject({ code: 2, err: expect.stringContaining("is there already") });
    expect(await readFile(join(folder, "server.pem"), "utf8")).toBe(before);
    expect((await certs("server", "--name", "other")).code).toBe(0);
    expect((await certs("server", "--force")).code).toBe(0);
    expect(await readFile(join(folder, "server.pem"), "utf8")).not.toBe(before);
  });

  test("lives no longer than the authority", async () => {
    await certs("ca", "--force", "--days", "10");
    await certs("server");
    expect((await certificate("server")).validTo).toBe((await certificate("ca")).validTo);
    const ended = await certs("server", "--days", "11", "--force");
    expect(ended).toMatchObject({ code: 2, err: expect.stringContaining('"--days" must not outlive the authority') });
    vi.useFakeTimers({ now: Date.now() + 11 * DAY_MS, toFake: ["Date"] });
    expect(await certs("client", "--name", "ann")).toMatchObject({
      code: 2,
      err: expect.stringContaining("must not have expired"),
    });
  });

  test.each([
    ["there is none", () => rm(join(folder, "ca.key")), "has no authority to sign with", "HW_OPTION_INVALID"],
    ["its certificate is gone", () => rm(join(folder, "ca.pem")), "can't be read (ENOENT)", "HW_OPTION_INVALID"],
    ["others can read its key", () => chmod(join(folder, "ca.key"), 0o640), "chmod 600", "HW_KEY_FILE_UNSAFE"],
    ["others can write in its folder", () => chmod(folder, 0o770), "mode 0770); chmod go-w", "HW_KEY_FILE_UNSAFE"],
    ["its key is a link", () => linkedKey(), "it is no regular file", "HW_KEY_FILE_UNSAFE"],
    [
      "its key is another",
      () => certs("ca", "--force").then(() => otherKey()),
      "beside its own key",
      "HW_OPTION_INVALID",
    ],
    ["its key is none", () => writeFile(join(folder, "ca.key"), "x"), "they can't be read", "HW_OPTION_INVALID"],
    ["it is no authority", () => leafAsAuthority(), "must be an authority that", "HW_OPTION_INVALID"],
  ])("signs nothing when %s", async (_what, spoil, sentence, code) => {
    await spoil();
    const ended = await certs("client", "--name", "ann");
    expect(ended).toMatchObject({ code: 2, out: "", err: expect.stringContaining(sentence) });
    expect(ended.err).toContain(code);
    expect(await readdir(folder)).not.toContain("ann.pem");
  });

  async function linkedKey(): Promise<void> {
    await rename(join(folder, "ca.key"), join(folder, "other.key"));
    await symlink(join(folder, "other.key"), join(folder, "ca.key"));
  }

  async function otherKey(): Promise<void> {
    const cert = await readFile(join(folder, "ca.pem"));
    await certs("ca", "--force");
    await writeFile(join(folder, "ca.pem"), cert);
  }

  async function leafAsAuthority(): Promise<void> {
    await certs("server");
    for (const ending of ["pem", "key"])
      await writeFile(join(folder, `ca.${ending}`), await readFile(join(folder, `server.${ending}`)));
  }
});

describe("options of certs", () => {
  beforeEach(() => certs("ca"));

  test.each([
    [["server", "--host", "wss://shop.example"], "it must be a DNS name or an IP address"],
    [["server", "--host", "[::1]"], "it must be a DNS name or an IP address"],
    [["server", "--host", "shop.example:443"], "it must be a DNS name or an IP address"],
    [["server", "--host", "256.0.0.1"], "it must be a DNS name or an IP address"],
    [["server", "--host", "a..b"], "it must be a DNS name or an IP address"],
    [["server", "--host", "shop.*"], "it must be a DNS name or an IP address"],
    [["server", "--host", "fe80::1%eth0"], "it must be a DNS name or an IP address"],
    [["server", "--host", ""], "it must be a DNS name or an IP address"],
    [["server", "--name", "../server"], "it must be 1..64 of"],
    [["server", "--name", "CA"], 'and not be "ca"'],
    [["server", "--days", "399"], "it must be a number of days, 1..398."],
    [["ca", "--days", "3651"], "it must be a number of days, 1..3650."],
    [["ca", "--days", "0"], "it must be a number of days"],
    [["ca", "--name", "a\nb"], "it must be 1..64 letters, digits, spaces and"],
    [["ca", "--name", "A, B"], "it must be 1..64 letters, digits, spaces and"],
    [["ca", "--name", "#A"], "it must be 1..64 letters, digits, spaces and"],
    [["ca", "--name", "A "], "it must be 1..64 letters, digits, spaces and"],
    [["ca", "--name", "x".repeat(65)], "it must be 1..64 letters, digits, spaces and"],
    [["client"], "required option '--name <name>' not specified"],
    [["client", "--name", "x".repeat(65)], "it must be 1..64 of"],
    [["client", "--name", "ann", "--uri", "ann"], "it must be a URI in ASCII"],
  ])("%j are wrong usage", async (args, sentence) => {
    expect(await certs(...args)).toMatchObject({ code: 2, out: "", err: expect.stringContaining(sentence) });
    expect((await readdir(folder)).sort()).toEqual(["ca.key", "ca.pem"]);
  });

  test.each([
    ["bücher.example", "DNS:xn--bcher-kva.example"],
    ["::ffff:10.0.0.7", "IP Address:0:0:0:0:0:FFFF:A00:7"],
    ["a".repeat(63), `DNS:${"a".repeat(63)}`],
  ])("the host %j is %s", async (host, name) => {
    await certs("server", "--host", host);
    expect((await certificate("server")).subjectAltName).toBe(name);
  });

  test.each(["Büro (Köln) 2. Stock", "Team's authority: ann@office", "权威", "A"])(
    "an authority may be called %j, and signs by that name",
    async (name) => {
      await certs("ca", "--force", "--name", name);
      await certs("client", "--name", "ann");
      const [ca, ann] = [await certificate("ca"), await certificate("ann")];
      expect(ca.toLegacyObject().subject.CN).toBe(name);
      expect(ann.checkIssued(ca)).toBe(true);
    },
  );
});

test("says which packages are missing", { timeout: 60_000 }, async () => {
  const hooks = join(folder, "hooks.mjs");
  await writeFile(
    hooks,
    `import { register } from "node:module";
    register(new URL("data:text/javascript," + encodeURIComponent(\`export const resolve = (specifier, context, next) => {
      if (specifier !== "@peculiar/x509") return next(specifier, context);
      throw Object.assign(new Error("not there"), { code: "ERR_MODULE_NOT_FOUND" });
    }\`)));`,
  );
  const main = fileURLToPath(new URL("../../src/cli/main.ts", import.meta.url));
  const args = ["--import", "tsx", "--import", hooks, main, "certs", "ca", "--folder", join(folder, "certs")];
  await expect(promisify(execFile)(process.execPath, args)).rejects.toMatchObject({
    code: 2,
    stdout: "",
    stderr: expect.stringMatching(/needs two packages .*: npm install --save-dev @peculiar\/x509 reflect-metadata/),
  });
  expect(await readdir(folder)).toEqual(["hooks.mjs"]);
});

test.each([[["certs"]], [["certs", "ca"]], [["certs", "server"]], [["certs", "client"]]])(
  "%j has help with examples",
  async (args) => {
    expect((await runLine([...args, "--help"])).out).toContain("\nExamples:\n");
  },
);

describe("TLS by these certificates", () => {
  const path = (name: string): string => join(shared, name);
  let shared: string;
  beforeAll(async () => {
    shared = await mkdtemp(join(tmpdir(), "hearthwire-cli-tls-"));
    for (const args of [["ca"], ["server"], ["client", "--name", "ann", "--uri", "spiffe://office/ann"]])
      await runLine(["certs", ...args, "--folder", shared]);
  });
  afterAll(() => rm(shared, { recursive: true }));

  test.runIf(hasOpenssl)("OpenSSL verifies each for its purpose and for no other", () => {
    const verified = (...args: readonly string[]): string =>
      spawnSync("openssl", ["verify", "-x509_strict", "-CAfile", path("ca.pem"), ...args], { encoding: "utf8" }).stdout;
    expect(verified("-purpose", "sslserver", "-verify_hostname", "localhost", path("server.pem"))).toMatch(/: OK\n$/);
    expect(verified("-purpose", "sslserver", "-verify_ip", "127.0.0.1", path("server.pem"))).toMatch(/: OK\n$/);
    expect(verified("-purpose", "sslclient", path("ann.pem"))).toMatch(/: OK\n$/);
    expect(verified("-purpose", "sslclient", path("server.pem"))).not.toContain("OK");
    expect(verified("-purpose", "sslserver", path("ann.pem"))).not.toContain("OK");
    expect(verified("-verify_hostname", "elsewhere", path("server.pem"))).not.toContain("OK");
    const text = execFileSync("openssl", ["x509", "-in", path("ca.pem"), "-noout", "-text"], { encoding: "utf8" });
    expect(text).toContain("CA:TRUE, pathlen:0");
    expect(text).toMatch(/Key Usage: critical\n\s+Certificate Sign, CRL Sign\n/);
  });

  test("a client gets in by its certificate, and is who the certificate says; without one it doesn't", async () => {
    const who = { name: () => callContext().principal.id };
    await using daemon = await serve(
      { who },
      {
        tls: {
          cert: { file: path("server.pem") },
          key: { file: path("server.key") },
          ca: { file: path("ca.pem") },
          requestClientCertificate: true,
          certificateSubject: ({ commonName }) => commonName,
        },
      },
    );
    const ca = { file: path("ca.pem") };
    const named = daemon.url("who").replace("127.0.0.1", "localhost");
    for (const url of [daemon.url("who"), named]) {
      using object = await connect<typeof who>(url, {
        tls: { ca, cert: { file: path("ann.pem") }, key: { file: path("ann.key") } },
      });
      expect(await object.name()).toBe("certificate:ann");
    }
    for (const identity of [{}, { cert: { file: path("server.pem") }, key: { file: path("server.key") } }])
      await expect(connect<typeof who>(daemon.url("who"), { tls: { ca, ...identity } }).name()).rejects.toBeInstanceOf(
        ConnectionError,
      );
  });

  test("the command serves by one and calls by the authority", async () => {
    const env = { HEARTHWIRE_KEY_FILE: path("keys.json") };
    await keyFile(path("keys.json"));
    const io = new FakeIo({ env });
    await writeFile(path("clock.mjs"), "export const objects = { clock: () => 'noon' };\n");
    const args = ["serve", path("clock.mjs"), "--tls-cert", path("server.pem"), "--tls-key", path("server.key")];
    const ended = runLine(args, io);
    const [url] = await io.written(/wss:\S+/);
    expect(await runLine(["call", url, "", "--ca", path("ca.pem")], { env })).toMatchObject({ code: 0, out: "noon\n" });
    expect(await runLine(["call", url, ""], { env })).toMatchObject({
      code: 3,
      err: expect.stringContaining("(HW_TLS_FAILED)"),
    });
    io.interrupt();
    expect((await ended).code).toBe(0);
  });
});
