import type { Clock, Timer } from "../session/clock.js";
import type { Transport } from "../transport/transport.js";
import { CloseCode } from "../wire/constants.js";
import { MAX_UNAUTHENTICATED } from "./waiting-room.js";

/** How long a refused peer may take to answer the close before its line is torn down. */
const CLOSE_GRACE_MS = 1_000;

/**
 * The lines of refused peers, until they are closed. A peer that doesn't answer the close shall not hold its line open,
 * and a flood of them not thousands: there are as many as may wait to prove themselves, and the oldest goes.
 */
export class Departures {
  readonly #clock: Clock;
  /** In the order they were refused. */
  readonly #leaving = new Map<Transport, Timer>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  get size(): number {
    return this.#leaving.size;
  }

  /** Closes a line with an empty reason; `gone` is to be called when it has closed. */
  seeOff(transport: Transport, code: number = CloseCode.UNAUTHENTICATED): void {
    const [oldest] = this.#leaving.keys();
    if (oldest !== undefined && this.#leaving.size >= MAX_UNAUTHENTICATED) this.#tearDown(oldest);
    const grace = this.#clock.after(CLOSE_GRACE_MS, () => this.#tearDown(transport));
    this.#leaving.set(transport, grace);
    transport.close(code);
  }

  /** A line has closed, whether or not it was seen off. */
  gone(transport: Transport): void {
    this.#leaving.get(transport)?.cancel();
    this.#leaving.delete(transport);
  }

  #tearDown(transport: Transport): void {
    this.gone(transport);
    transport.destroy();
  }
}
