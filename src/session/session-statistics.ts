/** What a session has done since it began, and what it holds at this moment. A frozen snapshot. */
export interface SessionStatistics {
  /** Calls that this side has made: gets, sets and the looks of `connect` too. */
  readonly callsMade: number;
  /** Of these, those that were rejected, for whatever reason. */
  readonly callsMadeFailed: number;
  /** Of these, those without an answer now, sent or not. */
  readonly callsPending: number;
  /** Calls of the peer that have come: gets, sets and looks too. */
  readonly callsServed: number;
  /** Of these, those that failed: refused, given up by the caller, or thrown by the called code. */
  readonly callsServedFailed: number;
  /** Of these, those that wait or run now. */
  readonly callsRunning: number;
  /** Streams that are open now, of both directions. */
  readonly streamsOpen: number;
  /** Items of streams that this side has produced. */
  readonly streamItemsSent: number;
  /** Items of the peer's streams that have come. */
  readonly streamItemsReceived: number;
  /** References that either side holds now. */
  readonly referencesHeld: number;
  /** Frames that were handed to a line, each counted once. */
  readonly framesSent: number;
  /** How often a frame was handed over again, to another line. */
  readonly framesResent: number;
  /** Frames of the peer that were taken, each counted once. */
  readonly framesReceived: number;
  /** Bytes of frames that were handed to lines, those sent again too; without what TLS and WebSocket add. */
  readonly bytesSent: number;
  /** Bytes of the peer's frames that passed verification, those that came again too. */
  readonly bytesReceived: number;
  /** Bytes of frames that the peer has not acknowledged yet: they are kept to be sent again. */
  readonly unacknowledgedBytes: number;
  /** Pings that this side has sent. The daemon pings when a line has been quiet for a heartbeat. */
  readonly pingsSent: number;
  /** How long the answer to the last ping of this side took, in ms; undefined before the first answer. */
  readonly roundTripMs: number | undefined;
}

/** The part of them that frames and pings make. */
export type FrameStatistics = Pick<
  SessionStatistics,
  | "framesSent"
  | "framesResent"
  | "framesReceived"
  | "bytesSent"
  | "bytesReceived"
  | "unacknowledgedBytes"
  | "pingsSent"
  | "roundTripMs"
>;

/** What a session counts while it lives: a plain record, so that counting costs an addition and nothing else. */
export class SessionCounters {
  callsMade = 0;
  callsMadeFailed = 0;
  callsServed = 0;
  callsServedFailed = 0;
  streamItemsSent = 0;
  streamItemsReceived = 0;
}

/** Of a session that has not begun. */
export const NO_STATISTICS: SessionStatistics = Object.freeze({
  callsMade: 0,
  callsMadeFailed: 0,
  callsPending: 0,
  callsServed: 0,
  callsServedFailed: 0,
  callsRunning: 0,
  streamsOpen: 0,
  streamItemsSent: 0,
  streamItemsReceived: 0,
  referencesHeld: 0,
  framesSent: 0,
  framesResent: 0,
  framesReceived: 0,
  bytesSent: 0,
  bytesReceived: 0,
  unacknowledgedBytes: 0,
  pingsSent: 0,
  roundTripMs: undefined,
});

type Count = Exclude<keyof SessionStatistics, "roundTripMs">;

const COUNTS = Object.keys(NO_STATISTICS).filter((name) => name !== "roundTripMs") as readonly Count[];

/** Several sessions as one: everything is added up, and of the round trips the longest counts. */
export function sumOfStatistics(all: Iterable<SessionStatistics>): SessionStatistics {
  const sum: { -readonly [S in keyof SessionStatistics]: SessionStatistics[S] } = { ...NO_STATISTICS };
  for (const one of all) {
    for (const name of COUNTS) sum[name] += one[name];
    sum.roundTripMs = longest(sum.roundTripMs, one.roundTripMs);
  }
  return Object.freeze(sum);
}

/**
 * What remains of a session that is over: it may still keep frames for its peer to fetch, and called code that doesn't
 * end, but neither is anybody's.
 */
export function pastStatistics(statistics: SessionStatistics): SessionStatistics {
  return { ...statistics, ...NOTHING_HELD };
}

const NOTHING_HELD = {
  callsPending: 0,
  callsRunning: 0,
  streamsOpen: 0,
  referencesHeld: 0,
  unacknowledgedBytes: 0,
  roundTripMs: undefined,
} as const;

function longest(one: number | undefined, other: number | undefined): number | undefined {
  return one === undefined || (other !== undefined && other > one) ? other : one;
}
