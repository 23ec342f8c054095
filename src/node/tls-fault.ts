import { ConnectionError } from "../errors/hearthwire-error.js";
import { safeText } from "../observe/safe-text.js";

/** What went wrong with TLS, by the codes of Node and OpenSSL, and what mends it. */
const SENTENCES: ReadonlyMap<string, string> = new Map([
  ["CERT_HAS_EXPIRED", "the daemon's certificate has expired: renew it there, or compare the clocks of both machines"],
  ["CERT_NOT_YET_VALID", "the daemon's certificate is not valid yet: compare the clocks of both machines"],
  ["CERT_REVOKED", "the daemon's certificate was revoked: it needs a new one"],
  [
    "INVALID_PURPOSE",
    "the daemon's certificate is not one for servers (extended key usage serverAuth): it needs another",
  ],
  [
    "DEPTH_ZERO_SELF_SIGNED_CERT",
    'the daemon\'s certificate is self-signed: give that certificate as "tls.ca", or have it signed by an authority',
  ],
  ["SELF_SIGNED_CERT_IN_CHAIN", unknownAuthority()],
  ["UNABLE_TO_GET_ISSUER_CERT", unknownAuthority()],
  ["UNABLE_TO_GET_ISSUER_CERT_LOCALLY", unknownAuthority()],
  ["UNABLE_TO_VERIFY_LEAF_SIGNATURE", unknownAuthority()],
  [
    "ERR_SSL_TLSV13_ALERT_CERTIFICATE_REQUIRED",
    'the daemon asks for a client certificate: give "tls.cert" and "tls.key"',
  ],
]);

/** The codes of OpenSSL for certificates that it doesn't accept; Node writes UNSPECIFIED for those that it doesn't know. */
const CERTIFICATE_CODE =
  /^(?:CERT|CRL|UNABLE_TO|ERROR_IN_CERT|DEPTH_ZERO|SELF_SIGNED|PATH_LENGTH|INVALID_CA|INVALID_PURPOSE|HOSTNAME_MISMATCH|UNSPECIFIED)(?:_|$)/;

/** OpenSSL's words about a client's certificate that was not accepted. */
const CLIENT_CERTIFICATE_ALERT =
  /alert (?:unknown ca|access denied|(?:bad|unsupported|unknown) certificate|certificate \w+)/;

/**
 * What a line that never opened failed with: of TLS, in words that say what to do, with Node's own error as the cause;
 * all else unchanged.
 *
 * @param url what was dialled
 */
export function tlsFault(error: Error, url: string): Error {
  if (!/^wss?:/.test(url)) return error;
  const hangUp = isHangUp(error) ? hangUpSentence(error, url) : undefined;
  if (hangUp !== undefined) {
    return new ConnectionError("HW_CONNECT_FAILED", `could not connect to ${url}: ${hangUp}`, {
      cause: error,
      peer: url,
      retryable: true,
    });
  }
  const why = url.startsWith("wss:") ? tlsSentence(error, url) : undefined;
  if (why === undefined) return error;
  return new ConnectionError("HW_TLS_FAILED", `could not connect to ${url}: ${why}`, { cause: error, peer: url });
}

function tlsSentence(error: Error, url: string): string | undefined {
  const code = codeOf(error);
  const known = SENTENCES.get(code);
  if (known !== undefined) return known;
  if (code === "ERR_TLS_CERT_ALTNAME_INVALID") {
    const { reason } = error as { readonly reason?: unknown };
    return (
      `the daemon's certificate is not for this address (${safeText(String(reason))}): dial a name that it has, or say by ` +
      `"tls.servername" which one to expect`
    );
  }
  if (CERTIFICATE_CODE.test(code)) {
    const remedy = / too (?:weak|small|short)/.test(error.message) ? ": it needs one that is signed with SHA-256" : "";
    return `the daemon's certificate is not accepted: ${error.message}${remedy}`;
  }
  if (code !== "EPROTO" && !code.startsWith("ERR_SSL_")) return undefined;
  const reason = openSslReason(error);
  if (/protocol version|unsupported protocol/.test(reason))
    return 'the other end speaks no version of TLS that this side takes: it needs TLS 1.3, or say the older one as "tls.minVersion"';
  if (/wrong version number|packet length too long|http request/.test(reason))
    return `no TLS is spoken there. If the daemon has none, use ${url.replace("wss:", "ws:")}`;
  if (CLIENT_CERTIFICATE_ALERT.test(reason))
    return `the daemon does not accept the client certificate in "tls.cert" (${reason})`;
  return `TLS failed (${reason})`;
}

function unknownAuthority(): string {
  return (
    "the daemon's certificate is signed by an authority that is not trusted here, or it does not send the certificates " +
    'between: give the authority\'s certificate as "tls.ca"'
  );
}

/** OpenSSL's reason, out of a line of codes, function names and places in its source. */
function openSslReason(error: Error): string {
  const { reason } = error as { readonly reason?: unknown };
  return typeof reason === "string" ? reason : (/SSL routines:[^:]*:([^:]+)/.exec(error.message)?.[1] ?? codeOf(error));
}

function isHangUp(error: Error): boolean {
  return codeOf(error) === "ECONNRESET" || codeOf(error).startsWith("HPE_");
}

/** Nothing says why the other end hung up; when it did tells a little. */
function hangUpSentence(error: Error, url: string): string | undefined {
  if (url.startsWith("ws:")) {
    return `the other end does not answer as a daemon does (${codeOf(error)}). If it has TLS, use ${url.replace("ws:", "wss:")}`;
  }
  if (error.message.includes("before secure TLS connection"))
    return `the other end hung up before TLS was up. If the daemon there has none, use ${url.replace("wss:", "ws:")}`;
  if (error.message === "socket hang up") {
    return (
      "the other end hung up when TLS was up, as daemons do that ask for a client certificate and don't accept the one in " +
      '"tls.cert": is it signed by an authority that the daemon trusts, not expired and not revoked?'
    );
  }
  return undefined;
}

function codeOf(error: Error): string {
  const { code } = error as { readonly code?: unknown };
  return typeof code === "string" ? code : "";
}
