import { describe, expect, it } from "vitest";
import { ConnectionError } from "../../src/errors/hearthwire-error.js";
import { tlsFault } from "../../src/node/tls-fault.js";

const SECURE = "wss://shop.example/";
const PLAIN = "ws://127.0.0.1:7766/";

function fault(code: string, message: string, more: object = {}): Error {
  return Object.assign(new Error(message), { code, ...more });
}

/** As OpenSSL writes it: a thread, a code, a function, the reason, a place in its source. */
function openSsl(reason: string): string {
  return `write EPROTO 80CC43F6617F0000:error:0A00042E:SSL routines:ssl3_read_bytes:${reason}:../deps/openssl/ssl.c:1601:SSL alert number 70\n`;
}

describe("tlsFault", () => {
  it.each<[string, Error, string]>([
    ["CERT_REVOKED", fault("CERT_REVOKED", "certificate revoked"), "was revoked"],
    ["another code of OpenSSL's", fault("PATH_LENGTH_EXCEEDED", "path length exceeded"), "not accepted: path length"],
    ["a weak key", fault("UNSPECIFIED", "EE certificate key too weak"), "too weak: it needs one"],
    ["an unknown authority", fault("UNABLE_TO_GET_ISSUER_CERT_LOCALLY", "unable to get"), '"tls.ca"'],
    ["an old version", fault("EPROTO", openSsl("tlsv1 alert protocol version")), '"tls.minVersion"'],
    [
      "an old version on this side",
      fault("ERR_SSL_UNSUPPORTED_PROTOCOL", "", { reason: "unsupported protocol" }),
      "TLS 1.3",
    ],
    ["no TLS", fault("EPROTO", openSsl("wrong version number")), "use ws://shop.example/"],
    ["a daemon that knows another authority", fault("EPROTO", openSsl("tlsv1 alert unknown ca")), '"tls.cert" (tlsv1'],
    [
      "a daemon that refuses the certificate",
      fault("ERR_SSL_SSLV3_ALERT_BAD_CERTIFICATE", "", { reason: "sslv3 alert bad certificate" }),
      'does not accept the client certificate in "tls.cert"',
    ],
    [
      "whatever else",
      fault("EPROTO", openSsl("sslv3 alert handshake failure")),
      "TLS failed (sslv3 alert handshake failure)",
    ],
    ["words that it doesn't know", fault("EPROTO", "write EPROTO"), "TLS failed (EPROTO)"],
  ])("names %s", (_, error, words) => {
    const explained = tlsFault(error, SECURE);
    expect(explained).toMatchObject({
      name: "ConnectionError",
      code: "HW_TLS_FAILED",
      peer: SECURE,
      retryable: false,
      cause: error,
      message: expect.stringContaining(words),
    });
    expect(explained.message).toMatch(/^could not connect to wss:\/\/shop\.example\/: /);
    expect(explained.message).not.toMatch(/deps|0A00/);
  });

  it.each<[string, Error, string, string]>([
    [
      "before TLS",
      fault("ECONNRESET", "Client network socket disconnected before secure TLS connection was established"),
      SECURE,
      "use ws://",
    ],
    ["after TLS", fault("ECONNRESET", "socket hang up"), SECURE, '"tls.cert"'],
    ["without TLS", fault("ECONNRESET", "socket hang up"), PLAIN, "use wss://127.0.0.1:7766/"],
    ["with bytes that are no HTTP", fault("HPE_INVALID_CONSTANT", "Parse Error"), PLAIN, "use wss://127.0.0.1:7766/"],
  ])("guesses why the other end hung up %s", (_, error, url, words) => {
    expect(tlsFault(error, url)).toMatchObject({
      code: "HW_CONNECT_FAILED",
      retryable: true,
      cause: error,
      message: expect.stringContaining(words),
    });
  });

  it.each([
    [fault("ECONNREFUSED", "connect ECONNREFUSED"), SECURE],
    [fault("ENOTFOUND", "getaddrinfo ENOTFOUND"), SECURE],
    [fault("ECONNRESET", "read ECONNRESET"), SECURE],
    [fault("CERT_HAS_EXPIRED", "of no TLS of ours"), PLAIN],
    [new Error("without a code"), SECURE],
    [fault("ECONNRESET", "socket hang up"), "ws+unix:///run/shop.sock:/"],
  ])("leaves %s as it is", (error, url) => {
    expect(tlsFault(error, url)).toBe(error);
    expect(tlsFault(error, url)).not.toBeInstanceOf(ConnectionError);
  });

  it("cuts and escapes what a certificate says of its names", () => {
    const reason = `Host: x is not in the cert's altnames: DNS:\u001b[31m${"a".repeat(500)}`;
    const { message } = tlsFault(fault("ERR_TLS_CERT_ALTNAME_INVALID", "", { reason }), SECURE);
    expect(message).not.toContain("\u001b");
    expect(message.length).toBeLessThan(500);
  });
});
