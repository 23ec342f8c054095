import type { Established } from "../auth/established.js";
import type { Grant } from "../auth/grant.js";
import type { Principal } from "../auth/principal.js";
import type { ResumableSession } from "../auth/resumption.js";
import { CLOCK_SKEW_MS } from "../auth/validity.js";
import { toHex } from "../client/hex.js";
import { proxyFactory } from "../client/proxy.js";
import { ConnectionError } from "../errors/hearthwire-error.js";
import type { CallHandlerOptions } from "../objects/call-handler-options.js";
import { createCallHandler, type ServingCallHandler } from "../objects/create-call-handler.js";
import type { UnobservedListener } from "../objects/unobserved-listener.js";
import type { Timer } from "../session/clock.js";
import { Session } from "../session/session.js";
import type { Transport, TransportReceiver } from "../transport/transport.js";
import { alarm } from "../session/alarm.js";
import { CloseCode } from "../wire/constants.js";
import { IdleWatch } from "./idle-watch.js";
import { LiveSessionInfo } from "./live-session-info.js";
import { RelayedObjects } from "./relayed-objects.js";
import { ConnectionAge } from "./connection-age.js";
import type { DaemonEvents, Denial, SessionInfo } from "./daemon-events.js";
import type { CoreOptions } from "./options.js";
import type { DetachedSession } from "./detached-sessions.js";
import type { SessionSeat } from "./principal-usage.js";
import { RenewalPace } from "./renewal-pace.js";
import type { SessionEnvironment } from "./session-environment.js";
import { ServedPeer } from "./served-peer.js";
import { knownFacts, type Renewal, type SessionTerms } from "./session-terms.js";
import { type VisibleObject, visibleObjects } from "./visible-objects.js";
import type { Guest } from "./waiting-room.js";

/** `open` comes in one flight with CONFIRM; a peer that holds it back holds a session that nobody uses. */
const OPEN_DEADLINE_MS = 5_000;

/** Deadline of calls that this side makes to its peer, in ms. */
const CALL_TIMEOUT_MS = 30_000;

/** Whom a session tells. */
export interface SessionObserver {
  /** The session is open; nothing of it has run yet. */
  accepted(session: LiveSession): void;
  threw(...event: DaemonEvents["threw"]): void;
  unobserved(session: LiveSession, ...event: Parameters<UnobservedListener>): void;
  denied(session: LiveSession, use: Pick<Denial, "object" | "member" | "reason" | "limit">): void;
  /** It was accepted before, has lost its channel, and waits for another. */
  detached(session: LiveSession, cause: ConnectionError): void;
  ended(session: LiveSession, error: Error | undefined): void;
  /** It has ended, and nobody can come for its last words any more. */
  forgotten(session: LiveSession): void;
}

/** The session of a peer that has proved itself: its calls run here, within what its credential allows. */
export class LiveSession implements ResumableSession, DetachedSession, Guest {
  readonly info: SessionInfo;
  /** Whatever its peer's is: those that are not open yet are bounded in all. */
  readonly address = undefined;
  readonly serializerId: number;
  readonly peerMaxFrameBytes: number;
  readonly resumeKey: Uint8Array;
  /** Why it never opened. */
  refusal: string | undefined;
  readonly #session: Session;
  readonly #peer: ServedPeer;
  readonly #handlerOptions: CallHandlerOptions;
  readonly #handler: ServingCallHandler;
  readonly #environment: SessionEnvironment;
  readonly #observer: SessionObserver;
  readonly #seat: SessionSeat;
  #expiry: Timer | undefined;
  /** Until it is open. */
  #openDeadline: Timer | undefined;
  readonly #pace = new RenewalPace();
  /** Where lines have an age, and sessions may not be idle for ever. */
  readonly #age: ConnectionAge | undefined;
  readonly #idleWatch: IdleWatch | undefined;
  #retention: Timer | undefined;
  #transport: Transport | undefined;
  #isOpened = false;
  #isAccepted = false;
  /** Resolves when the session has ended and its instances are disposed. */
  readonly gone: Promise<void>;

