import type { Emitter } from "../observe/emitter.js";
import { ConnectionError } from "../errors/hearthwire-error.js";
import {
  NO_STATISTICS,
  pastStatistics,
  type SessionStatistics,
  sumOfStatistics,
} from "../session/session-statistics.js";
import type { DaemonEvents, SessionInfo } from "./daemon-events.js";

/**
 * What a daemon has done since it began, and what it holds at this moment; of its sessions, live and over, everything is
 * added up, and `roundTripMs` is the longest of the live ones. A frozen snapshot.
 */
export interface DaemonStatistics extends SessionStatistics {
  /** Sessions that are open now, those without a line included. */
  readonly sessions: number;
  /** Of these, those that have lost their line and wait for another. */
  readonly sessionsDetached: number;
  /** Sessions that were opened. */
  readonly sessionsOpened: number;
  /** How often a session went on over another line after it had lost one. */
  readonly sessionsResumed: number;
  /** How often a session moved to another line for a fresh credential. */
  readonly sessionsRenewed: number;
  /** Sessions that ended since their peer did not come back in time. */
  readonly sessionsLost: number;
  /** Sessions that are over, for whatever reason. */
  readonly sessionsClosed: number;
  /** Peers that did not get a session: before the upgrade, in the handshake, or by a hook or a limit. */
  readonly handshakesRefused: number;
}

/** Counts by the daemon's events, so that nothing else of the daemon is concerned. */
export class DaemonTally {
  readonly #sessions: ReadonlyMap<string, SessionInfo>;
  /** Of the sessions that are over. */
  #past = NO_STATISTICS;
  #opened = 0;
  #resumed = 0;
  #renewed = 0;
  #lost = 0;
  #closed = 0;
  #refused = 0;

  /** @param sessions those that are open */
  constructor(events: Emitter<DaemonEvents>, sessions: ReadonlyMap<string, SessionInfo>) {
    this.#sessions = sessions;
    events.on("accepted", () => void this.#opened++);
    events.on("renewed", () => void this.#renewed++);
    events.on("resumed", () => void this.#resumed++);
    events.on("refused", () => void this.#refused++);
    events.on("closed", ({ statistics }, reason) => {
      this.#closed++;
      if (reason instanceof ConnectionError && reason.code === "HW_SESSION_LOST") this.#lost++;
      this.#past = sumOfStatistics([this.#past, pastStatistics(statistics)]);
    });
  }

  get statistics(): DaemonStatistics {
    const live = [...this.#sessions.values()];
    return Object.freeze({
      sessions: live.length,
      sessionsDetached: live.filter(({ isAttached }) => !isAttached).length,
      sessionsOpened: this.#opened,
      sessionsResumed: this.#resumed,
      sessionsRenewed: this.#renewed,
      sessionsLost: this.#lost,
      sessionsClosed: this.#closed,
      handshakesRefused: this.#refused,
      ...sumOfStatistics([this.#past, ...live.map(({ statistics }) => statistics)]),
    });
  }
}
