import { ConnectionError } from "../errors/hearthwire-error.js";
import type { TransportClose } from "../transport/transport.js";
import { CloseCode } from "../wire/constants.js";

/** Why a daemon could not be reached, or did not let this client in, from how the line closed before WELCOME. */
export function closeError(url: string, { code, reason, error }: TransportClose): ConnectionError {
  const facts = { peer: url, ...(error === undefined ? {} : { cause: error }) };
  switch (code) {
    case CloseCode.UNAUTHENTICATED:
      return new ConnectionError(
        "HW_REFUSED",
        `${url} did not accept the credentials: is the key (or the ticket's root) on the daemon's key ring and not ` +
          `expired, and is ${new URL(url).origin} how the daemon is reached (its "publicUrl")? The daemon's "refused" ` +
          `event says which`,
        facts,
      );
    case CloseCode.REFUSED:
      return new ConnectionError("HW_REFUSED", `${url} refused the connection`, facts);
    case CloseCode.LIMITS:
      return new ConnectionError("HW_REFUSED", `${url} has reached a limit; try again later`, {
        ...facts,
        retryable: true,
      });
    case CloseCode.DRAINING:
      return new ConnectionError("HW_REFUSED", `${url} is shutting down`, { ...facts, retryable: true });
    case CloseCode.PROTOCOL:
    case CloseCode.TEXT:
    case CloseCode.TOO_LARGE:
      return new ConnectionError(
        "HW_CONNECT_FAILED",
        `${url} does not speak hearthwire as this client does (closed with ${code})`,
        facts,
      );
    default: {
      const why = error?.message ?? (reason === "" ? `closed with ${code}` : `closed with ${code}: ${reason}`);
      return new ConnectionError(
        "HW_CONNECT_FAILED",
        `could not connect to ${url}: ${why}. Is a hearthwire daemon listening there?`,
        { ...facts, retryable: true },
      );
    }
  }
}

/** Whether the daemon did not accept the credential, so that a fresh one may help. */
export function isCredentialRefusal(close: TransportClose): boolean {
  return close.code === CloseCode.UNAUTHENTICATED;
}
