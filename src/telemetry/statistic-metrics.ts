import type { ConnectionStatistics } from "../client/connection-statistics.js";
import type { DaemonStatistics } from "../daemon/daemon-statistics.js";

/** One number of a daemon's or a connection's statistics as a metric. */
export interface StatisticMetric {
  readonly statistic: keyof DaemonStatistics | keyof ConnectionStatistics;
  /** Without prefix. */
  readonly name: string;
  readonly kind: "counter" | "gauge";
  readonly help: string;
  /** Into the base unit that the name ends with. @default 1 */
  readonly scale?: number;
}

/** All of them: counters end with `_total`, units are seconds and bytes, as Prometheus asks for. */
export const STATISTIC_METRICS: readonly StatisticMetric[] = [
  { statistic: "sessions", name: "sessions", kind: "gauge", help: "Sessions of the daemon that are open." },
  {
    statistic: "sessionsDetached",
    name: "sessions_detached",
    kind: "gauge",
    help: "Open sessions that have lost their line and wait for another.",
  },
  { statistic: "sessionsOpened", name: "sessions_opened_total", kind: "counter", help: "Sessions that were opened." },
  {
    statistic: "sessionsResumed",
    name: "sessions_resumed_total",
    kind: "counter",
    help: "Sessions that went on over another line after they had lost one.",
  },
  {
    statistic: "sessionsRenewed",
    name: "sessions_renewed_total",
    kind: "counter",
    help: "Sessions that moved to another line for a fresh credential.",
  },
  {
    statistic: "sessionsLost",
    name: "sessions_lost_total",
    kind: "counter",
    help: "Sessions that ended since their peer did not come back in time.",
  },
  { statistic: "sessionsClosed", name: "sessions_closed_total", kind: "counter", help: "Sessions that are over." },
  {
    statistic: "socketsLost",
    name: "sockets_lost_total",
    kind: "counter",
    help: "Sockets of connections that were lost.",
  },
  {
    statistic: "handshakesRefused",
    name: "handshakes_refused_total",
    kind: "counter",
    help: "Peers that did not get a session.",
  },
  { statistic: "callsMade", name: "calls_made_total", kind: "counter", help: "Calls that this side has made." },
  {
    statistic: "callsMadeFailed",
    name: "calls_made_failed_total",
    kind: "counter",
    help: "Calls of this side that were rejected.",
  },
  { statistic: "callsPending", name: "calls_pending", kind: "gauge", help: "Calls of this side without an answer." },
  { statistic: "callsServed", name: "calls_served_total", kind: "counter", help: "Calls of peers that have come." },
  {
    statistic: "callsServedFailed",
    name: "calls_served_failed_total",
    kind: "counter",
    help: "Calls of peers that failed, were refused or given up.",
  },
  { statistic: "callsRunning", name: "calls_running", kind: "gauge", help: "Calls of peers that wait or run." },
  { statistic: "streamsOpen", name: "streams_open", kind: "gauge", help: "Open streams of both directions." },
  {
    statistic: "streamItemsSent",
    name: "stream_items_sent_total",
    kind: "counter",
    help: "Items of streams that this side has produced.",
  },
  {
    statistic: "streamItemsReceived",
    name: "stream_items_received_total",
    kind: "counter",
    help: "Items of the peers' streams that have come.",
  },
  { statistic: "referencesHeld", name: "references_held", kind: "gauge", help: "References that either side holds." },
  { statistic: "framesSent", name: "frames_sent_total", kind: "counter", help: "Frames that were sent, each once." },
  {
    statistic: "framesResent",
    name: "frames_resent_total",
    kind: "counter",
    help: "How often a frame was sent again over another line.",
  },
  {
    statistic: "framesReceived",
    name: "frames_received_total",
    kind: "counter",
    help: "Frames that were taken, each once.",
  },
  { statistic: "bytesSent", name: "sent_bytes_total", kind: "counter", help: "Bytes of frames that were sent." },
  {
    statistic: "bytesReceived",
    name: "received_bytes_total",
    kind: "counter",
    help: "Bytes of frames that came and passed verification.",
  },
  {
    statistic: "unacknowledgedBytes",
    name: "unacknowledged_bytes",
    kind: "gauge",
    help: "Bytes of frames that are kept to be sent again.",
  },
  { statistic: "pingsSent", name: "pings_sent_total", kind: "counter", help: "Pings that this side has sent." },
  {
    statistic: "roundTripMs",
    name: "round_trip_seconds",
    kind: "gauge",
    help: "How long the answer to the last ping took, the longest of all live sessions.",
    scale: 0.001,
  },
];
