import { ClientHandshake, type Credential, type ResumedSession } from "../auth/client-handshake.js";
import type { Session } from "../session/session.js";
import type { Attempt, AttemptFailure } from "./attempts.js";
import type { ChannelReceiver } from "./dial.js";
import { type Agreed, HandshakeTry, type HandshakeTryOptions } from "./handshake-try.js";

/** What a session needs to move to another channel, and who is told. */
export interface SwapOptions extends Pick<HandshakeTryOptions, "terms" | "credentials" | "timeoutMs"> {
  readonly session: Session;
  /** Of the handshake that created the session. */
  readonly resume: ResumedSession;
  /** The daemon is heard over the new channel; it took this credential. */
  readonly done: (credential: Credential) => void;
  readonly failed: (failure: AttemptFailure) => void;
  /** The daemon has proved itself, and does not let the session go on. */
  readonly refused: () => void;
}

/**
 * One move of a session to another channel, its own being lost or not: shakes hands on a second line, and goes on there.
 * Until the daemon has proved itself on it, and unless it lets the session go on, an old channel works unchanged.
 */
export class Swap implements Attempt {
  readonly #options: SwapOptions;
  readonly #handshake: HandshakeTry;
  #stopListening: (() => void) | undefined;

  /** Begins. */
  constructor(options: SwapOptions) {
    this.#options = options;
    const { terms, credentials, timeoutMs, resume, failed } = options;
    this.#handshake = new HandshakeTry({
      terms,
      credentials,
      timeoutMs,
      resume,
      failed,
      agreed: (agreed) => this.#agreed(agreed),
    });
  }

  /** Gives it up; a session that goes on over the new channel already stays there. */
  end(): void {
    this.#stopListening?.();
    this.#handshake.end();
  }

  #agreed({ established, transport, credential }: Agreed): ChannelReceiver | undefined {
    const { session, refused, done, failed } = this.#options;
    if (!established.isResumed) {
      // Without CONFIRM the daemon forgets the new session that it offered, and the old one goes on.
      refused();
      return undefined;
    }
    const stops = [
      session.on("heard", () => {
        this.#stopListening?.();
        done(credential);
      }),
      session.on("detached", ({ cause }) => {
        this.#stopListening?.();
        failed({ error: cause });
      }),
    ];
    this.#stopListening = () => stops.forEach((stop) => stop());
    transport.send(ClientHandshake.confirm(established, session.takenSeq));
    return session.attach(transport, established);
  }
}
