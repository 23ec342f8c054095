import type { ResumableSession } from "../auth/resumption.js";
import type { Accepted } from "../auth/server-handshake.js";
import { toHex } from "../client/hex.js";
import type { Clock } from "../session/clock.js";
import type { LiveSession } from "./live-session.js";
import { UnconfirmedSession } from "./unconfirmed-session.js";
import { WaitingRoom } from "./waiting-room.js";

/** The sessions of a daemon by id: from WELCOME until nobody can go on with them any more. */
export class SessionTable {
  readonly #clock: Clock;
  readonly #sessions = new Map<string, LiveSession>();
  readonly #unconfirmed = new Map<string, UnconfirmedSession>();
  /** What strangers can make of WELCOMEs is bounded like what they can hold open. */
  readonly #room = new WaitingRoom<UnconfirmedSession>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** All that a client may go on with. */
  get size(): number {
    return this.#sessions.size + this.#unconfirmed.size;
  }

  /** WELCOME offers a new session, which may be resumed from now on. */
  offer(accepted: Accepted): void {
    const session = new UnconfirmedSession(accepted, { clock: this.#clock, over: this.#notOffered });
    this.#unconfirmed.set(session.id, session);
    this.#room.enter(session);
  }

  /** The session that was offered under that id and is still to be confirmed. */
  offered(sessionId: string): UnconfirmedSession | undefined {
    return this.#unconfirmed.get(sessionId);
  }

  /** Those that are still to be confirmed, now. */
  get unconfirmed(): readonly UnconfirmedSession[] {
    return [...this.#unconfirmed.values()];
  }

  /** A session was confirmed. */
  add(session: LiveSession): void {
    const { sessionId } = session.info;
    this.#unconfirmed.get(sessionId)?.end();
    this.#sessions.set(sessionId, session);
  }

  delete(session: LiveSession): void {
    this.#sessions.delete(session.info.sessionId);
  }

  get(sessionId: string): LiveSession | undefined {
    return this.#sessions.get(sessionId);
  }

  /** Those of now that were confirmed, ended ones too that are kept for their peers; they may go meanwhile. */
  get confirmed(): readonly LiveSession[] {
    return [...this.#sessions.values()];
  }

  /** What a HELLO that asks for a session is held against. */
  readonly find = (sessionId: Uint8Array): ResumableSession | undefined => {
    const id = toHex(sessionId);
    return this.#sessions.get(id) ?? this.#unconfirmed.get(id);
  };

  /** Forgets what is kept for peers only. */
  clear(): void {
    for (const session of this.unconfirmed) session.end();
    for (const session of this.confirmed) session.forget();
  }

  readonly #notOffered = (session: UnconfirmedSession): void => {
    this.#unconfirmed.delete(session.id);
    this.#room.leave(session);
  };
}
