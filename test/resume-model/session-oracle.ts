import type { ConnectionState } from "../../src/client/connection.js";
import type { SessionInfo } from "../../src/daemon/daemon-events.js";
import { HearthwireError } from "../../src/errors/hearthwire-error.js";
import type { Clock } from "../../src/session/clock.js";
import type { Coverage } from "./coverage.js";
import type { Violations } from "./violations.js";

/** How long a session lives that nobody has confirmed. */
const UNCONFIRMED_MS = 5_000;

interface KnownSession {
  /** It ended while it had no line. */
  endedDetached: boolean;
  detachedAtMs: number | undefined;
  endedAtMs: number | undefined;
}

export interface SessionOracleOptions {
  readonly clock: Clock;
  readonly windowMs: number;
  readonly heartbeatMs: number;
  readonly violations: Violations;
  readonly coverage: Coverage;
  /** When the daemon first offered a session. */
  readonly welcomedAtMs: (sessionId: string) => number | undefined;
}

/** Sessions end when the protocol says so, and not a moment sooner or later. */
export class SessionOracle {
  readonly #options: SessionOracleOptions;
  readonly #sessions = new Map<string, KnownSession>();
  /** Those that the model has ended itself, or let be ended. */
  readonly #mayEnd = new Set<string>();

  constructor(options: SessionOracleOptions) {
    this.#options = options;
  }

  /** The model does what ends this session. */
  mayEnd(sessionId: string): void {
    this.#mayEnd.add(sessionId);
  }

  accepted({ sessionId }: SessionInfo): void {
    this.#sessions.set(sessionId, { detachedAtMs: undefined, endedAtMs: undefined, endedDetached: false });
  }

  detached({ sessionId }: SessionInfo, cause: Error): void {
    const { clock, coverage, violations } = this.#options;
    const session = this.#known(sessionId);
    if (session.detachedAtMs !== undefined) violations.add(`session ${sessionId} was detached twice`);
    session.detachedAtMs = clock.now();
    coverage.note("server detached");
    if (cause instanceof HearthwireError) coverage.note(`server detached: ${cause.code}`);
  }

  resumed({ sessionId }: SessionInfo): void {
    const session = this.#known(sessionId);
    if (session.detachedAtMs !== undefined) this.#options.coverage.note("resumed after a loss");
    else this.#options.coverage.note("resumed while attached");
    session.detachedAtMs = undefined;
  }

  closed({ sessionId }: SessionInfo, reason: Error | undefined): void {
    const { clock, windowMs, violations, coverage } = this.#options;
    const session = this.#known(sessionId);
    const nowMs = clock.now();
    if (session.endedAtMs !== undefined) violations.add(`session ${sessionId} ended twice`);
    session.endedAtMs = nowMs;
    session.endedDetached = session.detachedAtMs !== undefined;
    const waitedMs = session.detachedAtMs === undefined ? undefined : nowMs - session.detachedAtMs;
    const isLost = reason instanceof HearthwireError && reason.code === "HW_SESSION_LOST";
    if (isLost) coverage.note("server: lease over");
    if (isLost && waitedMs !== windowMs)
      violations.add(`session ${sessionId} was kept for ${waitedMs} ms of ${windowMs}`);
    if (!isLost && !this.#mayEnd.has(sessionId))
      violations.add(`session ${sessionId} was ended by the server: ${String(reason)}`);
  }

  /** What a client's connection says of itself; `before` is what it said last. */
  stateOf(client: string, before: ConnectionState, state: ConnectionState): void {
    const { clock, windowMs, heartbeatMs, violations, coverage } = this.#options;
    coverage.note(`client ${state.status}`);
    if (state.status !== "reconnecting" || before.status !== "connected") return;
    const leaseMs = state.leaseEndsAt.getTime() - clock.now();
    if (leaseMs !== windowMs + 2 * heartbeatMs) violations.add(`${client}: the lease is ${leaseMs} ms from its loss`);
  }

  /** A client has given its session up. */
  lost(
    client: string,
    sessionId: string,
    { leaseEndsAt, reason }: { leaseEndsAt: Date | undefined; reason: string },
  ): void {
    const { clock, violations, coverage } = this.#options;
    const isOver = leaseEndsAt !== undefined && clock.now() >= leaseEndsAt.getTime();
    const session = this.#sessions.get(sessionId);
    const isEnded = session === undefined ? this.#isUnconfirmedOver(sessionId) : session.endedAtMs !== undefined;
    const what = isOver ? "lease over" : session === undefined ? "unopened session lost" : "session ended";
    coverage.note(`client: ${what}`);
    if (session?.endedDetached === true && reason.includes("closed the connection"))
      coverage.note("client: fetched the end");
    if (isOver || isEnded || this.#mayEnd.has(sessionId)) return;
    violations.add(`${client} gave up session ${sessionId}, which lives${reason}`);
  }

  /** One that the daemon has never accepted lives for 5 s from WELCOME. */
  #isUnconfirmedOver(sessionId: string): boolean {
    const welcomedAtMs = this.#options.welcomedAtMs(sessionId);
    return welcomedAtMs === undefined || this.#options.clock.now() >= welcomedAtMs + UNCONFIRMED_MS;
  }

  #known(sessionId: string): KnownSession {
    const session = this.#sessions.get(sessionId);
    if (session !== undefined) return session;
    this.#options.violations.add(`the daemon tells of session ${sessionId}, which it had not accepted`);
    return { detachedAtMs: undefined, endedAtMs: undefined, endedDetached: false };
  }
}
