import type { Duplex } from "node:stream";
import { TLSSocket } from "node:tls";
import { isSubject, MAX_SUBJECT_BYTES } from "../auth/subject.js";
import type { PeerFacts } from "../daemon/peer-facts.js";
import { safeText } from "../observe/safe-text.js";
import type { PeerCertificate } from "../transport/peer-certificate.js";
import { askVerifyPeer, type VerifyPeer } from "./certificate-checks.js";
import type { ClientCertificateOptions } from "./tls-options.js";
import { tlsSecurity } from "./tls-security.js";

/** What TLS tells of a peer, and what the program makes of it. */
export type TlsFacts = Pick<PeerFacts, "channelBinding" | "peerCertificate" | "certificateCredential" | "verify">;

/**
 * Reads what the TLS below a line says of the peer.
 *
 * Whatever goes wrong here refuses the peer as soon as it says HELLO, so that it looks like every other refusal.
 *
 * @param socket of the line; the server's own TLS or that of a server that the daemon is attached to
 */
export function tlsFacts(socket: Duplex, options: ClientCertificateOptions): TlsFacts {
  try {
    return read(socket, options);
  } catch (error) {
    return {
      verify: () => {
        throw error;
      },
    };
  }
}

function read(socket: Duplex, { certificateSubject, verifyPeer }: ClientCertificateOptions): TlsFacts {
  const { channelBinding, keyingMaterial, peerCertificate } = socket instanceof TLSSocket ? tlsSecurity(socket) : {};
  const verify = verifyPeer && { verify: () => ask(verifyPeer, peerCertificate) };
  if (peerCertificate === undefined) return { ...(channelBinding && { channelBinding }), ...verify };
  requireCurrent(peerCertificate, Date.now());
  const subject = certificateSubject && subjectOf(peerCertificate, certificateSubject);
  const expiresAtMs = Date.parse(peerCertificate.validTo);
  return {
    ...(channelBinding && { channelBinding }),
    peerCertificate,
    ...(subject !== undefined && keyingMaterial && { certificateCredential: { keyingMaterial, subject, expiresAtMs } }),
    ...verify,
  };
}

/** A server that the daemon is attached to may resume TLS sessions, which checks no dates (row 115). */
function requireCurrent({ validFrom, validTo }: PeerCertificate, nowMs: number): void {
  if (nowMs >= Date.parse(validFrom) && nowMs <= Date.parse(validTo)) return;
  throw new Error(`the peer's certificate is valid from ${validFrom} to ${validTo} only`);
}

function subjectOf(
  certificate: PeerCertificate,
  certificateSubject: NonNullable<ClientCertificateOptions["certificateSubject"]>,
): string | undefined {
  let subject: unknown;
  try {
    subject = certificateSubject(certificate);
  } catch (cause) {
    throw new Error(`"tls.certificateSubject" threw for ${named(certificate)}: ${messageOf(cause)}`, { cause });
  }
  if (subject === undefined || (typeof subject === "string" && isSubject(subject))) return subject;
  throw new Error(
    `"tls.certificateSubject" must give undefined or 1..${MAX_SUBJECT_BYTES} bytes of UTF-8 without control characters, ` +
      `for ${named(certificate)} it gave another ${typeof subject}`,
  );
}

async function ask(verifyPeer: VerifyPeer, certificate: PeerCertificate | undefined): Promise<void> {
  if (certificate === undefined)
    throw new Error('the peer has no certificate that TLS verified, which "tls.verifyPeer" is to look at');
  try {
    await askVerifyPeer(verifyPeer, certificate);
  } catch (cause) {
    throw new Error(`"tls.verifyPeer" refused ${named(certificate)}: ${messageOf(cause)}`, { cause });
  }
}

function named({ subject, serialNumber }: PeerCertificate): string {
  return `the certificate ${serialNumber} of ${safeText(subject)}`;
}

function messageOf(cause: unknown): string {
  return cause instanceof Error ? cause.message : "it threw a value that is no Error";
}