  constructor(environment: SessionEnvironment, terms: SessionTerms, observer: SessionObserver) {
    this.#environment = environment;
    this.#observer = observer;
    const { clock, registry, authorize, interceptors } = environment;
    const { serializer, facts, principal, established } = terms;
    this.serializerId = established.serializerId;
    this.peerMaxFrameBytes = established.peerMaxFrameBytes;
    this.resumeKey = established.resumeKey;
    const peer = new ServedPeer(toHex(established.sessionId), terms);
    this.#peer = peer;
    this.#seat = environment.usage.take(principal.id);
    const unobserved: UnobservedListener = (...event) => observer.unobserved(this, ...event);
    const relayedObjects = new RelayedObjects();
    this.#handlerOptions = {
      registry,
      authorize,
      session: peer,
      allows: (object, member) => peer.grant.allows(object, member),
      allowsSome: (object) => peer.grant.allowsSome(object),
      interceptors,
      clock,
      relayed: (target) => relayedObjects.find(target),
      unobserved,
      denied: ({ object, member, existing }) => {
        const isGranted = object === "" || existing === undefined || peer.grant.allows(object, existing);
        const denier = isGranted ? "authorizer" : "credential";
        observer.denied(this, { object, member, reason: existing === undefined ? "missing" : denier });
      },
    };
    this.#handler = createCallHandler(this.#handlerOptions);
    this.#session = new Session({
      role: "server",
      handler: this.#handler,
      proxies: proxyFactory(
        { connection: undefined, unobserved },
        { interceptors, clock, defaultTimeoutMs: CALL_TIMEOUT_MS },
      ),
      relays: (session) => environment.siblings.has(session),
      serializer,
      limits: environment.limits,
      admission: this.#seat.calls,
      limited: ({ limit }, where) => observer.denied(this, { ...where, reason: "limit", limit }),
      clock,
      scheduleFlush: environment.scheduleFlush,
      maxFrameBytes: environment.maxFrameBytes,
      defaultTimeoutMs: CALL_TIMEOUT_MS,
      peer: facts.remoteAddress,
      exposeStacks: environment.exposeStacks,
      traceReferences: environment.traceReferences,
      onOpen: (data) => this.#open(data),
    });
    peer.servedBy(this.#session);
    this.info = new LiveSessionInfo(this.#session, peer);
    environment.siblings.add(this.#session);
    this.#session.on("unobserved", unobserved);
    this.#session.on("threw", (error, call) => observer.threw(error, call));
    this.#session.on("detached", ({ cause }) => this.#detached(cause));
    this.#session.on("kept", () => environment.detached.grown(this));
    this.#session.on("ended", (error) => this.#ended(error));
    this.gone = this.#session.ended.then(() => this.#handler.dispose());
    // Not "protocol", after which a client gives up: its "open" may have been lost with its line.
    this.#openDeadline = clock.after(OPEN_DEADLINE_MS, () =>
      this.#session.end("overloaded", new ConnectionError("HW_REFUSED", "the session was not opened in time")),
    );
    environment.unopened.enter(this);
    this.#watchExpiry();
    const { idleTimeoutMs, maxConnectionAgeMs } = environment.times;
    if (maxConnectionAgeMs > 0) {
      this.#age = new ConnectionAge({ clock, maxAgeMs: maxConnectionAgeMs, over: () => this.#leaveLine() });
    }
    if (idleTimeoutMs > 0) this.#idleWatch = this.#watchUse(idleTimeoutMs);
  }

  #watchUse(idleTimeoutMs: number): IdleWatch {
    return new IdleWatch({
      clock: this.#environment.clock,
      timeoutMs: idleTimeoutMs,
      isBusy: () => Object.values(this.#session.statistics).some((count) => count > 0),
      uses: () => this.#session.uses,
      over: () => this.#session.end("done", closedError(`nobody used the session for ${idleTimeoutMs} ms`)),
    });
  }

  get principal(): Principal {
    return this.info.principal;
  }

  get takenSeq(): number {
    return this.#session.takenSeq;
  }

  get resumableInMs(): number {
    return this.#pace.waitMs(this.#environment.clock.now());
  }

  get isEnded(): boolean {
    return this.#session.isEnded;
  }

  get heldBytes(): number {
    return this.#session.heldBytes;
  }

  /** It has ended here, and its peer may come for what it has not heard yet. */
  get isFetchable(): boolean {
    return this.#session.isFetchable;
  }

  /** What the credential that came last allows. */
  get grant(): Grant {
    return this.#peer.grant;
  }

  /** The key that the session rests on. */
  get keyId(): string {
    return this.grant.keyId;
  }

  get isAccepted(): boolean {
    return this.#isAccepted;
  }

  /** The named objects that its peer may use. */
  visible(): AsyncIterable<VisibleObject> {
    return visibleObjects(this.#environment.registry, this.#handlerOptions);
  }

  /** Takes the transport whose handshake is done, and gives who takes what it brings from now on. */
  attach(transport: Transport, established: Established): Pick<TransportReceiver, "frame" | "closed"> {
    this.#transport = transport;
    if (!this.isEnded) this.#age?.begin();
    return this.#session.attach(transport, established);
  }

  /** What the session rests on is no longer accepted; the peer is told the sentence. */
  revoke(why: string): void {
    this.#session.end("revoked", new ConnectionError("HW_REFUSED", why));
  }

  /** Its line is seen off like a stranger's, so that it is not held longer than the session. */
  closeForRoom(limit: number): void {
    const why = `${limit} sessions had not been opened yet, and this one, the oldest, made room`;
    const transport = this.#transport;
    this.#session.end("overloaded", new ConnectionError("HW_REFUSED", why));
    this.forget();
    if (transport !== undefined) this.#environment.departures.seeOff(transport, CloseCode.LIMITS);
  }

  evict(why: string): void {
    this.#session.end("overloaded", new ConnectionError("HW_SESSION_LOST", why));
    this.forget();
  }

  /** Drops what has ended and is kept for its peer. */
  forget(): void {
    this.#retention?.cancel();
    this.#environment.detached.leave(this);
    this.#session.forget();
    this.#observer.forgotten(this);
  }

  /**
   * Goes on over another transport whose handshake is done, with what its credential allows and for as long. One that has
   * ended is only heard to its end there.
   */
  renew(transport: Transport, { grant, facts, established }: Renewal): Pick<TransportReceiver, "frame" | "closed"> {
    this.#pace.note(this.#environment.clock.now());
    if (this.isEnded) return this.#session.attach(transport, established);
    this.#environment.detached.leave(this);
    if (!this.#isOpened) this.#environment.unopened.enter(this);
    this.#peer.renew(grant, facts);
    this.#expiry?.cancel();
    this.#watchExpiry();
    return this.attach(transport, established);
  }

  /** Lets running calls finish within the grace period, then ends; resolves when everything of it is gone. */
  async drain(graceMs: number): Promise<void> {
    await this.#session.drain(graceMs);
    await this.gone;
  }

  #watchExpiry(): void {
    const { expiresAtMs } = this.grant;
    if (expiresAtMs === undefined) return;
    this.#expiry = alarm(this.#environment.clock, expiresAtMs + CLOCK_SKEW_MS, () => {
      const error = new ConnectionError("HW_CREDENTIALS_EXPIRED", `the credential of ${this.principal.id} has expired`);
      // Its peer may come back with a fresh one, while there is a session to come back to.
      if (this.#session.windowMs === 0) this.#session.end("expired", error);
      else this.#session.detach(CloseCode.UNAUTHENTICATED, error);
    });
  }

  /** The peer goes on with the session over another line. */
  #leaveLine(): void {
    const { maxConnectionAgeMs } = this.#environment.times;
    this.#session.detach(CloseCode.DRAINING, closedError(`the line was ${maxConnectionAgeMs} ms old`));
  }

  #open(data: unknown): unknown {
    this.#isOpened = true;
    this.#stopOpenDeadline();
    this.#environment.unopened.leave(this);
    const { onHandshake } = this.#environment;
    try {
      this.#seat.admit();
    } catch (error) {
      this.#refused(error);
    }
    if (onHandshake !== undefined) return this.#ask(onHandshake, data);
    this.#accept();
    return undefined;
  }

  #stopOpenDeadline(): void {
    this.#openDeadline?.cancel();
    this.#openDeadline = undefined;
  }

  async #ask(onHandshake: NonNullable<CoreOptions["onHandshake"]>, data: unknown): Promise<unknown> {
    let answer: unknown;
    try {
      answer = await onHandshake({ data, principal: this.principal, ...knownFacts(this.#peer) });
    } catch (error) {
      this.#refused(error);
    }
    if (!this.#session.isEnded) this.#accept();
    return answer;
  }

  #accept(): void {
    this.#isAccepted = true;
    this.#observer.accepted(this);
  }

  #refused(error: unknown): never {
    const message = error instanceof Error ? error.message : "it threw a value that is no Error";
    this.refusal = `${this.info.principal.id}: ${message}`;
    throw error;
  }

  #detached(cause: ConnectionError): void {
    const { detached, unopened } = this.#environment;
    this.#age?.cancel();
    this.#transport = undefined;
    // Whoever has gone shall not push out who is about to say "open".
    unopened.leave(this);
    detached.enter(this);
    if (this.#isAccepted) this.#observer.detached(this, cause);
  }

  #ended(error: Error | undefined): void {
    const { clock, unopened, detached } = this.#environment;
    this.#transport = undefined;
    this.#stopOpenDeadline();
    unopened.leave(this);
    for (const timer of [this.#expiry, this.#age, this.#idleWatch]) timer?.cancel();
    this.#seat.leave();
    detached.leave(this);
    if (this.isFetchable) {
      detached.enter(this);
      this.#retention = clock.after(this.#session.windowMs, () => this.forget());
    }
    this.#observer.ended(this, error);
  }
}

function closedError(why: string): ConnectionError {
  return new ConnectionError("HW_CONNECTION_CLOSED", why);
}
