import type { LateHmac } from "../auth/mac.js";
import type { Interceptor } from "../objects/interceptor.js";
import { Emitter } from "../observe/emitter.js";
import type { Timer } from "../session/clock.js";
import type { CallMaker, OutboundCall } from "../session/outbound-call.js";
import type { LiveReference } from "../session/live-reference.js";
import { noteCaller } from "../session/reference-trace.js";
import type { Session } from "../session/session.js";
import type { HandshakeAnswer } from "./connect-options.js";
import { closedError, notConnectedError } from "./connect-error.js";
import type { Connection, ConnectionEvents, ConnectionState } from "./connection.js";
import type { ConnectionStatistics } from "./connection-statistics.js";
import { createSession } from "./create-session.js";
import type { CredentialSource } from "./credential-source.js";
import { intercepting } from "./intercepting-maker.js";
import type { LineLifecycle } from "./line-lifecycle.js";
import type { ReconnectTimes } from "./reconnect-times.js";
import type { HandshakeTerms } from "./shake-hands.js";
import { ShownCredentials } from "./shown-credentials.js";
import { SleepWatch } from "./sleep-watch.js";
import { LineTally } from "./line-tally.js";
import type { ProxyOwner } from "./stand-in.js";
import { type SessionBeginning, Succession } from "./succession.js";
import { Vigil } from "./vigil.js";
import { WaitingCalls } from "./waiting-calls.js";
import type { Whereabouts } from "./whereabouts.js";

/** What a line is made of. */
export interface LineOptions extends HandshakeTerms, CredentialSource {
  readonly handshake: unknown;
  readonly onHandshake: ((welcome: HandshakeAnswer) => void | Promise<void>) | undefined;
  /** Of a named address, which is its `url`: where its sessions are begun. */
  readonly whereabouts?: Whereabouts | undefined;
  readonly connectTimeoutMs: number;
  /** Undefined: it ends when its channel is lost. */
  readonly reconnect: ReconnectTimes | undefined;
  /** Deadline of calls on references. */
  readonly timeoutMs: number;
  /** The first is the outermost. */
  readonly interceptors: readonly Interceptor[];
  readonly traceReferences: boolean;
  /** The environment's, unless the program does without. */
  readonly lateHmac: LateHmac | undefined;
  /** Makes the connection that references belong to, since they come to all connections alike; closing it closes all. */
  readonly connectionOf: (line: Line) => Connection;
}

/** What connections to one daemon share: its sessions, the calls that wait for one, the state, and who still uses it. */
export class Line implements CallMaker, ProxyOwner, LineLifecycle {
  readonly #options: LineOptions;
  readonly #waiting: WaitingCalls;
  readonly #sessions: Succession;
  readonly #vigil = new Vigil(() => this.#isAwaited);
  readonly events = new Emitter<ConnectionEvents>();
  readonly #tally = new LineTally(this.events);
  /** Settles with the first handshake; whoever waits for nothing else need not observe it. */
  readonly ready: Promise<void>;
  readonly closed: Promise<Error | undefined>;
  #state!: ConnectionState;
  #wasConnected = false;
  /** The session that calls go to. */
  #session: Session | undefined;
  #connection: Connection | undefined;
  #holders = 0;
  #lingering: Timer | undefined;
  readonly #stopWatching: (() => void) | undefined;
  /** Set once it is closed; without a reason that was asked for. */
  #closure: { readonly reason: Error | undefined } | undefined;
  #madeRefusal: Error | undefined;
  #resolveReady!: () => void;
  /** Until it is ready. */
  #rejectReady: ((error: Error) => void) | undefined;
  #resolveClosed!: (reason: Error | undefined) => void;

