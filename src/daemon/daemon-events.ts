import type { Principal } from "../auth/principal.js";
import type { ConnectionError, HearthwireError } from "../errors/hearthwire-error.js";
import type { LiveReference } from "../session/live-reference.js";
import type { SessionStatistics } from "../session/session-statistics.js";

/** A live session, as the program that serves sees it. */
export interface SessionInfo {
  readonly sessionId: string;
  readonly principal: Principal;
  /** Whether it has a line now; without one it waits for its peer as long as `sessions.windowMs` says. */
  readonly isAttached: boolean;
  /** From where its line comes, or came last; a renewed credential may come over another one. */
  readonly remoteAddress?: string | undefined;
  /** Of the page, when the peer is a browser. */
  readonly origin?: string | undefined;
  /** Of the key that proved the peer, or of the ticket's root. */
  readonly keyId: string;
  /** Of that key, as `Key.fingerprint`; derived when it is read. */
  readonly keyFingerprint?: string | undefined;
  /** SHA-256 of the client's certificate, as `PeerCertificate.fingerprint256`. */
  readonly certificateFingerprint?: string | undefined;
  /** What the session has done so far and holds now: a new frozen snapshot each time that it is read. */
  readonly statistics: SessionStatistics;
  /**
   * The references that live in the session now: functions and objects that the client holds of this side (`given`), and
   * this side of the client (`held`). With the option `traceReferences` each says where it came from.
   */
  references(): readonly LiveReference[];
  /** Ends the session with `bye done`, which a peer without a line hears when it comes back; resolves when its line is gone. */
  close(): Promise<void>;
}

/** Someone did not get a session. */
export interface Refusal {
  readonly remoteAddress?: string;
  readonly origin?: string;
  /** The key that the peer named. It had not proved to hold it, unless there is a fingerprint. */
  readonly keyId?: string;
  readonly keyFingerprint?: string;
  readonly certificateFingerprint?: string;
  /** Of a peer that had proved itself: a hook or a limit refused it. */
  readonly principal?: Principal;
  readonly sessionId?: string;
  /** The cause and, where there is one, the option to set. Control characters are escaped. */
  readonly reason: string;
}

/** A peer wanted to use something that it may not. It can't tell a denial from what is missing. */
export interface Denial {
  readonly session: SessionInfo;
  /** Id of the object; `""` for what is held by reference only. Of what is missing in the peer's words, safe to be logged. */
  readonly object: string;
  /** `""` for a function itself, and for an object that was looked at. Safe to be logged. */
  readonly member: string;
  /**
   * `missing`: there is no such object or member, which is told since probing looks like that; `credential`: the key or
   * ticket doesn't allow it; `authorizer`: `authorize` said no, or failed; `limit`: too many calls.
   */
  readonly reason: "missing" | "credential" | "authorizer" | "limit";
  /** Name of the limit. */
  readonly limit?: string;
  /** How many denials of the principal were left out before this one: 20 in 10 seconds are told, and the last one. */
  readonly leftOut: number;
}

/** Names of a daemon that was served with `names`. */
export interface DaemonNames {
  readonly names: readonly string[];
}

/** A name that somebody took from a daemon. */
export interface RemovedName {
  readonly name: string;
  /** Who did it, as the name server says: the id of a principal, such as `key:ann`. */
  readonly by: string;
}

/**
 * Each peer that comes causes one `accepted`, `renewed`, `resumed` or `refused`, but for one whose session has ended here
 * meanwhile and who comes for its last words; each `accepted` is followed by one `closed`.
 */
export interface DaemonEvents {
  accepted: [session: SessionInfo];
  refused: [refusal: Refusal];
  /** The peer goes on with a session over another line, by a credential that takes the place of the last. */
  renewed: [session: SessionInfo];
  /** A session has lost its line and waits for its peer. */
  detached: [session: SessionInfo, cause: ConnectionError];
  /** The peer of a session without a line is back, by a credential that takes the place of the last. */
  resumed: [session: SessionInfo];
  /** A call, get, set or look was denied, one-way ones too. */
  denied: [denial: Denial];
  /** Without a reason it was asked for on this side. */
  closed: [session: SessionInfo, reason?: HearthwireError];
  /** All names of a daemon that was served with `names` are registered: at first, and after an outage. */
  named: [registered: DaemonNames];
  /**
   * Some are not, or not any more: the name server is away, or refuses them. It is tried again, and told once for each
   * reason.
   */
  namingFailed: [error: Error, unregistered: DaemonNames];
  /**
   * Somebody has removed a name of a daemon that was served with `names`, or registered another address in its place: its
   * object is served still, and not registered again by this daemon.
   */
  nameRemoved: [removed: RemovedName];
  /** Code of the program threw, and its caller was told; the error is the original, with its stack. */
  threw: [error: Error, call: { readonly object: string; readonly member: string }];
  /**
   * A call failed and nobody is told: it was one-way, or failed after it had been answered. Without a session it was the
   * disposal of what no session held. Peers can cause these at will: `logger` gets as many of a principal as of `denied`.
   */
  unobserved: [error: Error, call: { readonly object: string; readonly member: string }, session?: SessionInfo];
}
