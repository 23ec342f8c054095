import { once } from "node:events";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { connect as connectTls } from "node:tls";
import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import { ConfigError, ConnectionError } from "../../src/errors/hearthwire-error.js";
import type { TlsMaterial, TlsOptions } from "../../src/node/tls-options.js";
import { type Authority, type Certificate, createAuthority } from "../support/certificates.js";
import { type Desk, ServedDesk } from "./support/tls-desk.js";
import { openTlsConnection } from "./support/tls-line.js";

const folder = mkdtempSync(join(tmpdir(), "hearthwire-tls-"));
const cert = join(folder, "cert.pem");
const key = join(folder, "key.pem");

let authority: Authority;
let first: Certificate;
let second: Certificate;

beforeAll(async () => {
  authority = await createAuthority();
  first = await authority.issue({ commonName: "first" });
  second = await authority.issue({ commonName: "second" });
});

afterAll(() => rmSync(folder, { recursive: true }));

function served(tls: TlsOptions): Promise<ServedDesk> {
  return ServedDesk.serve({ tls });
}

function client({ daemon, key: own }: ServedDesk, shown: Partial<Certificate> = {}) {
  const certificate = shown.cert === undefined ? {} : { cert: shown.cert, key: shown.key! };
  return openTlsConnection<{ desk: Desk }>(daemon.url(), { key: own, tls: { ca: authority.cert, ...certificate } });
}

/** Which certificate a new line is shown. */
async function shownAt({ port }: ServedDesk): Promise<unknown> {
  const socket = connectTls({ port, host: "127.0.0.1", ca: authority.cert });
  await once(socket, "secureConnect");
  const { CN } = socket.getPeerCertificate().subject;
  socket.destroy();
  return CN;
}

