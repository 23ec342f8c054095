import type { Principal } from "../auth/principal.js";
import type { Limits } from "./limits.js";

/** What all sessions without a channel keep to be sent again, in bytes (protocol.md section 8). */
export const MAX_DETACHED_BYTES = 256 * 1024 * 1024;

/** A session without a channel. */
export interface DetachedSession {
  readonly principal: Principal;
  /** It is over, and its peer can only come for what it has not heard. */
  readonly isEnded: boolean;
  /** What is kept to be sent again. */
  readonly heldBytes: number;
  /** Ends it and forgets all of it; the sentence is for whoever runs the daemon. */
  evict(why: string): void;
}

/**
 * Bounds what waits for peers that have gone: sessions of one principal, sessions in all, and bytes in all. The oldest
 * makes room, of bytes the oldest of the principal that keeps most, and one that has ended goes before one that lives.
 */
export class DetachedSessions {
  readonly #limits: Pick<Limits, "maxDetachedPerPrincipal" | "maxSessions">;
  /** With the bytes that were counted of each; in the order in which they lost their channels. */
  readonly #living = new Map<DetachedSession, number>();
  /** The same of those that are over. */
  readonly #ended = new Map<DetachedSession, number>();
  readonly #byPrincipal = new Map<string, Set<DetachedSession>>();
  #heldBytes = 0;
  #isLooking = false;

  constructor(limits: Pick<Limits, "maxDetachedPerPrincipal" | "maxSessions">) {
    this.#limits = limits;
  }

  get size(): number {
    return this.#living.size + this.#ended.size;
  }

  /** What all of them keep, in bytes. */
  get heldBytes(): number {
    return this.#heldBytes;
  }

  /** A session has lost its channel, or ended. */
  enter(session: DetachedSession): void {
    this.leave(session);
    const { maxDetachedPerPrincipal: most, maxSessions } = this.#limits;
    const { id } = session.principal;
    const ours = this.#byPrincipal.get(id);
    if (ours !== undefined && ours.size >= most) {
      this.#evict(
        oldestOf(ours),
        `${most} sessions of ${id} were without a line: "limits.maxDetachedPerPrincipal" allows no more`,
      );
    }
    if (this.size >= maxSessions) {
      this.#evict(this.#oldest, `${maxSessions} sessions were without a line: "limits.maxSessions" allows no more`);
    }
    (session.isEnded ? this.#ended : this.#living).set(session, 0);
    const others = this.#byPrincipal.get(id);
    if (others === undefined) this.#byPrincipal.set(id, new Set([session]));
    else others.add(session);
    this.grown(session);
  }

  /** A session keeps more than before. Room is made once the turn is over, since this one may be in the midst of sending. */
  grown(session: DetachedSession): void {
    const places = this.#ended.has(session) ? this.#ended : this.#living;
    const counted = places.get(session);
    if (counted === undefined) return;
    const { heldBytes } = session;
    places.set(session, heldBytes);
    this.#heldBytes += heldBytes - counted;
    if (this.#heldBytes <= MAX_DETACHED_BYTES || this.#isLooking) return;
    this.#isLooking = true;
    queueMicrotask(() => {
      this.#isLooking = false;
      while (this.#heldBytes > MAX_DETACHED_BYTES) {
        this.#evict(
          this.#oldestOfLargest,
          `more than ${MAX_DETACHED_BYTES} bytes were kept for sessions without a line`,
        );
      }
    });
  }

  /** A session has a channel again, or nobody can come for it any more. */
  leave(session: DetachedSession): void {
    this.#heldBytes -= this.#living.get(session) ?? this.#ended.get(session) ?? 0;
    this.#living.delete(session);
    this.#ended.delete(session);
    const { id } = session.principal;
    const ours = this.#byPrincipal.get(id);
    if (ours?.delete(session) === true && ours.size === 0) this.#byPrincipal.delete(id);
  }

  /**
   * Ends the oldest one that lives, for a new session to take its place.
   * @param principalId whose it has to be; undefined: anybody's
   * @returns whether there was one
   */
  makeRoom(principalId: string | undefined): boolean {
    const among = principalId === undefined ? this.#living.keys() : (this.#byPrincipal.get(principalId) ?? []);
    for (const session of among) {
      if (session.isEnded) continue;
      this.#evict(session, "a new session took the place of this one, which was without a line");
      return true;
    }
    return false;
  }

  get #oldest(): DetachedSession | undefined {
    return this.#ended.keys().next().value ?? this.#living.keys().next().value;
  }

  /** Nobody shall push out what others wait for by keeping much. */
  get #oldestOfLargest(): DetachedSession | undefined {
    let largest: ReadonlySet<DetachedSession> | undefined;
    let most = 0;
    for (const sessions of this.#byPrincipal.values()) {
      let bytes = 0;
      for (const one of sessions) bytes += this.#living.get(one) ?? this.#ended.get(one) ?? 0;
      if (bytes > most) [largest, most] = [sessions, bytes];
    }
    return largest && oldestOf(largest);
  }

  #evict(session: DetachedSession | undefined, why: string): void {
    if (session === undefined) return;
    this.leave(session);
    session.evict(why);
  }
}

function oldestOf(sessions: ReadonlySet<DetachedSession>): DetachedSession | undefined {
  return [...sessions].find(({ isEnded }) => isEnded) ?? [...sessions][0];
}
