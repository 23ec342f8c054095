import type { Credential, Established, ResumedSession } from "../auth/client-handshake.js";
import type { Timer } from "../session/clock.js";
import type { Transport } from "../transport/transport.js";
import type { Attempt, AttemptFailure } from "./attempts.js";
import { isCredentialRefusal } from "./close-error.js";
import { connectError, timeoutError } from "./connect-error.js";
import type { ChannelReceiver, Dial } from "./dial.js";
import { type HandshakeTerms, shakeHands } from "./shake-hands.js";
import type { ShownCredentials } from "./shown-credentials.js";
import type { Place, Whereabouts } from "./whereabouts.js";

/** What a daemon agreed to that has proved itself; CONFIRM is to be sent. */
export interface Agreed {
  readonly established: Established;
  readonly transport: Transport;
  /** What it took. */
  readonly credential: Credential;
  /** What `openData` gave. */
  readonly openData: unknown;
  /** Of a named address. */
  readonly place: Place | undefined;
}

/** What one handshake is for, and whom it tells. */
export interface HandshakeTryOptions {
  readonly terms: HandshakeTerms;
  readonly credentials: ShownCredentials;
  /** Asked for the daemon. @default the one of `terms` */
  readonly whereabouts?: Whereabouts | undefined;
  /** The session to go on with. @default a new one */
  readonly resume?: ResumedSession | undefined;
  /** Asked for before the line is dialled. */
  readonly openData?: (() => unknown) | undefined;
  /** Deadline up to WELCOME in ms, 0 = none. */
  readonly timeoutMs: number;
  /** What is returned takes all that the transport brings; undefined leaves the line without a word. */
  readonly agreed: (agreed: Agreed) => ChannelReceiver | undefined;
  readonly failed: (failure: AttemptFailure) => void;
}

const DEAF: ChannelReceiver = { frame: () => undefined, closed: () => undefined };

/** One handshake on a line of its own, with a credential that is asked for; never told within the turn in which it began. */
export class HandshakeTry implements Attempt {
  readonly #options: HandshakeTryOptions;
  #dial: Dial | undefined;
  #place: Place | undefined;
  #deadline: Timer | undefined;
  #isOver = false;

  /** Begins. */
  constructor(options: HandshakeTryOptions) {
    this.#options = options;
    const { timeoutMs, terms } = options;
    if (timeoutMs !== 0) {
      const late = (): void => this.#fail({ error: timeoutError(terms.url, timeoutMs) });
      this.#deadline = terms.environment.clock.after(timeoutMs, late);
    }
    void this.#begin();
  }

  /** Without effect once the daemon has proved itself. */
  end(): void {
    this.#isOver = true;
    this.#deadline?.cancel();
    this.#options.whereabouts?.cancel();
    this.#dial?.abandon();
  }

  async #begin(): Promise<void> {
    const { terms, credentials, whereabouts, resume, openData } = this.#options;
    let { url } = terms;
    try {
      if (whereabouts !== undefined) {
        this.#place = await whereabouts.next();
        url = this.#place.daemonUrl;
      }
      const credential = await credentials.ask(url);
      const data: unknown = openData === undefined ? undefined : await openData();
      if (this.#isOver) return;
      const place = this.#place;
      this.#dial = shakeHands(terms, {
        url,
        credential,
        resume,
        established: (established, transport) =>
          this.#agreed({ established, transport, credential, openData: data, place }),
        failed: (error, close) => this.#fail({ error, isRefused: close !== undefined && isCredentialRefusal(close) }),
      });
    } catch (error) {
      this.#fail({ error: connectError(error, url) });
    }
  }

  #agreed(agreed: Agreed): ChannelReceiver {
    const dial = this.#dial;
    // From here on the line is whoever's it is handed to.
    this.#dial = undefined;
    this.end();
    const receiver = this.#options.agreed(agreed);
    if (receiver === undefined) dial?.abandon();
    return receiver ?? DEAF;
  }

  #fail(failure: AttemptFailure): void {
    if (this.#isOver) return;
    this.end();
    const { credentials, whereabouts, failed } = this.#options;
    if (failure.isRefused === true) credentials.spend();
    failed(this.#place === undefined ? failure : whereabouts!.failed(this.#place, failure));
  }
}
