import { ConnectionError } from "../errors/hearthwire-error.js";
import type { TransportClose } from "../transport/transport.js";
import { ABNORMAL_CLOSE } from "../transport/close-frame.js";
import { peerAt, PORT_URL, towards } from "../transport/port-message.js";
import { UpgradeRefusedError } from "../transport/upgrade-refused-error.js";
import { audienceOf } from "../wire/address.js";
import { CloseCode } from "../wire/constants.js";

const IS_DAEMON = "Is a hearthwire daemon listening there?";
const IS_SERVED = "Has its worker started, and does it call servePort?";

/** Why a daemon could not be reached, or did not let this client in, from how the line closed before WELCOME. */
export function closeError(url: string, { code, reason, error }: TransportClose): ConnectionError {
  const facts = { peer: url, ...(error === undefined ? {} : { cause: error }) };
  switch (code) {
    case CloseCode.UNAUTHENTICATED:
      return new ConnectionError(
        "HW_REFUSED",
        `${peerAt(url)} did not accept the credentials: is the key (or the ticket's root) on the daemon's key ring and not ` +
          `expired, is ${audienceOf(url)} how the daemon is reached (its "publicUrl"), does it accept one of this ` +
          `client's "serializers", and with channel binding, does no proxy end TLS before it? The daemon's "refused" event says which`,
        facts,
      );
    case CloseCode.REFUSED:
      return new ConnectionError("HW_REFUSED", `${peerAt(url)} refused the connection`, facts);
    case CloseCode.LIMITS:
      return new ConnectionError("HW_REFUSED", `${peerAt(url)} has reached a limit; try again later`, {
        ...facts,
        retryable: true,
      });
    case CloseCode.DRAINING:
      return new ConnectionError("HW_REFUSED", `${peerAt(url)} is shutting down`, { ...facts, retryable: true });
    case CloseCode.PROTOCOL:
    case CloseCode.TEXT:
    case CloseCode.TOO_LARGE:
      return new ConnectionError(
        "HW_CONNECT_FAILED",
        `${peerAt(url)} does not speak hearthwire as this client does (closed with ${code})`,
        facts,
      );
    default: {
      // The host knows better what it was.
      if (error instanceof ConnectionError) return error;
      if (error instanceof UpgradeRefusedError) return upgradeError(url, error);
      const why = error === undefined ? closedWith(url, { code, reason }) : faultOf(error, url);
      return new ConnectionError("HW_CONNECT_FAILED", `could not connect ${towards(url)}: ${why}`, {
        ...facts,
        retryable: true,
      });
    }
  }
}

/** Why the HTTP server there made no WebSocket, in the words of a daemon's statuses (protocol.md section 8). */
function upgradeError(url: string, cause: UpgradeRefusedError): ConnectionError {
  const facts = { peer: url, cause };
  const { status, message } = cause;
  switch (status) {
    case 403:
      return new ConnectionError(
        "HW_REFUSED",
        `${url} refused the WebSocket handshake (HTTP status 403): is ${audienceOf(url)} how the ` +
          `daemon is reached (its "publicUrl", which Host must name), and a page's Origin the same or one of its ` +
          `"origins"? The daemon's "refused" event says which`,
        facts,
      );
    case 404:
      return new ConnectionError(
        "HW_CONNECT_FAILED",
        `could not connect to ${url}: nothing is served there (HTTP status 404). Is that the path of the daemon?`,
        facts,
      );
    case 503:
      return new ConnectionError("HW_REFUSED", `${url} is starting or shutting down (HTTP status 503)`, {
        ...facts,
        retryable: true,
      });
    default:
      return new ConnectionError("HW_CONNECT_FAILED", `could not connect to ${url}: ${message}. ${IS_DAEMON}`, {
        ...facts,
        retryable: true,
      });
  }
}

function closedWith(url: string, { code, reason }: Pick<TransportClose, "code" | "reason">): string {
  if (url === PORT_URL) return `closed with ${code}${reason === "" ? "" : `: ${reason}`}. ${IS_SERVED}`;
  // All that a browser tells of an upgrade that was refused.
  if (code === ABNORMAL_CLOSE)
    return `closed with ${code}. ${IS_DAEMON} Or it refused this page's origin or path: see the daemon's event "refused"`;
  return `closed with ${code}${reason === "" ? "" : `: ${reason}`}. ${IS_DAEMON}`;
}

function faultOf(error: Error, url: string): string {
  const { code } = error as { readonly code?: unknown };
  // OpenSSL's own words are several lines of its source; whoever wants them has the cause.
  if (url.startsWith("wss:") && typeof code === "string" && /^(EPROTO$|ERR_SSL_)/.test(code))
    return `TLS failed (${code}). If the daemon there has no TLS, use ${url.replace("wss:", "ws:")}`;
  return `${error.message}. ${url === PORT_URL ? IS_SERVED : IS_DAEMON}`;
}

/** Whether the daemon did not accept the credential, so that a fresh one may help. */
export function isCredentialRefusal(close: TransportClose): boolean {
  return close.code === CloseCode.UNAUTHENTICATED;
}
