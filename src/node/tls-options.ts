import type { PeerCertificate } from "../transport/peer-certificate.js";
import type { VerifyPeer } from "./certificate-checks.js";
import type { PemSource } from "./pem-source.js";
import type { IdentityOptions } from "./tls-identity.js";

/** What a daemon makes of client certificates that TLS has verified. */
export interface ClientCertificateOptions {
  /**
   * Whom a certificate proves, for clients without a key: the subject of the principal `certificate:<subject>`, such as an
   * entry of `subjectAltNames`; undefined for nobody, who then needs a key as everybody else. It takes TLS 1.3.
   * @default certificates prove nobody
   */
  readonly certificateSubject?: ((certificate: PeerCertificate) => string | undefined) | undefined;
  /**
   * Looks at the certificate of each line, before the client's HELLO is answered; throwing or rejecting refuses the
   * client, who is not told why. `verifyCertificate` makes such a function.
   */
  readonly verifyPeer?: VerifyPeer | undefined;
}

/** What TLS needs of files, or of wherever it is kept: what `daemon.reloadTls` reads again. */
export interface TlsMaterial extends IdentityOptions {
  /**
   * The authorities whose client certificates are accepted, and no others. Those of the web vouch for anybody, so that
   * there is no default.
   */
  readonly ca?: PemSource | readonly PemSource[] | undefined;
  /**
   * Lists of revoked client certificates (`X509 CRL`): one of each authority in the chain, not expired, or nobody is
   * accepted.
   */
  readonly crl?: PemSource | readonly PemSource[] | undefined;
}

/** What `daemon.reloadTls` takes in place of what was given before; what is left out, or undefined, stays. */
export type RenewedTls = { readonly [Name in keyof TlsMaterial]?: TlsMaterial[Name] | undefined };

/**
 * TLS of a daemon of its own: it is reached by `wss:`. Every daemon has a context of its own, and there is no switch that
 * accepts unverified certificates.
 */
export interface TlsOptions extends TlsMaterial, ClientCertificateOptions {
  /**
   * Mutual TLS: a client without a certificate of one of the authorities in `ca` does not get past the TLS handshake.
   * @default false
   */
  readonly requestClientCertificate?: boolean | undefined;
  /** TLS 1.2 has no channel binding here. @default "TLSv1.3" */
  readonly minVersion?: "TLSv1.2" | "TLSv1.3" | undefined;
}
