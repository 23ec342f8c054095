import type { Emitter } from "../observe/emitter.js";
import {
  NO_STATISTICS,
  pastStatistics,
  type SessionStatistics,
  sumOfStatistics,
} from "../session/session-statistics.js";
import type { ConnectionEvents } from "./connection.js";
import type { ConnectionStatistics } from "./connection-statistics.js";

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
