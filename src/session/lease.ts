import type { Clock, Timer } from "./clock.js";
import type { Established } from "../auth/established.js";

/** The client waits longer than the server keeps the session: only the server's answer tells for sure that it is gone. */
const CLIENT_MARGIN_HEARTBEATS = 2;

/** How long a session waits for its peer while it has no channel (protocol.md section 5). */
export class Lease {
  readonly #clock: Clock;
  readonly #over: () => void;
  #windowMs = 0;
  #waitMs = 0;
  #endsAtMs: number | undefined;
  #timer: Timer | undefined;

  /** @param over called when the time is over */
  constructor(clock: Clock, over: () => void) {
    this.#clock = clock;
    this.#over = over;
  }

  /** Takes the window of the handshake that the session began with. */
  grant({ windowMs, heartbeatMs }: Pick<Established, "windowMs" | "heartbeatMs">, role: "client" | "server"): void {
    this.#windowMs = windowMs;
    this.#waitMs = windowMs + (role === "client" ? CLIENT_MARGIN_HEARTBEATS * heartbeatMs : 0);
  }

  /** How long the server keeps the session, in ms; 0 = it ends with its channel. */
  get windowMs(): number {
    return this.#windowMs;
  }

  /** When the session ends unless it gets a channel before, in ms since the epoch; undefined while it has one. */
  get endsAtMs(): number | undefined {
    return this.#endsAtMs;
  }

  /** The session has lost its channel; returns when it ends. */
  begin(): number {
    this.stop();
    const endsAtMs = this.#clock.now() + this.#waitMs;
    this.#endsAtMs = endsAtMs;
    // Not by the time of day: a clock that is put back would have the session kept for as much longer.
    this.#timer = this.#clock.after(this.#waitMs, this.#over);
    return endsAtMs;
  }

  /** The session has a channel again, or is over. */
  stop(): void {
    this.#timer?.cancel();
    this.#timer = this.#endsAtMs = undefined;
  }
}
