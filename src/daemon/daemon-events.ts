import type { Principal } from "../auth/principal.js";
import type { LiveReference } from "../session/live-reference.js";

/** A live session, as the program that serves sees it. */
export interface SessionInfo {
  readonly sessionId: string;
  readonly principal: Principal;
  readonly remoteAddress?: string;
  /** Of the page, when the peer is a browser. */
  readonly origin?: string;
  /**
   * The references that live in the session now: functions and objects that the client holds of this side (`given`), and
   * this side of the client (`held`). With the option `traceReferences` each says where it came from.
   */
  references(): readonly LiveReference[];
  /** Ends the session with `bye done`; resolves when its line is gone. */
  close(): Promise<void>;
}

/** Someone did not get a session. */
export interface Refusal {
  readonly remoteAddress?: string;
  /** The cause and, where there is one, the option to set. Control characters are escaped. */
  readonly reason: string;
}

/** Each peer that comes causes one `accepted`, `renewed` or `refused`; each `accepted` is followed by one `closed`. */
export interface DaemonEvents {
  accepted: [session: SessionInfo];
  refused: [refusal: Refusal];
  /** The peer goes on with a session over another line, by a credential that takes the place of the last. */
  renewed: [session: SessionInfo];
  /** Without a reason it was asked for on this side. */
  closed: [session: SessionInfo, reason?: Error];
  /** Code of the program threw, and its caller was told; the error is the original, with its stack. */
  threw: [error: Error, call: { readonly object: string; readonly member: string }];
  /** A call failed and nobody is told: it was one-way, or failed after it had been answered. */
  unobserved: [error: Error, call: { readonly object: string; readonly member: string }];
}
