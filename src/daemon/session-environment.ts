import type { ObjectRegistry } from "../objects/object-registry.js";
import type { Clock } from "../session/clock.js";
import type { FlushScheduler } from "../session/flush-scheduler.js";
import type { SessionLimits } from "../session/limits.js";
import type { CallMaker } from "../session/outbound-call.js";
import type { Departures } from "./departures.js";
import type { DetachedSessions } from "./detached-sessions.js";
import type { CoreOptions } from "./options.js";
import type { PrincipalUsage } from "./principal-usage.js";
import type { SessionTimes } from "./session-times.js";
import type { Guest, WaitingRoom } from "./waiting-room.js";

/** What all sessions of a daemon share. */
export interface SessionEnvironment extends Pick<
  CoreOptions,
  "authorize" | "exposeStacks" | "onHandshake" | "interceptors" | "traceReferences"
> {
  readonly registry: ObjectRegistry;
  /** All of them: what one's peer gave may be passed on to another's. */
  readonly siblings: WeakSet<CallMaker>;
  readonly clock: Clock;
  readonly scheduleFlush: FlushScheduler;
  readonly limits: SessionLimits;
  readonly usage: PrincipalUsage;
  /** Sessions whose peers have proved themselves and not said `open` yet. */
  readonly unopened: WaitingRoom<Guest>;
  readonly departures: Departures;
  readonly detached: DetachedSessions;
  readonly maxFrameBytes: number;
  readonly times: SessionTimes;
}
