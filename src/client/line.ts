import { ClientHandshake, type Credential, type Established, type ResumedSession } from "../auth/client-handshake.js";
import type { Interceptor } from "../objects/interceptor.js";
import { Emitter } from "../observe/emitter.js";
import type { Timer } from "../session/clock.js";
import type { CallMaker, OutboundCall } from "../session/outbound-call.js";
import type { LiveReference } from "../session/live-reference.js";
import { noteCaller } from "../session/reference-trace.js";
import type { Session } from "../session/session.js";
import type { PeerCertificate } from "../transport/peer-certificate.js";
import type { Transport } from "../transport/transport.js";
import type { ClientEnvironment } from "./client-environment.js";
import { isCredentialRefusal } from "./close-error.js";
import type { HandshakeAnswer } from "./connect-options.js";
import { approve, closedError, connectError, notConnectedError, timeoutError } from "./connect-error.js";
import type { Connection, ConnectionEvents, ConnectionState } from "./connection.js";
import { createSession } from "./create-session.js";
import type { ChannelReceiver, Dial } from "./dial.js";
import { toHex } from "./hex.js";
import { intercepting } from "./intercepting-maker.js";
import { Renewal } from "./renewal.js";
import { type HandshakeTerms, shakeHands } from "./shake-hands.js";
import type { ProxyOwner } from "./stand-in.js";
import { Swap } from "./swap.js";
import { WaitingCalls } from "./waiting-calls.js";

/** How often in a row refused credentials are asked for anew (protocol.md section 5). */
const MAX_REFRESHES = 3;

/** What a line is made of. */
export interface LineOptions extends HandshakeTerms {
  readonly environment: ClientEnvironment;
  /** Asked at each handshake; `fresh` when the last one will not do any more. */
  readonly credential: (fresh: boolean) => Promise<Credential>;
  /** Asking again may give another credential. */
  readonly isRefreshable: boolean;
  readonly handshake: unknown;
  readonly onHandshake: ((welcome: HandshakeAnswer) => void | Promise<void>) | undefined;
  readonly connectTimeoutMs: number;
  /** Deadline of calls on references. */
  readonly timeoutMs: number;
  /** The first is the outermost. */
  readonly interceptors: readonly Interceptor[];
  readonly traceReferences: boolean;
  /** Makes the connection that references belong to, since they come to all connections alike; closing it closes all. */
  readonly connectionOf: (line: Line) => Connection;
}

/** A session, and what is needed to go on with it. */
interface OpenedSession {
  readonly session: Session;
  /** What the daemon took. */
  readonly credential: Credential;
  readonly resume: ResumedSession;
}

/** One daemon's socket and session, which connections share: dials, keeps calls until it can make them, and lingers. */
export class Line implements CallMaker, ProxyOwner {
  readonly #options: LineOptions;
  readonly #waiting: WaitingCalls;
  readonly events = new Emitter<ConnectionEvents>();
  /** Settles with the first handshake; whoever waits for nothing else need not observe it. */
  readonly ready: Promise<void>;
  readonly closed: Promise<Error | undefined>;
  #state: ConnectionState = Object.freeze({ status: "connecting", attempt: 1 });
  #session: Session | undefined;
  #sessionId = "";
  /** The daemon's, as TLS showed it on the line that the session began on. */
  #peerCertificate: PeerCertificate | undefined;
  #renewal: Renewal | undefined;
  /** Calls go to the session: it exists, and `onHandshake` has nothing against it. */
  #takesCalls = false;
  #dial: Dial | undefined;
  #connection: Connection | undefined;
  #deadline: Timer | undefined;
  #holders = 0;
  #lingering: Timer | undefined;
  /** Why calls are refused, once it is closed. */
  #refusal: Error | undefined;
  #resolveReady!: () => void;
  #rejectReady!: (error: Error) => void;
  #resolveClosed!: (reason: Error | undefined) => void;

