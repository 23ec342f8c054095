import { createHash, type X509Certificate } from "node:crypto";
import type { PeerCertificate } from "../transport/peer-certificate.js";

/** What a program is told of a certificate. It says nothing about whether anybody verified it. */
export function readCertificate(certificate: X509Certificate): PeerCertificate {
  const commonName: unknown = certificate.toLegacyObject().subject?.CN;
  return Object.freeze({
    subject: oneLine(certificate.subject),
    // Several are a list here, and whoever compares one of them would be fooled by the other.
    ...(typeof commonName === "string" ? { commonName } : {}),
    issuer: oneLine(certificate.issuer),
    serialNumber: certificate.serialNumber,
    subjectAltNames: Object.freeze(splitAltNames(certificate.subjectAltName ?? "")),
    fingerprint256: certificate.fingerprint256,
    spkiSha256: sha256(certificate.publicKey.export({ type: "spki", format: "der" })),
    validFrom: new Date(certificate.validFrom).toISOString(),
    validTo: new Date(certificate.validTo).toISOString(),
    raw: Uint8Array.from(certificate.raw),
  });
}

/** Node writes one attribute a line, and escapes line breaks and commas within. An empty name is undefined to it. */
function oneLine(name: string | undefined): string {
  return (name ?? "").split("\n").join(", ");
}

/** A string of JSON, which is how Node writes what of an entry could be taken for the next one (CVE-2021-44532). */
const QUOTED = /"(?:[^"\\\u0000-\u001f]|\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4}))*"/y;

/**
 * The entries of Node's one text for all subject alternative names.
 * @throws SyntaxError when it isn't what Node writes
 */
export function splitAltNames(text: string): string[] {
  if (text === "") return [];
  const entries: string[] = [];
  let entry = "";
  for (let at = 0; at < text.length;) {
    if (text.startsWith(", ", at)) {
      entries.push(entry);
      entry = "";
      at += 2;
    } else if (text[at] === '"') {
      QUOTED.lastIndex = at;
      const quoted = QUOTED.exec(text)?.[0];
      if (quoted === undefined) throw new SyntaxError("a subject alternative name has a quote without its end");
      entry += JSON.parse(quoted) as string;
      at += quoted.length;
    } else entry += text[at++];
  }
  return [...entries, entry];
}

function sha256(bytes: Uint8Array): string {
  const digits = createHash("sha256").update(bytes).digest("hex").toUpperCase();
  return digits.replace(/..(?!$)/g, "$&:");
}
