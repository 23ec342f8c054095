import { LimitError } from "../errors/hearthwire-error.js";
import type { CallAdmission } from "../session/call-admission.js";
import type { Clock, Timer } from "../session/clock.js";
import type { Limits } from "./limits.js";

/** A session's place in the daemon, from its CONFIRM to its end. */
export interface SessionSeat {
  /** Counts the session's calls; undefined when no limit asks for it. */
  readonly calls: CallAdmission | undefined;
  /** @throws LimitError when the daemon, or the session's principal, has as many sessions as it may */
  admit(): void;
  /** The session is over. Without effect when it was said before. */
  leave(): void;
}

/**
 * Ends the session, of one principal or of anybody (undefined), that has been without a line for longest; returns whether
 * there was one.
 */
export type MakeRoom = (principalId: string | undefined) => boolean;

export interface PrincipalUsageOptions {
  readonly limits: Limits;
  readonly clock: Clock;
  readonly makeRoom: MakeRoom;
}

/** What the sessions of a daemon use of its limits: in all, and those of each principal together. */
export class PrincipalUsage {
  readonly #limits: Limits;
  readonly #clock: Clock;
  readonly #hall: Hall;
  readonly #byId = new Map<string, Usage>();
  readonly #isCounting: boolean;

  constructor({ limits, clock, makeRoom }: PrincipalUsageOptions) {
    this.#limits = limits;
    this.#clock = clock;
    this.#hall = { limits, makeRoom, seats: 0 };
    const { maxSessionsPerPrincipal, maxCallsPerPrincipal, callsPerSecondPerPrincipal } = limits;
    this.#isCounting = Math.min(maxSessionsPerPrincipal, maxCallsPerPrincipal, callsPerSecondPerPrincipal) !== Infinity;
  }

  /** How many principals are remembered. */
  get size(): number {
    return this.#byId.size;
  }

  /** A peer has proved itself to be this principal, and gets a session. */
  take(principalId: string): SessionSeat {
    return new Seat(this.#hall, { principalId, usage: this.#isCounting ? this.#usageOf(principalId) : undefined });
  }

  /** Forgets everything. */
  end(): void {
    for (const usage of this.#byId.values()) usage.forget();
  }

  #usageOf(principalId: string): Usage {
    let usage = this.#byId.get(principalId);
    if (usage === undefined) {
      usage = new Usage(this.#limits, this.#clock, () => this.#byId.delete(principalId));
      this.#byId.set(principalId, usage);
    }
    usage.remember();
    return usage;
  }
}

/** Where all sessions of a daemon have their seats. */
interface Hall {
  readonly limits: Limits;
  readonly makeRoom: MakeRoom;
  /** How many are taken. */
  seats: number;
}

/** A class, since closures would cost each idle session 0.2 KiB more (measured). */
class Seat implements SessionSeat {
  readonly calls: Usage | undefined;
  readonly #hall: Hall;
  readonly #principalId: string;
  /** One too many takes no seat of others while it waits to be told so. */
  #isExcess: boolean;
  #isTaken = true;

  constructor(hall: Hall, { principalId, usage }: { readonly principalId: string; readonly usage: Usage | undefined }) {
    this.calls = usage;
    this.#hall = hall;
    this.#principalId = principalId;
    this.#isExcess = usage !== undefined && ++usage.sessions > hall.limits.maxSessionsPerPrincipal;
    if (!this.#isExcess) hall.seats++;
  }

  admit(): void {
    const hall = this.#hall;
    const { maxSessions, maxSessionsPerPrincipal: most } = hall.limits;
    if (this.#isExcess) {
      if (!hall.makeRoom(this.#principalId)) throw fullOf("maxSessionsPerPrincipal", { allowed: most, of: "sessions" });
      this.#isExcess = false;
      hall.seats++;
    }
    // Its own before others': nobody shall push them out by coming and going.
    if (hall.seats <= maxSessions || hall.makeRoom(this.#principalId) || hall.makeRoom(undefined)) return;
    const message = `the daemon has its ${maxSessions} sessions; its option "limits.maxSessions" allows no more`;
    throw new LimitError(message, { limit: "maxSessions", allowed: maxSessions, retryable: true });
  }

  leave(): void {
    if (!this.#isTaken) return;
    this.#isTaken = false;
    if (!this.#isExcess) this.#hall.seats--;
    if (this.calls === undefined) return;
    this.calls.sessions--;
    this.calls.forgetWhenIdle();
  }
}

/**
 * What one principal uses. It outlives the principal's last session until its calls are over and its burst has come back:
 * else connecting again would give a new one.
 */
class Usage implements CallAdmission {
  readonly #limits: Limits;
  readonly #clock: Clock;
  readonly #forgotten: () => void;
  sessions = 0;
  #calls = 0;
  /** When the whole burst will be there again, in ms since the epoch: each call puts it off by one interval. */
  #restedAtMs = 0;
  #timer: Timer | undefined;

  constructor(limits: Limits, clock: Clock, forgotten: () => void) {
    this.#limits = limits;
    this.#clock = clock;
    this.#forgotten = forgotten;
  }

  enter(): LimitError | undefined {
    const { maxCallsPerPrincipal, callsPerSecondPerPrincipal, callBurstPerPrincipal } = this.#limits;
    if (this.#calls >= maxCallsPerPrincipal) {
      return fullOf("maxCallsPerPrincipal", { allowed: maxCallsPerPrincipal, of: "calls at once" });
    }
    if (callsPerSecondPerPrincipal !== Infinity) {
      const intervalMs = 1000 / callsPerSecondPerPrincipal;
      const nowMs = this.#clock.now();
      // A clock that was put back may not hold anyone up for longer than an empty burst does.
      this.#restedAtMs = Math.min(Math.max(this.#restedAtMs, nowMs), nowMs + callBurstPerPrincipal * intervalMs);
      if (this.#restedAtMs - nowMs > (callBurstPerPrincipal - 1) * intervalMs + ROUNDING_MS) {
        const allowed = callsPerSecondPerPrincipal;
        return fullOf("callsPerSecondPerPrincipal", { allowed, of: "calls a second" });
      }
      this.#restedAtMs += intervalMs;
    }
    this.#calls++;
    return undefined;
  }

  leave(): void {
    this.#calls--;
    this.forgetWhenIdle();
  }

  /** The principal is there. */
  remember(): void {
    this.#timer?.cancel();
    this.#timer = undefined;
  }

  forgetWhenIdle(): void {
    if (this.sessions > 0 || this.#calls > 0 || this.#timer !== undefined) return;
    const restMs = this.#restedAtMs - this.#clock.now();
    if (restMs <= 0) this.forget();
    else this.#timer = this.#clock.after(Math.ceil(restMs), () => this.forget());
  }

  forget(): void {
    this.remember();
    this.#forgotten();
  }
}

/** Sums of intervals such as 1000/3 ms are off by less. */
const ROUNDING_MS = 1e-3;

function fullOf(limit: keyof Limits, { allowed, of }: { readonly allowed: number; readonly of: string }): LimitError {
  const message = `"limits.${limit}" allows one principal ${allowed} ${of}, all of its sessions together; wait, or raise the limit`;
  return new LimitError(message, { limit, allowed, retryable: true });
}