describe("reloadTls", () => {
  test("S20, S22: a file that ends within a later block is still being written: it is refused, the old one stays", async () => {
    writeFileSync(cert, first.cert);
    await using home = await served({ cert: { file: cert }, key: first.key });
    writeFileSync(cert, `${first.cert}${authority.cert.slice(0, 100)}`);
    await expect(home.daemon.reloadTls()).rejects.toThrow(
      /^"tls\.cert" must hold whole blocks of PEM.*still being written/,
    );
    expect(await shownAt(home)).toBe("first");
  });

  test("S20, S22: reads the files again and asks for the passphrase again; new lines get the new, old ones go on", async () => {
    const passphrase = vi.fn(async () => "horse");
    writeFileSync(cert, first.cert);
    writeFileSync(key, first.encryptedKey("horse"));
    await using home = await served({ cert: { file: cert }, key: { file: key }, passphrase });
    await using old = client(home);
    const whoCalls = old.object("desk");
    await whoCalls.whoCalls();
    const [session] = home.daemon.sessions.keys();

    writeFileSync(cert, second.cert);
    writeFileSync(key, second.encryptedKey("horse"));
    expect(await shownAt(home)).toBe("first");
    await home.daemon.reloadTls();
    expect(await shownAt(home)).toBe("second");
    expect(await whoCalls.whoCalls()).toMatchObject({ principal: "key:office" });
    expect([...home.daemon.sessions.keys()]).toEqual([session]);
    expect(passphrase).toHaveBeenCalledTimes(2);
  });

  test("S20: takes what it is given in place of what was, and keeps the rest", async () => {
    await using home = await served({ cert: first.cert, key: first.key });
    await home.daemon.reloadTls({ cert: second.cert, key: second.key });
    expect(await shownAt(home)).toBe("second");
    await home.daemon.reloadTls({ cert: undefined });
    expect(await shownAt(home)).toBe("second");
  });

  test.each<[string, () => Partial<TlsMaterial>, RegExp]>([
    ["a certificate without its key", () => ({ cert: second.cert }), /^"tls\.key" must be the private key/],
    ["a file that is gone", () => ({ cert: { file: join(folder, "gone") } }), /^"tls\.cert" can't be read/],
    ["half a file", () => ({ key: second.key.slice(0, 80) }), /^"tls\.key" must hold PEM/],
    [
      "a wrong passphrase",
      () => ({ key: first.encryptedKey("horse"), passphrase: "cow" }),
      /^"tls\.passphrase" must be/,
    ],
    ["authorities that are none", () => ({ ca: "x" }), /^"tls\.ca" must hold PEM/],
    [
      "a revocation list that is none",
      () => ({ crl: `-----BEGIN X509 CRL-----\nAAAA\n-----END X509 CRL-----` }),
      /^"tls\.crl" must be what TLS can use/,
    ],
    ["what is no material", () => ({ minVersion: "TLSv1.2" }) as never, /^"tls\.minVersion" is no option here/],
    ["nothing at all", () => null as never, /^"tls" must be an object/],
  ])("S20: %s changes nothing, and rejects", async (_, renewed, message) => {
    const mutual = { ca: authority.cert, requestClientCertificate: true };
    await using home = await served({ cert: first.cert, key: first.key, ...mutual });
    const failure = await home.daemon.reloadTls(renewed()).catch((error: unknown) => error);
    expect(failure).toBeInstanceOf(ConfigError);
    expect(failure).toMatchObject({ code: "HW_OPTION_INVALID", message: expect.stringMatching(message) });
    await using connection = client(home, second);
    expect(await connection.object("desk").whoCalls()).toMatchObject({ certificate: "CN=second" });
    expect(await shownAt(home)).toBe("first");
    await home.daemon.reloadTls({ cert: second.cert, key: second.key });
    expect(await shownAt(home)).toBe("second");
  });

  test("row 114: an expired certificate does not replace one that is good", async () => {
    await using home = await served({ cert: first.cert, key: first.key });
    const expired = await authority.issue({ notAfter: new Date(Date.now() - 60_000) });
    await expect(home.daemon.reloadTls({ cert: expired.cert, key: expired.key })).rejects.toThrow(
      /^"tls\.cert" must not have expired/,
    );
    expect(await shownAt(home)).toBe("first");
  });

  test("S20: asked twice at once, the later one stands", async () => {
    let answer!: (passphrase: string) => void;
    await using home = await served({ cert: first.cert, key: first.key });
    const slow = home.daemon.reloadTls({
      cert: first.cert,
      key: first.encryptedKey("horse"),
      passphrase: () => new Promise((resolve) => (answer = resolve)),
    });
    const quick = home.daemon.reloadTls({ cert: second.cert, key: second.key });
    await vi.waitFor(() => answer("horse"));
    await Promise.all([slow, quick]);
    expect(await shownAt(home)).toBe("second");
  });

  test("S29: renewed authorities hold for new lines, and client certificates stay demanded", async () => {
    const others = await createAuthority("Others");
    const carol = await others.issue({ commonName: "carol" });
    const mutual = { ca: authority.cert, requestClientCertificate: true };
    await using home = await served({ cert: first.cert, key: first.key, ...mutual });
    await home.daemon.reloadTls({ ca: others.cert });
    await using outdated = client(home, second);
    await expect(outdated.object("desk").whoCalls()).rejects.toBeInstanceOf(ConnectionError);
    expect((await home.refusal()).reason).toMatch(/of none of the authorities in "tls\.ca"/);
    await using nobody = client(home);
    await expect(nobody.object("desk").whoCalls()).rejects.toBeInstanceOf(ConnectionError);
    expect((await home.refusal()).reason).toMatch(/has no client certificate/);
    await using connection = client(home, carol);
    expect(await connection.object("desk").whoCalls()).toMatchObject({ certificate: "CN=carol" });
  });

  test("S20: there is nothing to renew without TLS of its own", async () => {
    await using home = await ServedDesk.serve({});
    await expect(home.daemon.reloadTls()).rejects.toThrow(/^"tls" was not given to this daemon/);
  });
});
