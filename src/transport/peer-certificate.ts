/**
 * The certificate that a peer proved itself with by TLS, which verified it. Frozen, plain values alone.
 *
 * Names are the certificate's own words: an authority vouches for them, so they say something only as far as one does
 * not accept every authority of the web.
 */
export interface PeerCertificate {
  /** In the certificate's order, each value escaped as in RFC 4514: `C=DE, O=Acme\, Inc, CN=alice`. */
  readonly subject: string;
  /** Left out when the subject has none, or several. */
  readonly commonName?: string | undefined;
  /** Who signed it, written as `subject` is. */
  readonly issuer: string;
  /** Upper-case hex digits. */
  readonly serialNumber: string;
  /** Whole entries with their type, such as `DNS:db.example`, `IP Address:10.0.0.7` and `URI:spiffe://example/db`. */
  readonly subjectAltNames: readonly string[];
  /** SHA-256 of the whole certificate: upper-case hex digits, a colon after each byte, as `openssl x509` prints it. */
  readonly fingerprint256: string;
  /** SHA-256 of the public key (SubjectPublicKeyInfo), written as `fingerprint256` is; renewing with the same key keeps it. */
  readonly spkiSha256: string;
  /** ISO 8601, UTC. */
  readonly validFrom: string;
  /** ISO 8601, UTC. */
  readonly validTo: string;
  /** The certificate itself, DER; a copy of this object's own. */
  readonly raw: Uint8Array;
}
