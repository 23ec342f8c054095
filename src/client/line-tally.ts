import type { Emitter } from "../observe/emitter.js";
import {
  NO_STATISTICS,
  pastStatistics,
  type SessionStatistics,
  sumOfStatistics,
} from "../session/session-statistics.js";
import type { ConnectionEvents } from "./connection.js";
import type { ConnectionStatistics } from "./connection-statistics.js";

/** What is asked of a session. */
interface TalliedSession {
  readonly fullStatistics: SessionStatistics;
  on(event: "ended", listener: () => void): () => void;
}

/** Counts by the events of a line, and asks its sessions for the rest. */
export class LineTally {
  /** Of the sessions that are over. */
  #past = NO_STATISTICS;
  /** One, and another that finishes what it has begun while its daemon shuts down. */
  readonly #sessions = new Set<TalliedSession>();
  #opened = 0;
  #resumed = 0;
  #lost = 0;

  constructor(events: Emitter<ConnectionEvents>) {
    let wasConnected = false;
    events.on("state", (state) => {
      const isConnected = state.status === "connected";
      if (isConnected && state.resumed) this.#resumed++;
      else if (isConnected) this.#opened++;
      else if (wasConnected && "reason" in state && state.reason !== undefined) this.#lost++;
      wasConnected = isConnected;
    });
  }

  /** The line has one session more. */
  begin(session: TalliedSession): void {
    this.#sessions.add(session);
    session.on("ended", () => {
      this.#sessions.delete(session);
      this.#past = sumOfStatistics([this.#past, pastStatistics(session.fullStatistics)]);
    });
  }

  get statistics(): ConnectionStatistics {
    return Object.freeze({
      sessionsOpened: this.#opened,
      sessionsResumed: this.#resumed,
      socketsLost: this.#lost,
      ...sumOfStatistics([this.#past, ...[...this.#sessions].map(({ fullStatistics }) => fullStatistics)]),
    });
  }
}
