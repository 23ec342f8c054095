/** What OpenSSL found wrong with a client certificate, by the code that Node gives it. */
const CERTIFICATE_FAULTS: ReadonlyMap<string, string> = new Map([
  ["CERT_HAS_EXPIRED", "has expired"],
  ["CERT_NOT_YET_VALID", "is not valid yet: compare the clocks of both machines"],
  ["CERT_REVOKED", 'is revoked by a list of "tls.crl"'],
  ["UNABLE_TO_GET_CRL", 'is of an authority of which "tls.crl" has no list'],
  ["CRL_HAS_EXPIRED", 'can\'t be checked: the list of its authority in "tls.crl" has expired, renew it by reloadTls()'],
  ["CRL_NOT_YET_VALID", 'can\'t be checked: the list of its authority in "tls.crl" is not valid yet'],
  ["INVALID_PURPOSE", "is not meant for clients (its extended key usage)"],
]);

/** Why TLS failed, by the code of Node's error. */
const TLS_FAULTS: ReadonlyMap<string, string> = new Map([
  [
    "ERR_SSL_PEER_DID_NOT_RETURN_A_CERTIFICATE",
    'it has no client certificate, which "tls.requestClientCertificate" demands',
  ],
  ["ERR_SSL_HTTP_REQUEST", "it spoke plain text to the TLS port: it has to dial wss:"],
  ["ERR_SSL_WRONG_VERSION_NUMBER", "what it sent is not TLS: it has to dial wss:"],
  ["ERR_SSL_UNSUPPORTED_PROTOCOL", 'it offers no version of TLS from "tls.minVersion" on'],
  ["ERR_SSL_TLSV1_ALERT_UNKNOWN_CA", 'it does not know the authority of "tls.cert", which its own "tls.ca" must name'],
  ["ERR_SSL_SSLV3_ALERT_CERTIFICATE_EXPIRED", 'it says that "tls.cert" has expired'],
  ["ERR_TLS_HANDSHAKE_TIMEOUT", "its handshake took too long"],
]);

/**
 * Why a peer did not get through the TLS handshake: a sentence for whoever runs the daemon; undefined when it only hung
 * up, or what came is no matter of TLS.
 *
 * @param code of Node's error
 * @param authorizationError what OpenSSL found wrong with the client's certificate, when it is a code; Node types it as an Error
 */
export function tlsRefusal(code = "", authorizationError?: unknown): string | undefined {
  if (typeof authorizationError === "string") {
    const fault =
      CERTIFICATE_FAULTS.get(authorizationError) ?? `is of none of the authorities in "tls.ca" (${authorizationError})`;
    return `the peer's TLS handshake failed: its certificate ${fault}`;
  }
  return /^ERR_(SSL|TLS)_/.test(code) ? `the peer's TLS handshake failed: ${TLS_FAULTS.get(code) ?? code}` : undefined;
}
