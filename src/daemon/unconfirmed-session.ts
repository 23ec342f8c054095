import type { Established } from "../auth/established.js";
import type { Grant } from "../auth/grant.js";
import type { Principal } from "../auth/principal.js";
import type { ResumableSession } from "../auth/resumption.js";
import type { Accepted } from "../auth/server-handshake.js";
import { toHex } from "../client/hex.js";
import type { Clock, Timer } from "../session/clock.js";
import type { Guest } from "./waiting-room.js";

/** How long a session waits for its first CONFIRM, which any handshake that goes on with it may bring. */
export const UNCONFIRMED_MS = 5_000;

/**
 * A session that its peer may know of, from WELCOME, and has not confirmed: when the line was lost with CONFIRM under way,
 * the peer goes on with it like with any other. Nothing of it exists but what a handshake is held against.
 */
export class UnconfirmedSession implements ResumableSession, Guest {
  readonly id: string;
  /** Whatever its peer's is: they are bounded in all. */
  readonly address = undefined;
  readonly takenSeq = 0;
  readonly resumableInMs = 0;
  readonly principal: Principal;
  readonly grant: Grant;
  readonly #established: Established;
  readonly #timer: Timer;
  readonly #over: (session: UnconfirmedSession) => void;

  /** @param options.over called once it is confirmed, too old, or made room */
  constructor(
    { principal, grant, established }: Accepted,
    { clock, over }: { readonly clock: Clock; readonly over: (session: UnconfirmedSession) => void },
  ) {
    this.id = toHex(established.sessionId);
    this.principal = principal;
    this.grant = grant;
    this.#established = established;
    this.#over = over;
    this.#timer = clock.after(UNCONFIRMED_MS, () => this.end());
  }

  get serializerId(): number {
    return this.#established.serializerId;
  }

  get peerMaxFrameBytes(): number {
    return this.#established.peerMaxFrameBytes;
  }

  get resumeKey(): Uint8Array {
    return this.#established.resumeKey;
  }

  closeForRoom(): void {
    this.end();
  }

  /** It waits no more. */
  end(): void {
    this.#timer.cancel();
    this.#over(this);
  }
}
