import type { ResumableSession } from "../auth/resumption.js";
import { toHex } from "../client/hex.js";
import type { LiveSession } from "./live-session.js";

/** The sessions of a daemon, from CONFIRM to their end. */
export class SessionTable implements Iterable<LiveSession> {
  readonly #sessions = new Map<string, LiveSession>();

  get size(): number {
    return this.#sessions.size;
  }

  add(session: LiveSession): void {
    this.#sessions.set(session.info.sessionId, session);
  }

  delete(session: LiveSession): void {
    this.#sessions.delete(session.info.sessionId);
  }

  get(sessionId: string): LiveSession | undefined {
    return this.#sessions.get(sessionId);
  }

  /** What a HELLO that asks for a session is held against. */
  readonly find = (sessionId: Uint8Array): ResumableSession | undefined => this.#sessions.get(toHex(sessionId));

  /** Those of now; they may end meanwhile. */
  [Symbol.iterator](): Iterator<LiveSession> {
    return [...this.#sessions.values()].values();
  }
}
