/** What one session holds at most. The first five bind the peer, the others this side's own calls. */
export interface SessionLimits {
  /** Calls of the peer that wait or run; further ones are answered `HW_LIMIT`. @default 256 */
  readonly maxCallsInFlight: number;
  /** Streams open in each direction; what would open a further one is refused with `HW_LIMIT`. @default 64 */
  readonly maxStreams: number;
  /** References held in each direction, and AbortSignals open in each. @default 4096 */
  readonly maxReferences: number;
  /** Bytes of the peer's calls that wait for other calls; further ones are answered `HW_LIMIT`. @default 67_108_864 */
  readonly maxQueuedArgumentBytes: number;
  /**
   * Bytes of bodies of which items of streams wait unread; beyond them a stream of which more than one item and 1 MiB
   * wait fails with `HW_LIMIT`. @default 67_108_864
   */
  readonly maxUnreadBytes: number;
  /** Calls kept unanswered; the rest queue here in order. @default 256 */
  readonly ownCallsInFlight: number;
  /** Streams kept open by this side; calls with a stream among their arguments wait here for room. @default 64 */
  readonly ownStreams: number;
  /** Calls that wait here, to be sent or for other calls; a further one throws `HW_LIMIT`. @default 1_048_576 */
  readonly maxWaitingCalls: number;
}

/** What stands where options say nothing (protocol.md section 6, "Answers"). */
export const DEFAULT_SESSION_LIMITS: SessionLimits = Object.freeze({
  maxCallsInFlight: 256,
  maxStreams: 64,
  maxReferences: 4096,
  maxQueuedArgumentBytes: 64 * 1024 * 1024,
  maxUnreadBytes: 64 * 1024 * 1024,
  ownCallsInFlight: 256,
  ownStreams: 64,
  maxWaitingCalls: 1_048_576,
});
