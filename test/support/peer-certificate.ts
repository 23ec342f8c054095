import type { PeerCertificate } from "../../src/transport/peer-certificate.js";

/** A certificate of which a test names what it is about. */
export function peerCertificate(facts: Partial<PeerCertificate> = {}): PeerCertificate {
  return {
    subject: "CN=alice",
    commonName: "alice",
    issuer: "CN=Test authority",
    serialNumber: "01",
    subjectAltNames: [],
    fingerprint256: Array.from({ length: 32 }, () => "AB").join(":"),
    spkiSha256: Array.from({ length: 32 }, () => "CD").join(":"),
    validFrom: "2026-01-01T00:00:00.000Z",
    validTo: "2027-01-01T00:00:00.000Z",
    raw: new Uint8Array(1),
    ...facts,
  };
}
