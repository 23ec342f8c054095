import { createHash, X509Certificate } from "node:crypto";
import { describe, expect, it } from "vitest";
import { readCertificate, splitAltNames } from "../../src/node/read-certificate.js";
import { createAuthority, selfSigned } from "../support/certificates.js";

const colons = (hex: string): string => hex.toUpperCase().match(/../g)!.join(":");

describe("readCertificate", () => {
  it("gives what the certificate says", async () => {
    const authority = await createAuthority("Office");
    const notAfter = new Date(Math.floor(Date.now() / 1000) * 1000 + 60_000);
    const { x509 } = await authority.issue({
      commonName: "alice",
      serialNumber: "0a4f",
      notAfter,
      subjectAltNames: [
        { type: "dns", value: "db.example" },
        { type: "ip", value: "10.0.0.7" },
        { type: "url", value: "spiffe://example/db" },
      ],
    });
    const certificate = readCertificate(x509);
    expect(certificate).toEqual({
      subject: "CN=alice",
      commonName: "alice",
      issuer: "CN=Office",
      serialNumber: "0A4F",
      subjectAltNames: ["DNS:db.example", "IP Address:10.0.0.7", "URI:spiffe://example/db"],
      fingerprint256: colons(createHash("sha256").update(x509.raw).digest("hex")),
      spkiSha256: expect.stringMatching(/^([0-9A-F]{2}:){31}[0-9A-F]{2}$/),
      validFrom: new Date(x509.validFrom).toISOString(),
      validTo: notAfter.toISOString(),
      raw: Uint8Array.from(x509.raw),
    });
    const spki = x509.publicKey.export({ type: "spki", format: "der" });
    expect(certificate.spkiSha256).toBe(colons(createHash("sha256").update(spki).digest("hex")));
  });

  it("is frozen, and plain", async () => {
    const certificate = readCertificate((await selfSigned()).x509);
    expect(Object.isFrozen(certificate)).toBe(true);
    expect(Object.isFrozen(certificate.subjectAltNames)).toBe(true);
    expect(structuredClone(certificate)).toEqual(certificate);
  });

  it("has the bytes of the certificate, and no other's", async () => {
    const { x509 } = await selfSigned();
    const { raw } = readCertificate(x509);
    raw.fill(0);
    expect(new X509Certificate(x509.raw).fingerprint256).toBe(x509.fingerprint256);
    expect(raw.byteLength).toBe(raw.buffer.byteLength);
  });

  it("names no common name when there are two, of which a check would see one", async () => {
    const { x509 } = await selfSigned({ commonName: "alice, CN=mallory" });
    const certificate = readCertificate(x509);
    expect(certificate.subject).toBe("CN=alice, CN=mallory");
    expect(certificate.commonName).toBeUndefined();
  });

  it("escapes what would read like another attribute", async () => {
    const { x509 } = await selfSigned({ commonName: '"alice, O=Acme"' });
    expect(readCertificate(x509)).toMatchObject({ subject: "CN=alice\\, O=Acme", commonName: "alice, O=Acme" });
  });

  it("gives no alternative names where there are none", async () => {
    expect(readCertificate((await selfSigned({ subjectAltNames: [] })).x509).subjectAltNames).toEqual([]);
  });

  it("takes an entry that reads like two for what it is", async () => {
    const { x509 } = await selfSigned({ subjectAltNames: [{ type: "dns", value: "a.example, DNS:b.example" }] });
    expect(readCertificate(x509).subjectAltNames).toEqual(["DNS:a.example, DNS:b.example"]);
  });
});

describe("splitAltNames", () => {
  it.each([
    ["", []],
    ["DNS:a", ["DNS:a"]],
    ["DNS:a, IP Address:10.0.0.7", ["DNS:a", "IP Address:10.0.0.7"]],
    ['DNS:"a\\u002c DNS:b", URI:x', ["DNS:a, DNS:b", "URI:x"]],
    ['DNS:"a, DNS:b"', ["DNS:a, DNS:b"]],
    ['DNS:"a\\"b", DNS:c', ['DNS:a"b', "DNS:c"]],
  ])("splits %s", (text, entries) => {
    expect(splitAltNames(text)).toEqual(entries);
  });

  it("refuses a quote without its end", () => {
    expect(() => splitAltNames('DNS:"a, DNS:b')).toThrow(SyntaxError);
  });
});
