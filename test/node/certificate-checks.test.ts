import { describe, expect, it } from "vitest";
import { ConfigError, ConnectionError } from "../../src/errors/hearthwire-error.js";
import { askVerifyPeer, type ExpectedCertificate, verifyCertificate } from "../../src/node/certificate-checks.js";
import { peerCertificate } from "../support/peer-certificate.js";

const digest = Array.from({ length: 32 }, (_, byte) => byte.toString(16).padStart(2, "0"));
const certificate = peerCertificate({
  serialNumber: "0A4F",
  commonName: "db.example",
  subjectAltNames: ["DNS:db.example", "IP Address:10.0.0.7", "URI:spiffe://example/db"],
  fingerprint256: digest.join(":").toUpperCase(),
  spkiSha256: digest.toReversed().join(":").toUpperCase(),
});

describe("verifyCertificate", () => {
  it.each<ExpectedCertificate>([
    { serialNumber: "0A4F" },
    { serialNumber: "a:4f" },
    { serialNumber: "00:0a:4f" },
    { commonName: "db.example" },
    { commonName: ["web.example", "db.example"] },
    { subjectAltName: "DNS:db.example" },
    { subjectAltName: "URI:spiffe://example/db" },
    { fingerprint256: digest.join("") },
    { fingerprint256: digest.join(":") },
    { spkiSha256: digest.toReversed().join("").toUpperCase() },
    { commonName: "db.example", serialNumber: "A4F", subjectAltName: ["DNS:x", "IP Address:10.0.0.7"] },
  ])("accepts %j", (expected) => {
    expect(verifyCertificate(expected)(certificate)).toBeUndefined();
  });

  it.each<ExpectedCertificate>([
    { serialNumber: "A4F0" },
    { serialNumber: "A4" },
    { commonName: "db.example.evil" },
    { commonName: "db" },
    { commonName: "DB.example" },
    { subjectAltName: "DNS:db.example.evil" },
    { subjectAltName: "DNS:example" },
    { subjectAltName: "URI:db.example" },
    { fingerprint256: digest.toReversed().join("") },
    { spkiSha256: digest.join("") },
    { commonName: "db.example", serialNumber: "01" },
  ])("refuses a certificate without %j", (expected) => {
    expect(() => verifyCertificate(expected)(certificate)).toThrow(ConnectionError);
  });

  it("says what was expected and what came", () => {
    expect(() => verifyCertificate({ commonName: ["a", "b"] })(certificate)).toThrow(
      expect.objectContaining({
        code: "HW_REFUSED",
        message: `the peer's certificate has another "commonName" than expected: a or b, it has db.example`,
      }),
    );
    expect(() => verifyCertificate({ subjectAltName: "DNS:a" })(certificate)).toThrow(
      "DNS:a, it has DNS:db.example, IP Address:10.0.0.7, URI:spiffe://example/db",
    );
  });

  it("never compares several common names, of which the certificate then gives none", () => {
    expect(() => verifyCertificate({ commonName: "a" })(peerCertificate({ commonName: undefined }))).toThrow(
      "it has none",
    );
  });

  it("escapes what the certificate says", () => {
    const hostile = peerCertificate({ commonName: "a\u001b[2J\nb" });
    expect(() => verifyCertificate({ commonName: "x" })(hostile)).toThrow("it has a\\u001b[2J\\u000ab");
  });

  it.each([
    [{}, /one of serialNumber, commonName, subjectAltName, fingerprint256, spkiSha256/],
    [{ fingerprint: "00" }, /^"fingerprint" is nothing that can be expected here/],
    [{ constructor: "a" }, /^"constructor" is nothing/],
    [{ commonName: undefined }, /^"commonName" must be a name, got undefined/],
    [{ serialNumber: "01", spkiSha256: undefined }, /^"spkiSha256" must be 64 hex digits.*, got undefined/],
    [{ commonName: [] }, /^"commonName" must list what is accepted, got an empty array/],
    [{ commonName: ["a", ""] }, /^"commonName" must be a name, got ""/],
    [{ serialNumber: "xyz" }, /^"serialNumber" must be hex digits, such as 4F:02:9A, got "xyz"/],
    [{ fingerprint256: "AB" }, /^"fingerprint256" must be 64 hex digits/],
    [{ fingerprint256: `${digest.join("")}00` }, /^"fingerprint256" must be 64 hex digits/],
    [{ subjectAltName: "db.example" }, /^"subjectAltName" must be an entry with its type, such as DNS:db.example/],
    [{ subjectAltName: "DNS:" }, /^"subjectAltName" must be an entry/],
    [{ subjectAltName: /db/ }, /^"subjectAltName" must be an entry.*, got object/],
  ])("refuses to expect %j", (expected, message) => {
    expect(() => verifyCertificate(expected as ExpectedCertificate)).toThrow(ConfigError);
    expect(() => verifyCertificate(expected as ExpectedCertificate)).toThrow(message);
  });
});

describe("askVerifyPeer", () => {
  it("is content with whatever returns or resolves", async () => {
    expect(askVerifyPeer(() => {}, certificate)).toBeUndefined();
    await expect(askVerifyPeer(async () => {}, certificate)).resolves.toBeUndefined();
  });

  it("passes on what it throws or rejects with", async () => {
    const error = new Error("no");
    expect(() =>
      askVerifyPeer(() => {
        throw error;
      }, certificate),
    ).toThrow(error);
    await expect(askVerifyPeer(() => Promise.reject(error), certificate)).rejects.toBe(error);
  });

  it("takes the answer false for a refusal, as those who write no types may mean it", async () => {
    const isKnown = (() => false) as unknown as () => void;
    const isKnownLater = (async () => false) as unknown as () => Promise<void>;
    expect(() => askVerifyPeer(isKnown, certificate)).toThrow("it gave false");
    await expect(askVerifyPeer(isKnownLater, certificate)).rejects.toThrow("it gave false");
  });
});
