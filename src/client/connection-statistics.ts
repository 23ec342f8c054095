import type { SessionStatistics } from "../session/session-statistics.js";

/** What was done over a line so far, its earlier sessions included, and what it holds at this moment. A frozen snapshot. */
export interface ConnectionStatistics extends SessionStatistics {
  /** Sessions that were opened: one, and one more each time that the daemon no longer had the last. */
  readonly sessionsOpened: number;
  /** How often the session went on over another socket after it had lost one. */
  readonly sessionsResumed: number;
  /** How often a socket was lost that was not closed on purpose. */
  readonly socketsLost: number;
}