  /** Begins to connect. */
  constructor(options: LineOptions) {
    this.#options = options;
    const { environment, url, timeoutMs, reconnect, whereabouts, handshake, onHandshake, connectTimeoutMs } = options;
    const { clock } = environment;
    this.#waiting = new WaitingCalls({ clock, defaultTimeoutMs: timeoutMs, peer: url });
    this.ready = new Promise((resolve, reject) => ([this.#resolveReady, this.#rejectReady] = [resolve, reject]));
    this.ready.catch(() => undefined);
    this.closed = new Promise((resolve) => (this.#resolveClosed = resolve));
    this.#sessions = new Succession({
      terms: options,
      whereabouts,
      handshake,
      onHandshake,
      connectTimeoutMs,
      reconnect,
      credentials: new ShownCredentials(options, clock),
      create: (beginning) => this.#create(beginning),
      observer: {
        state: (state) => this.#setState(state),
        takesCalls: (session) => {
          this.#session = session;
          if (session !== undefined) this.#waiting.handOver(session);
        },
        ready: () => {
          this.#rejectReady = undefined;
          this.#resolveReady();
        },
        began: (session) => this.events.emit("session", session),
        renewalFailed: (error) => this.events.emit("renewalFailed", error),
        ended: (reason) => this.#end(reason),
      },
    });
    if (reconnect !== undefined) this.#stopWatching = this.#watchSleep();
  }

  get peer(): string {
    return this.#options.url;
  }

  get ended(): Promise<Error | undefined> {
    return this.closed;
  }

  get connection(): Connection {
    return (this.#connection ??= this.#options.connectionOf(this));
  }

  get state(): ConnectionState {
    return this.#state;
  }

  get isClosed(): boolean {
    return this.#closure !== undefined;
  }

  /** Why calls are refused once it is closed. Made on first use: the stack of an error takes as long as a small call. */
  get #refusal(): Error {
    const reason = this.#closure?.reason;
    return (this.#madeRefusal ??= closedError(this.#options.url, { reason, wasConnected: this.#wasConnected }));
  }

  call(call: OutboundCall): void {
    if (this.#session !== undefined) {
      this.#session.call(call);
    } else {
      if (this.isClosed) throw this.#refusal;
      if (this.#options.traceReferences) noteCaller(call);
      this.#waiting.add(call);
    }
    if (this.#state.status !== "connected") this.#vigil.begin();
  }

  /** What makes the calls of a connection, which hands them on to this line. */
  intercepted(connection: CallMaker): CallMaker {
    const { environment, interceptors, timeoutMs } = this.#options;
    return intercepting(connection, { interceptors, clock: environment.clock, defaultTimeoutMs: timeoutMs });
  }

  get statistics(): ConnectionStatistics {
    return this.#tally.statistics;
  }

  references(): readonly LiveReference[] {
    return this.#sessions.sessions.flatMap((session) => session.references());
  }

  unobserved(error: Error, call: { readonly object: string; readonly member: string }): void {
    this.events.emit("unobserved", error, call);
  }

  /** One connection more uses the line. */
  hold(): void {
    this.#holders += 1;
    this.#lingering?.cancel();
    this.#lingering = undefined;
  }

  /**
   * One connection less; after the last the line stays open for a while, unless it is away: who connects again then wants
   * to know whether the daemon is there. Resolves when there is nothing left to do.
   */
  async release(lingerMs: number): Promise<void> {
    this.#holders -= 1;
    if (this.#holders > 0 || this.isClosed) return;
    const isAway = this.#wasConnected && this.#state.status !== "connected";
    if (lingerMs === 0 || isAway) await this.close();
    else this.#lingering = this.#options.environment.clock.after(lingerMs, () => void this.close());
  }

  /** Moves the session to a new socket, with a fresh credential. */
  renew(): Promise<void> {
    const refusal = (): Error => (this.isClosed ? this.#refusal : notConnectedError(this.#options.url));
    return this.#sessions.renew() ?? Promise.reject(refusal());
  }

  wake(): void {
    if (!this.isClosed) this.#sessions.wake();
  }

  sleep(): void {
    if (!this.isClosed) this.#sessions.sleep();
  }

  leave(): void {
    void this.close();
  }

  /** Closes for all connections; resolves when the socket is gone. */
  async close(): Promise<void> {
    const gone = this.#sessions.close();
    this.#end(undefined);
    await gone;
  }

  #create(beginning: SessionBeginning): Session {
    const { sessionId, credential, openData, peerCertificate, place } = beginning;
    const { environment, url, timeoutMs, serializers, maxFrameBytes, interceptors, traceReferences } = this.#options;
    const { clock, scheduleFlush } = environment;
    const session: Session = createSession(beginning.established, {
      sessionId,
      credential,
      openData,
      peerCertificate,
      owner: this,
      peer: place?.daemonUrl ?? url,
      objectIdOf: place && ((name) => (name === url ? place.objectId : name)),
      serializers,
      maxFrameBytes,
      lateHmac: this.#options.lateHmac,
      interceptors,
      traceReferences,
      defaultTimeoutMs: timeoutMs,
      clock,
      scheduleFlush,
      unsent: this.#options.reconnect === undefined ? undefined : (call) => this.#takeBack(call, session),
      offersUnsentAtEnd: place !== undefined,
    });
    session.on("threw", (error, call) => this.events.emit("threw", error, call));
    this.#tally.begin(session);
    return session;
  }

  /** A daemon that is shutting down won't take a call: the next session will. */
  #takeBack(call: OutboundCall, from: Session): boolean {
    if (this.isClosed) return false;
    this.#waiting.add(call);
    if (this.#session !== undefined && this.#session !== from) this.#waiting.handOver(this.#session);
    return true;
  }

  /** Calls or streams wait for their session, or for another. */
  get #isAwaited(): boolean {
    return this.#waiting.size > 0 || this.#sessions?.sessions.some(({ isAwaited }) => isAwaited) === true;
  }

  #watchSleep(): () => void {
    const { environment } = this.#options;
    const watch = new SleepWatch(environment.clock, () => this.wake());
    const stopWatchingHost = environment.watchHost?.(this);
    return () => {
      watch.stop();
      stopWatchingHost?.();
    };
  }

  #setState(state: ConnectionState): void {
    if (this.isClosed && state.status !== "closed") return;
    this.#wasConnected ||= state.status === "connected";
    this.#state = Object.freeze(state);
    if (state.status === "connected" || state.status === "closed") this.#vigil.end();
    else if (this.#isAwaited) this.#vigil.begin();
    this.events.emit("state", this.#state);
  }

  /** @param reason undefined when closing was asked for */
  #end(reason: Error | undefined): void {
    if (this.isClosed) return;
    this.#closure = { reason };
    this.#session = undefined;
    this.#lingering?.cancel();
    this.#stopWatching?.();
    this.#sessions.end(() => this.#refusal);
    if (this.#waiting.size > 0) this.#waiting.fail(this.#refusal);
    this.#rejectReady?.(this.#refusal);
    this.#setState(reason === undefined ? { status: "closed" } : { status: "closed", reason });
    this.#resolveClosed(reason);
  }
}
