import { ClientHandshake, type Credential, type Established, type ResumedSession } from "../auth/client-handshake.js";
import { ConnectionError } from "../errors/hearthwire-error.js";
import type { Timer } from "../session/clock.js";
import type { Session } from "../session/session.js";
import type { Transport } from "../transport/transport.js";
import { connectError, timeoutError } from "./connect-error.js";
import type { ChannelReceiver, Dial } from "./dial.js";
import { type HandshakeTerms, shakeHands } from "./shake-hands.js";

/** What a session needs to move to another channel. */
export interface SwapOptions {
  readonly terms: HandshakeTerms;
  readonly session: Session;
  /** Of the handshake that created the session. */
  readonly resume: ResumedSession;
  /** Asked once. */
  readonly credential: () => Promise<Credential>;
  /** Deadline up to WELCOME in ms, 0 = none. */
  readonly connectTimeoutMs: number;
}

const DEAF: ChannelReceiver = { frame: () => undefined, closed: () => undefined };

/**
 * One move of a live session to another channel: asks for a credential, shakes hands on a second line, and goes on there.
 * Until the daemon has proved itself on it, and unless it lets the session go on, the old channel works unchanged.
 */
export class Swap {
  readonly #options: SwapOptions;
  #dial: Dial | undefined;
  #deadline: Timer | undefined;
  #stopHearing: (() => void) | undefined;
  #isOver = false;
  #resolve!: (credential: Credential) => void;
  #reject!: (error: Error) => void;
  /** Resolves when the daemon is heard over the new channel, with the credential that it took. */
  readonly done: Promise<Credential>;

  /** Begins. */
  constructor(options: SwapOptions) {
    this.#options = options;
    this.done = new Promise((resolve, reject) => ([this.#resolve, this.#reject] = [resolve, reject]));
    const { connectTimeoutMs, terms } = options;
    if (connectTimeoutMs !== 0) {
      const late = (): void => this.end(timeoutError(terms.url, connectTimeoutMs));
      this.#deadline = terms.environment.clock.after(connectTimeoutMs, late);
    }
    void this.#begin();
  }

  /** Gives it up; without effect on the session. */
  end(error: Error): void {
    if (this.#isOver) return;
    this.#leave();
    this.#dial?.abandon();
    this.#reject(error);
  }

  async #begin(): Promise<void> {
    const { terms, resume } = this.#options;
    try {
      const credential = await this.#options.credential();
      if (this.#isOver) return;
      this.#dial = shakeHands(terms, {
        credential,
        resume,
        established: (established, transport) => this.#established(credential, established, transport),
        failed: (error) => this.end(error),
      });
    } catch (error) {
      this.end(connectError(error, terms.url));
    }
  }

  #established(credential: Credential, established: Established, transport: Transport): ChannelReceiver {
    const { session, terms } = this.#options;
    if (!established.isResumed) {
      this.end(notResumed(terms.url));
      return DEAF;
    }
    this.#deadline?.cancel();
    this.#stopHearing = session.on("heard", () => {
      this.#leave();
      this.#resolve(credential);
    });
    transport.send(ClientHandshake.confirm(established, session.takenSeq));
    return session.attach(transport, established);
  }

  #leave(): void {
    this.#isOver = true;
    this.#deadline?.cancel();
    this.#stopHearing?.();
  }
}

/** Without CONFIRM the daemon forgets the new session that it offered, and the old one goes on. */
function notResumed(url: string): ConnectionError {
  const message =
    `${url} did not let the session go on with the fresh credential: its principal is not the one that the session ` +
    `began with, or the session was renewed too often in a moment. The session goes on as it was; for another principal ` +
    `connect anew`;
  return new ConnectionError("HW_REFUSED", message, { peer: url });
}
