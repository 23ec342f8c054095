/** Where a frame comes from: the n-th that an end of this very connection has said, or somewhere else. */
export type Origin = { readonly from: "client" | "server"; readonly index: number } | { readonly from: "elsewhere" };

export interface ModelFrame {
  readonly origin: Origin;
  /** A HELLO that a holder of an accepted key has signed, this client's own or another's. */
  readonly isValidHello: boolean;
  /** Calls in it, if it is one of this client's DATA frames. */
  readonly calls: number;
}

export const AUTHENTICATION_MS = 5_000;
export const OPEN_MS = 5_000;
export const CONNECT_MS = 10_000;

/**
 * What must happen, in as few words as it can be said: each end takes the frames of the other in their order, each once,
 * and the first other frame ends it. Nobody speaks while an end thinks about HELLO or WELCOME. Only time does anything else.
 */
export class HandshakeModel {
  /** Frames of the client that the daemon has taken: HELLO, CONFIRM, then DATA. */
  serverTook = 0;
  /** Frames of the daemon that the client has taken: WELCOME, then DATA. */
  clientTook = 0;
  /** How the daemon's end is over: with the code it closes with, or "any" when it did not choose. */
  serverEnd: number | "any" | undefined;
  clientEnd: "refused" | "any" | undefined;
  /** What comes of it when the daemon has thought about the first frame that came. */
  #serverVerdict: "welcome" | "refuse" | undefined;
  #isRevoked = false;
  #clientVerdict: "confirm" | "refuse" | undefined;
  /** Somebody else's HELLO was answered here, so nothing of this client can be right any more. */
  isTaken = false;
  runs = 0;
  #nowMs = 0;
  #provedAtMs: number | undefined;
  readonly #thinks: { readonly server: boolean; readonly client: boolean };

  /** @param thinks which end has to wait for something before it can answer HELLO or WELCOME */
  constructor(thinks: { readonly server: boolean; readonly client: boolean }) {
    this.#thinks = thinks;
  }

  get isOpen(): boolean {
    return this.serverTook >= 3;
  }

  toServer(frame: ModelFrame): void {
    if (this.serverEnd !== undefined) return;
    const { origin, isValidHello, calls } = frame;
    const isNext = origin.from === "client" && origin.index === this.serverTook && !this.isTaken;
    if (this.#serverVerdict !== undefined) {
      this.serverEnd = 4401;
    } else if (this.serverTook === 0) {
      this.#serverVerdict = isValidHello ? "welcome" : "refuse";
      this.isTaken = isValidHello && !isNext;
      if (!this.#thinks.server) this.serverThought();
    } else if (!isNext) {
      this.serverEnd = this.serverTook < 2 ? 4401 : 4400;
    } else {
      this.serverTook++;
      this.runs += calls;
      if (this.serverTook === 2) this.#provedAtMs = this.#nowMs;
    }
  }

  toClient({ origin }: ModelFrame): void {
    if (this.clientEnd !== undefined) return;
    const isNext = origin.from === "server" && origin.index === this.clientTook && !this.isTaken;
    if (this.#clientVerdict !== undefined) {
      this.clientEnd = "refused";
    } else if (this.clientTook === 0) {
      this.#clientVerdict = isNext ? "confirm" : "refuse";
      if (!this.#thinks.client) this.clientThought();
    } else if (!isNext) {
      this.clientEnd = "refused";
    } else {
      this.clientTook++;
    }
  }

  serverThought(): void {
    const verdict = this.#serverVerdict;
    this.#serverVerdict = undefined;
    if (verdict === undefined || this.serverEnd !== undefined) return;
    if (verdict === "welcome" && !this.#isRevoked) this.serverTook = 1;
    else this.serverEnd = 4401;
  }

  clientThought(): void {
    const verdict = this.#clientVerdict;
    this.#clientVerdict = undefined;
    if (verdict === undefined || this.clientEnd !== undefined) return;
    if (verdict === "confirm") this.clientTook = 1;
    else this.clientEnd = "refused";
  }

  /** The line is gone for one end. */
  cut(end: "client" | "server"): void {
    if (end === "server") this.serverEnd ??= "any";
    else this.clientEnd ??= "any";
  }

  /** The key is not accepted any more. */
  revoked(): void {
    this.#isRevoked = true;
    // Before HELLO the daemon does not know whose line it is; while it thinks, neither.
    if (this.serverEnd === undefined && this.serverTook > 0) this.serverEnd = 4401;
  }

  pass(ms: number): void {
    this.#nowMs += ms;
    if (this.serverEnd === undefined && this.serverTook < 2 && this.#nowMs >= AUTHENTICATION_MS) this.serverEnd = 4401;
    const openBy = (this.#provedAtMs ?? Infinity) + OPEN_MS;
    if (this.serverEnd === undefined && this.serverTook === 2 && this.#nowMs >= openBy) this.serverEnd = 4429;
    if (this.clientEnd === undefined && this.clientTook < 2 && this.#nowMs >= CONNECT_MS) this.clientEnd = "any";
  }
}
