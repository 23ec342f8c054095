import { LimitError } from "../errors/hearthwire-error.js";
import type { NameLimits } from "./name-limits.js";

/** What the server keeps for the readers of one session that they have not taken yet. */
export interface Backlog {
  /** Counts so many registrations more; gives why there may not be more, and then counts none. */
  take(count: number): LimitError | undefined;
  /** So many less. */
  give(count: number): void;
}

/** The two limits that hold here. */
type BacklogLimits = Pick<NameLimits, "maxUntoldPerSession" | "maxUntoldPerOwner">;

/** How many registrations wait for readers: of each session, and of all sessions of a principal. */
export class Backlogs {
  readonly #limits: BacklogLimits;
  /** Undefined is zero. */
  readonly #byOwner = new Map<string, number>();

  constructor(limits: BacklogLimits) {
    this.#limits = limits;
  }

  /** How many principals have any. */
  get size(): number {
    return this.#byOwner.size;
  }

  /** Of a new session of a principal. */
  ofSession(owner: string): Backlog {
    const { maxUntoldPerSession, maxUntoldPerOwner } = this.#limits;
    let own = 0;
    const all = (): number => this.#byOwner.get(owner) ?? 0;
    return {
      take: (count) => {
        if (own + count > maxUntoldPerSession) return tooSlow("maxUntoldPerSession", maxUntoldPerSession);
        if (all() + count > maxUntoldPerOwner) return tooSlow("maxUntoldPerOwner", maxUntoldPerOwner);
        own += count;
        if (count > 0) this.#byOwner.set(owner, all() + count);
        return undefined;
      },
      give: (count) => {
        own -= count;
        const left = all() - count;
        if (left > 0) this.#byOwner.set(owner, left);
        else this.#byOwner.delete(owner);
      },
    };
  }
}

function tooSlow(limit: keyof BacklogLimits, allowed: number): LimitError {
  const whose = limit === "maxUntoldPerSession" ? "this session" : "this principal's sessions";
  const message = `"${limit}" of the name server allows ${allowed} registrations that ${whose} have not read: read faster, then ask again`;
  return new LimitError(message, { limit, allowed, retryable: true });
}