  /** Begins to connect. */
  constructor(options: LineOptions) {
    this.#options = options;
    this.#waiting = new WaitingCalls({
      clock: options.environment.clock,
      defaultTimeoutMs: options.timeoutMs,
      peer: options.url,
    });
    this.ready = new Promise((resolve, reject) => ([this.#resolveReady, this.#rejectReady] = [resolve, reject]));
    this.ready.catch(() => undefined);
    this.closed = new Promise((resolve) => (this.#resolveClosed = resolve));
    void this.#connect();
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
    return this.#refusal !== undefined;
  }

  call(call: OutboundCall): void {
    if (this.#refusal !== undefined) throw this.#refusal;
    if (this.#takesCalls) return this.#session?.call(call);
    if (this.#options.traceReferences) noteCaller(call);
    this.#waiting.add(call);
  }

  /** What makes the calls of a connection, which hands them on to this line. */
  intercepted(connection: CallMaker): CallMaker {
    const { environment, interceptors, timeoutMs } = this.#options;
    return intercepting(connection, { interceptors, clock: environment.clock, defaultTimeoutMs: timeoutMs });
  }

  references(): readonly LiveReference[] {
    return this.#session?.references() ?? [];
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

  /** One connection less; after the last the line stays open for a while. Resolves when there is nothing left to do. */
  async release(lingerMs: number): Promise<void> {
    this.#holders -= 1;
    if (this.#holders > 0 || this.isClosed) return;
    if (lingerMs === 0) await this.close();
    else this.#lingering = this.#options.environment.clock.after(lingerMs, () => void this.close());
  }

  /** Moves the session to a new socket, with a fresh credential. */
  renew(): Promise<void> {
    if (this.#renewal !== undefined && !this.isClosed) return this.#renewal.renew();
    return Promise.reject(this.#refusal ?? notConnectedError(this.#options.url));
  }

  /** Closes for all connections; resolves when the socket is gone. */
  async close(): Promise<void> {
    const gone = this.#session?.close();
    this.#end(undefined);
    await gone;
  }

  async #connect(): Promise<void> {
    const { environment, connectTimeoutMs, onHandshake, url } = this.#options;
    if (connectTimeoutMs !== 0) {
      this.#deadline = environment.clock.after(connectTimeoutMs, () => this.#end(timeoutError(url, connectTimeoutMs)));
    }
    try {
      const opened = await this.#openSession();
      const answer = await opened.session.ready;
      // Not awaited without need: calls of the same flight are answered now, and who sees one shall find it connected.
      if (onHandshake !== undefined)
        await approve(onHandshake, { answer, url, peerCertificate: this.#peerCertificate });
      this.#connected(opened);
    } catch (error) {
      this.#end(connectError(error, url));
    }
  }

  /** Shakes hands, with fresh credentials when the daemon refuses those that it was shown. */
  async #openSession(): Promise<OpenedSession> {
    const { credential, handshake, isRefreshable } = this.#options;
    for (let refreshes = 0; ; refreshes += 1) {
      const shown = await credential(refreshes > 0);
      const openData: unknown = typeof handshake === "function" ? await handshake() : handshake;
      if (this.isClosed) throw this.#refusal;
      const attempt = await this.#attempt(shown, openData);
      if (!(attempt instanceof Error)) return attempt;
      if (!isRefreshable || refreshes === MAX_REFRESHES) throw attempt;
      this.#setState({ status: "connecting", attempt: refreshes + 2, reason: attempt });
    }
  }

  /** One handshake: a session, or the daemon's refusal of the credential. */
  #attempt(credential: Credential, openData: unknown): Promise<OpenedSession | Error> {
    return new Promise((resolve, reject) => {
      this.#dial = shakeHands(this.#options, {
        credential,
        established: (established, transport) => {
          this.#peerCertificate = transport.security?.peerCertificate;
          const session = this.#createSession(established, { credential, openData });
          const { sessionId, resumeKey, serializerId, peerMaxFrameBytes } = established;
          resolve({ session, credential, resume: { sessionId, resumeKey, serializerId, peerMaxFrameBytes } });
          return this.#attach(session, transport, established);
        },
        failed: (error, close) => {
          if (close !== undefined && isCredentialRefusal(close)) resolve(error);
          else reject(error);
        },
      });
    });
  }

  #createSession(established: Established, shown: { credential: Credential; openData: unknown }): Session {
    const { environment, url, timeoutMs, serializers, maxFrameBytes, interceptors, traceReferences } = this.#options;
    const { clock, scheduleFlush } = environment;
    this.#sessionId = toHex(established.sessionId);
    const session = createSession(established, {
      ...shown,
      sessionId: this.#sessionId,
      peerCertificate: this.#peerCertificate,
      owner: this,
      peer: url,
      serializers,
      maxFrameBytes,
      interceptors,
      traceReferences,
      defaultTimeoutMs: timeoutMs,
      clock,
      scheduleFlush,
    });
    session.on("threw", (error, call) => this.events.emit("threw", error, call));
    session.on("ended", (error) => this.#end(error));
    this.#session = session;
    return session;
  }

  /** Proves this side and begins the session, in one flight with the calls that waited for it. */
  #attach(session: Session, transport: Transport, established: Established): ChannelReceiver {
    transport.send(ClientHandshake.confirm(established, 0));
    const receiver = session.attach(transport, established);
    if (this.#options.onHandshake === undefined) this.#handOver(session);
    return receiver;
  }

  #handOver(session: Session): void {
    this.#takesCalls = true;
    this.#waiting.handOver(session);
  }

  #connected({ session, credential, resume }: OpenedSession): void {
    if (this.isClosed) return;
    this.#deadline?.cancel();
    if (!this.#takesCalls) this.#handOver(session);
    const { environment, isRefreshable, connectTimeoutMs } = this.#options;
    const fresh = (): Promise<Credential> => this.#options.credential(true);
    this.#renewal = new Renewal({
      clock: environment.clock,
      credential,
      isRefreshable,
      swap: () => new Swap({ terms: this.#options, session, resume, credential: fresh, connectTimeoutMs }),
    });
    this.#setState({ status: "connected", sessionId: this.#sessionId, resumed: false });
    this.#resolveReady();
  }

  #setState(state: ConnectionState): void {
    this.#state = Object.freeze(state);
    this.events.emit("state", this.#state);
  }

  /** @param reason undefined when closing was asked for */
  #end(reason: Error | undefined): void {
    if (this.isClosed) return;
    this.#refusal = closedError(this.#options.url, { reason, wasConnected: this.#state.status === "connected" });
    this.#deadline?.cancel();
    this.#lingering?.cancel();
    this.#dial?.abandon();
    this.#renewal?.end(this.#refusal);
    this.#session?.end("done", this.#refusal);
    this.#waiting.fail(this.#refusal);
    this.#rejectReady(this.#refusal);
    this.#setState(reason === undefined ? { status: "closed" } : { status: "closed", reason });
    this.#resolveClosed(reason);
  }
}
