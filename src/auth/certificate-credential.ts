import type { Grant } from "./grant.js";
import { KEY_BYTES, KeySchedule } from "./key-schedule.js";
import type { Principal } from "./principal.js";
import { randomBytes } from "./random-bytes.js";

/** What stands in HELLO for a key id where a client certificate is the credential (method 3, protocol.md section 4). */
export const CERTIFICATE_KEY_ID = "tls";

/** A client certificate that TLS has verified and that the daemon accepts in place of a key. */
export interface CertificateCredential {
  /** `EXPORTER-hearthwire-1` of this TLS connection: 32 bytes, in the place of a long-term key. */
  readonly keyingMaterial: Uint8Array;
  /** Whom the daemon takes the certificate for. */
  readonly subject: string;
  /** The certificate's end, in ms since the epoch. */
  readonly expiresAtMs: number;
}

let nobody: Uint8Array | undefined;

/**
 * The schedule that must have signed a HELLO of method 3; without such a certificate one of the same cost that nobody has,
 * so that nobody can tell whether the daemon knows the method.
 */
export function certificateSchedule(credential: CertificateCredential | undefined): KeySchedule {
  return new KeySchedule(credential?.keyingMaterial ?? (nobody ??= randomBytes(KEY_BYTES)));
}

/** The principal of whoever holds a certificate that maps to a name. */
export function principalOfCertificate(subject: string): Principal {
  return Object.freeze({ kind: "certificate", id: `certificate:${subject}`, subject });
}

/** What a certificate allows: everything, until it ends; the daemon's authorizer says what not. */
export function grantOfCertificate({ subject, expiresAtMs }: CertificateCredential): Grant {
  // Not "tls": a key of the ring may have that id, and its removal is no matter of this one.
  return {
    keyId: `certificate:${subject}`,
    keyFingerprint: undefined,
    expiresAtMs,
    allows: () => true,
    allowsSome: () => true,
  };
}
