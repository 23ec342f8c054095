import { expect, it } from "vitest";
import { tlsRefusal } from "../../src/node/tls-refusal.js";

it.each([
  ["CERT_HAS_EXPIRED", "its certificate has expired"],
  ["CERT_REVOKED", 'its certificate is revoked by a list of "tls.crl"'],
  ["UNABLE_TO_GET_CRL", 'its certificate is of an authority of which "tls.crl" has no list'],
  [
    "SELF_SIGNED_CERT_IN_CHAIN",
    'its certificate is of none of the authorities in "tls.ca" (SELF_SIGNED_CERT_IN_CHAIN)',
  ],
])("says of a certificate with %s: %s", (authorizationError, sentence) => {
  expect(tlsRefusal("ECONNRESET", authorizationError)).toBe(`the peer's TLS handshake failed: ${sentence}`);
});

it.each([
  ["ERR_SSL_HTTP_REQUEST", "it spoke plain text to the TLS port: it has to dial wss:"],
  ["ERR_TLS_HANDSHAKE_TIMEOUT", "its handshake took too long"],
  ["ERR_SSL_SOMETHING_NEW", "ERR_SSL_SOMETHING_NEW"],
])("says of %s: %s", (code, sentence) => {
  expect(tlsRefusal(code)).toBe(`the peer's TLS handshake failed: ${sentence}`);
});

it.each(["ECONNRESET", "EPIPE", "HPE_INVALID_METHOD", undefined])("says nothing of %s", (code) => {
  expect(tlsRefusal(code)).toBeUndefined();
});
