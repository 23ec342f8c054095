import type { Emitter } from "../observe/emitter.js";
import {
  NO_STATISTICS,
  pastStatistics,
  type SessionStatistics,
  sumOfStatistics,
} from "../session/session-statistics.js";
import type { ConnectionEvents } from "./connection.js";

/** What was done over a line so far, its earlier sessions included, and what it holds at this moment. A frozen snapshot. */
export interface ConnectionStatistics extends SessionStatistics {
  /** Sessions that were opened: one, and one more each time that the daemon no longer had the last. */
  readonly sessionsOpened: number;
  /** How often the session went on over another socket after it had lost one. */
  readonly sessionsResumed: number;
  /** How often a socket was lost that was not closed on purpose. */
  readonly socketsLost: number;
}

/** Counts by the events of a line, and asks its session for the rest. */
export class LineTally {
  /** Of the sessions before this one. */
  #past = NO_STATISTICS;
  #session: { readonly fullStatistics: SessionStatistics } | undefined;
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

  /** The line has a session, which takes the place of the last. */
  begin(session: { readonly fullStatistics: SessionStatistics }): void {
    if (this.#session !== undefined) {
      this.#past = sumOfStatistics([this.#past, pastStatistics(this.#session.fullStatistics)]);
    }
    this.#session = session;
  }

  get statistics(): ConnectionStatistics {
    return Object.freeze({
      sessionsOpened: this.#opened,
      sessionsResumed: this.#resumed,
      socketsLost: this.#lost,
      ...sumOfStatistics([this.#past, this.#session?.fullStatistics ?? NO_STATISTICS]),
    });
  }
}
