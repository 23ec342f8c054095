/** What a peer proved about itself by TLS. */
export interface PeerCertificate {
  readonly subject: string;
  readonly commonName?: string;
  readonly serialNumber: string;
  readonly fingerprint256: string;
  readonly raw: Uint8Array;
}
