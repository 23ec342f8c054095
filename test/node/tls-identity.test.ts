import { createPrivateKey } from "node:crypto";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { inspect } from "node:util";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { ConfigError } from "../../src/errors/hearthwire-error.js";
import { type IdentityOptions, readCertificates, readIdentity } from "../../src/node/tls-identity.js";
import { type Certificate, createAuthority, selfSigned } from "../support/certificates.js";

const folder = mkdtempSync(join(tmpdir(), "hearthwire-tls-"));
const passphrase = "correct horse battery";
let own: Certificate;
let other: Certificate;
let encrypted: string;
let traditional: string;

beforeAll(async () => {
  own = await selfSigned();
  other = await selfSigned();
  encrypted = own.encryptedKey(passphrase);
  traditional = createPrivateKey(own.key)
    .export({ format: "pem", type: "sec1", cipher: "aes-128-cbc", passphrase })
    .toString();
});

afterAll(() => rmSync(folder, { recursive: true }));

function file(name: string, content: string): string {
  const path = join(folder, name);
  writeFileSync(path, content);
  return path;
}

function failure(options: Partial<IdentityOptions>, nowMs = Date.now()): Promise<ConfigError> {
  return readIdentity(options, nowMs).then(
    () => expect.fail("it was accepted"),
    (error: ConfigError) => {
      expect(error).toBeInstanceOf(ConfigError);
      expect(error.code).toBe("HW_OPTION_INVALID");
      return error;
    },
  );
}

