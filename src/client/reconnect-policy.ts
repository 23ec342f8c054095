import { ConfigError, ConnectionError } from "../errors/hearthwire-error.js";
import type { AttemptFailure } from "./attempts.js";
import type { Backoff } from "./backoff.js";
import type { ShownCredentials } from "./shown-credentials.js";

/** How often in a row refused credentials are asked for anew (protocol.md section 5). */
const MAX_REFRESHES = 3;

/** Tries of replicas in a row that follow one another without a pause. */
const MOST_AT_ONCE = 16;

/** What a failed try is judged by. */
export interface FailureCircumstances {
  /** Refusals of credentials in a row, this one included. */
  readonly refusals: number;
  /** The line has been connected before. */
  readonly wasConnected: boolean;
  /** Lines are made again when they are lost. */
  readonly reconnects: boolean;
  readonly credentials: Pick<ShownCredentials, "isRefreshable" | "isOver">;
  readonly backoff: Pick<Backoff, "pauseMs" | "tries">;
}

/**
 * The pause after a failed try in ms; undefined when there is nothing more to try. The first connection fails with
 * whatever is wrong, unless the daemon asked to come again; later on only what the program, or the daemon for the third
 * fresh credential in a row, says no to: anybody on the way can close a line. What other replicas may do better they are
 * asked at once, up to a number: whoever lists them may list any, and without end.
 */
export function pauseAfter(
  { error, isRefused = false, hasOthers = false }: AttemptFailure,
  { refusals, wasConnected, reconnects, credentials, backoff }: FailureCircumstances,
): number | undefined {
  if (hasOthers) return backoff.tries <= MOST_AT_ONCE ? 0 : backoff.pauseMs();
  if (isRefused) {
    if (refusals > MAX_REFRESHES || credentials.isOver) return undefined;
    if (credentials.isRefreshable && (refusals === 1 || !wasConnected)) return 0;
    return wasConnected ? backoff.pauseMs() : undefined;
  }
  if (!reconnects || error instanceof ConfigError) return undefined;
  return wasConnected || isAskedToComeAgain(error) ? backoff.pauseMs() : undefined;
}

/** The daemon has reached a limit, or is shutting down. */
function isAskedToComeAgain(error: Error): boolean {
  return error instanceof ConnectionError && error.code === "HW_REFUSED" && error.retryable;
}

/** What the end of a session is judged by. */
export interface EndCircumstances {
  /** The session was open. */
  readonly wasOpen: boolean;
  /** The line has been connected before, by this session or another. */
  readonly wasConnected: boolean;
  readonly reconnects: boolean;
  readonly credentials: ShownCredentials;
  readonly backoff: Pick<Backoff, "pauseMs">;
}

/** The pause until a new session is begun after one ended so, in ms; undefined when there is to be none. */
export function pauseAfterEnd(
  error: Error,
  { wasOpen, wasConnected, reconnects, credentials, backoff }: EndCircumstances,
): number | undefined {
  if (!reconnects || !(error instanceof ConnectionError)) return undefined;
  switch (error.code) {
    case "HW_SESSION_LOST":
      // The pauses were made while it might still have gone on.
      return wasOpen ? 0 : backoff.pauseMs();
    case "HW_CREDENTIALS_EXPIRED":
      credentials.spend();
      return credentials.isOver ? undefined : backoff.pauseMs();
    case "HW_REFUSED": {
      const isRevoked = wasOpen && credentials.isRefreshable;
      if (isRevoked) credentials.spend();
      return isRevoked || (wasConnected && error.retryable) ? backoff.pauseMs() : undefined;
    }
    default:
      return error.retryable ? backoff.pauseMs() : undefined;
  }
}
