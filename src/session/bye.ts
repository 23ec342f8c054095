import { ConnectionError } from "../errors/hearthwire-error.js";
import { ABNORMAL_CLOSE } from "../transport/close-frame.js";
import { peerAt, PORT_URL, towards } from "../transport/port-message.js";
import { CloseCode } from "../wire/constants.js";
import type { ByeCode } from "../wire/message.js";

/** Close codes are hints for whoever can't read the signed `bye`. */
export const CLOSE_CODE_OF_BYE: Readonly<Record<ByeCode, number>> = {
  done: CloseCode.DONE,
  drain: CloseCode.DRAINING,
  protocol: CloseCode.PROTOCOL,
  overloaded: CloseCode.LIMITS,
  expired: CloseCode.UNAUTHENTICATED,
  revoked: CloseCode.UNAUTHENTICATED,
};

/** A close reason is for people: short, and never a payload. */
const MAX_REASON_LENGTH = 120;

/** The message, but for its last bracket. @param ranSeq the highest frame of the peer that has been acted on */
export function byeText(code: ByeCode, reason: string, ranSeq: number): string {
  return `["bye",${JSON.stringify(code)},${JSON.stringify(reason.slice(0, MAX_REASON_LENGTH))},${ranSeq}`;
}

/** What this side ends its sessions with when it drains. */
export function ownDrainError(): ConnectionError {
  return new ConnectionError("HW_CONNECTION_CLOSED", "the daemon is shutting down");
}

/** What a `bye` of the peer means here; `retryable` when another session may be begun. */
export function byeError(code: ByeCode, peer: string | undefined): ConnectionError {
  const who = peer === undefined ? "the peer" : peerAt(peer);
  switch (code) {
    case "done":
      return new ConnectionError("HW_CONNECTION_CLOSED", `${who} closed the connection`, { peer });
    case "drain":
      return new ConnectionError("HW_CONNECTION_CLOSED", `${who} is shutting down; connect again later`, {
        peer,
        retryable: true,
      });
    case "protocol":
      return new ConnectionError("HW_CONNECTION_CLOSED", `${who} found a protocol error in what was sent`, { peer });
    case "overloaded":
      return new ConnectionError("HW_CONNECTION_CLOSED", `${who} was overloaded: too much was unacknowledged`, {
        peer,
        retryable: true,
      });
    case "expired":
      return new ConnectionError("HW_CREDENTIALS_EXPIRED", `${who} ended the session: its ticket or key expired`, {
        peer,
        retryable: true,
      });
    case "revoked":
      return new ConnectionError("HW_REFUSED", `${who} ended the session: its key or ticket was revoked`, { peer });
  }
}

/** The session is over without a `bye`: its time without a channel, or the daemon no longer knows it. */
export function sessionLostError(
  why: string,
  { peer, cause }: { peer?: string | undefined; cause?: unknown },
): ConnectionError {
  const message = `the session ${towards(peer ?? "the peer")} is lost: ${why}`;
  return new ConnectionError("HW_SESSION_LOST", message, { peer, delivery: "unknown", cause, retryable: true });
}

/** The channel broke without a `bye`. */
export function lostError(close: { code: number; error?: Error }, peer: string | undefined): ConnectionError {
  const isGone = peer === PORT_URL && close.code === ABNORMAL_CLOSE;
  const why = isGone ? ": the worker or the port at its other end is gone" : ` (close code ${close.code})`;
  const message = `the connection ${towards(peer ?? "the peer")} was lost${why}`;
  const facts = { peer, delivery: "unknown", cause: close.error, retryable: peer !== PORT_URL } as const;
  return new ConnectionError("HW_CONNECTION_CLOSED", message, facts);
}