describe("readIdentity", () => {
  it("takes text, bytes and files, by path or URL", async () => {
    const cert = file("own.pem", own.cert);
    const key = file("own.key", own.key);
    const expected = await readIdentity({ cert: own.cert, key: own.key }, Date.now());
    for (const options of [
      { cert: Buffer.from(own.cert), key: new TextEncoder().encode(own.key) },
      { cert: { file: cert }, key: { file: key } },
      { cert: { file: pathToFileURL(cert) }, key: { file: pathToFileURL(key) } },
      { cert: `what it is for\n${own.cert}`, key: `${own.cert}\n${own.key}` },
    ])
      expect(await readIdentity(options, Date.now())).toEqual(expected);
    expect(createPrivateKey(expected.key).equals(createPrivateKey(own.key))).toBe(true);
  });

  it("sends the certificates between, in their order", async () => {
    const { cert } = await readIdentity({ cert: own.cert + other.cert, key: own.key }, Date.now());
    expect((await readCertificates(cert, "tls.cert")).map(({ serialNumber }) => serialNumber)).toEqual([
      own.x509.serialNumber,
      other.x509.serialNumber,
    ]);
  });

  it("decrypts a key of either format, with a passphrase or whoever knows it", async () => {
    for (const key of [encrypted, traditional])
      for (const given of [passphrase, () => passphrase, async () => passphrase]) {
        const identity = await readIdentity({ cert: own.cert, key, passphrase: given }, Date.now());
        expect(createPrivateKey(identity.key).equals(createPrivateKey(own.key))).toBe(true);
      }
  });

  it("asks for no passphrase of a key that needs none", async () => {
    await readIdentity({ cert: own.cert, key: own.key, passphrase: () => expect.fail("asked") }, Date.now());
  });

  it.each([
    ["no certificate", () => ({ key: own.key }), /^"tls\.cert" must be given/],
    ["no key", () => ({ cert: own.cert }), /^"tls\.key" must be given/],
    [
      "a path in place of PEM",
      () => ({ cert: "/etc/tls/cert.pem", key: own.key }),
      /^"tls\.cert" must hold PEM.*\{ file/,
    ],
    [
      "a file that isn't there",
      () => ({ cert: { file: join(folder, "gone") }, key: own.key }),
      /^"tls\.cert" can't be read from the file .*gone: ENOENT/,
    ],
    [
      "a folder",
      () => ({ cert: own.cert, key: { file: folder } }),
      /^"tls\.key" can't be read from the file .*: it is no regular file/,
    ],
    [
      "a key in place of a certificate",
      () => ({ cert: own.key, key: own.key }),
      /^"tls\.cert" must hold PEM with "-----BEGIN CERTIFICATE-----"/,
    ],
    [
      "a certificate in place of a key",
      () => ({ cert: own.cert, key: own.cert }),
      /^"tls\.key" must hold PEM with "-----BEGIN PRIVATE KEY-----"/,
    ],
    [
      "a certificate that is none",
      () => ({ cert: damaged(own.cert), key: own.key }),
      /^"tls\.cert" must hold certificates in PEM, number 1 can't be read/,
    ],
    [
      "a second certificate that is none",
      () => ({ cert: own.cert + damaged(other.cert), key: own.key }),
      /^"tls\.cert" .* number 2/,
    ],
    [
      "a key that is none",
      () => ({ cert: own.cert, key: damaged(own.key) }),
      /^"tls\.key" must hold a private key in PEM/,
    ],
    [
      "another key",
      () => ({ cert: own.cert, key: other.key }),
      /^"tls\.key" must be the private key of the first certificate in "tls\.cert"/,
    ],
    [
      "the certificates in the wrong order",
      () => ({ cert: other.cert + own.cert, key: own.key }),
      /^"tls\.key" must be the private key of the first certificate/,
    ],
    ["no passphrase", () => ({ cert: own.cert, key: encrypted }), /^"tls\.passphrase" must be given/],
    [
      "no passphrase, of the older format",
      () => ({ cert: own.cert, key: traditional }),
      /^"tls\.passphrase" must be given/,
    ],
    [
      "another passphrase",
      () => ({ cert: own.cert, key: encrypted, passphrase: "battery staple" }),
      /^"tls\.passphrase" must be that of "tls\.key"/,
    ],
    [
      "another passphrase, of the older format",
      () => ({ cert: own.cert, key: traditional, passphrase: "battery staple" }),
      /^"tls\.passphrase" must be that/,
    ],
    [
      "an empty passphrase",
      () => ({ cert: own.cert, key: encrypted, passphrase: "" }),
      /^"tls\.passphrase" must be that/,
    ],
    [
      "a passphrase that is no text",
      () => ({ cert: own.cert, key: encrypted, passphrase: (() => 7) as never }),
      /^"tls\.passphrase" must give a text, got number/,
    ],
    [
      "nobody to give the passphrase",
      () => ({ cert: own.cert, key: encrypted, passphrase: () => Promise.reject(new Error("cancelled")) }),
      /^"tls\.passphrase" must give the passphrase.*threw/,
    ],
  ])("refuses %s", async (_, options, message) => {
    expect((await failure(options())).message).toMatch(message);
  });

  it("has neither key nor passphrase in an error", async () => {
    const wrong = "wrong staple";
    for (const options of [
      { cert: other.cert, key: encrypted, passphrase },
      { cert: own.cert, key: encrypted, passphrase: wrong },
      { cert: own.cert, key: traditional, passphrase: wrong },
      { cert: own.cert, key: damaged(own.key) },
      { cert: own.key, key: own.key },
      { cert: own.cert, key: own.key.replaceAll("-----", "----") },
    ]) {
      const shown = inspect(await failure(options), { depth: null, showHidden: true });
      expect(shown).not.toContain(passphrase);
      expect(shown).not.toContain(wrong);
      for (const line of [...own.key.split("\n"), ...encrypted.split("\n")].filter((text) =>
        /^[\w+/=]{16,}$/.test(text),
      ))
        expect(shown).not.toContain(line.slice(0, 16));
    }
  });

  it("refuses a certificate that has expired or is not valid yet, and takes the last moment of one", async () => {
    const authority = await createAuthority();
    const startMs = Date.UTC(2026, 0, 1);
    const endMs = Date.UTC(2026, 1, 1);
    const { cert, key } = await authority.issue({ notBefore: new Date(startMs), notAfter: new Date(endMs) });
    await readIdentity({ cert, key }, startMs);
    await readIdentity({ cert, key }, endMs);
    expect((await failure({ cert, key }, endMs + 1)).message).toMatch(
      /^"tls\.cert" must not have expired, got one valid to 2026-02-01T00:00:00\.000Z, and it is 2026-02-01T00:00:00\.001Z/,
    );
    expect((await failure({ cert, key }, startMs - 1)).message).toMatch(
      /^"tls\.cert" must be valid already, got one valid from 2026-01-01/,
    );
  });
});

/** Well-formed PEM of bytes that mean nothing. */
function damaged(pem: string): string {
  return pem.replace(/\n.{8}/, "\nAAAAAAAA");
}
