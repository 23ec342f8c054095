import type { Credential } from "../auth/client-handshake.js";
import type { Clock } from "../session/clock.js";
import type { CredentialSource } from "./credential-source.js";
import { lifeOf } from "./renewal-time.js";

/** A credential with less than this left is not worth a handshake: it would be renewed at once (protocol.md section 5). */
const LEAST_LIFE_MS = 30_000;

/** The credentials that one line shows: asked for at each handshake, and afresh when the last one will not do any more. */
export class ShownCredentials {
  readonly #source: CredentialSource;
  readonly #clock: Clock;
  #last: Credential | undefined;
  #isSpent = false;

  constructor(source: CredentialSource, clock: Clock) {
    this.#source = source;
    this.#clock = clock;
  }

  /** Asking again may give another one. */
  get isRefreshable(): boolean {
    return this.#source.isRefreshable;
  }

  /** The last one has ended, and there is no other: nobody will accept it again. */
  get isOver(): boolean {
    return !this.isRefreshable && this.#remainingMs <= 0;
  }

  /** @param url the daemon's that is about to be dialled */
  async ask(url: string): Promise<Credential> {
    const isFresh = this.#isSpent || this.#remainingMs < LEAST_LIFE_MS;
    const credential = await this.#source.credential(url, isFresh);
    this.#isSpent = false;
    return (this.#last = credential);
  }

  /** The last one will not do any more: the next is asked for afresh. */
  spend(): void {
    this.#isSpent = true;
  }

  get #remainingMs(): number {
    const nowMs = this.#clock.now();
    const life = this.#last === undefined ? undefined : lifeOf(this.#last, nowMs);
    return life === undefined ? Infinity : life.endsAtMs - nowMs;
  }
}
