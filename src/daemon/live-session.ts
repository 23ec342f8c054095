import type { Established } from "../auth/established.js";
import type { Grant } from "../auth/grant.js";
import type { Principal } from "../auth/principal.js";
import { CLOCK_SKEW_MS } from "../auth/validity.js";
import { proxyFactory } from "../client/proxy.js";
import { ConnectionError } from "../errors/hearthwire-error.js";
import type { CallHandlerOptions } from "../objects/call-handler-options.js";
import { createCallHandler, type ServingCallHandler } from "../objects/create-call-handler.js";
import type { ObjectRegistry } from "../objects/object-registry.js";
import type { PayloadSerializer } from "../serializers/payload.js";
import type { Clock, Timer } from "../session/clock.js";
import type { FlushScheduler } from "../session/flush-scheduler.js";
import type { SessionLimits } from "../session/limits.js";
import type { CallMaker } from "../session/outbound-call.js";
import { Session } from "../session/session.js";
import type { Transport, TransportReceiver } from "../transport/transport.js";
import { alarm } from "./alarm.js";
import { RelayedObjects } from "./relayed-objects.js";
import type { DaemonEvents, Denial, SessionInfo } from "./daemon-events.js";
import type { CoreOptions, HandshakeRequest } from "./options.js";
import type { PeerFacts } from "./peer-facts.js";
import type { PrincipalUsage, SessionSeat } from "./principal-usage.js";
import { type VisibleObject, visibleObjects } from "./visible-objects.js";

/** `open` comes in one flight with CONFIRM; a peer that holds it back holds a session that nobody counts. */
const OPEN_DEADLINE_MS = 5_000;

/** Deadline of calls that this side makes to its peer, in ms. */
const CALL_TIMEOUT_MS = 30_000;

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
  readonly maxFrameBytes: number;
}

/** Whom a session tells. */
export interface SessionObserver {
  /** The session is open; nothing of it has run yet. */
  accepted(session: LiveSession): void;
  threw(...event: DaemonEvents["threw"]): void;
  unobserved(...event: DaemonEvents["unobserved"]): void;
  denied(session: LiveSession, use: Pick<Denial, "object" | "member" | "reason" | "limit">): void;
  ended(session: LiveSession, error: Error | undefined): void;
}

/** What was agreed with one peer. */
export interface SessionTerms {
  readonly sessionId: string;
  readonly principal: Principal;
  readonly grant: Grant;
  readonly serializer: PayloadSerializer;
  readonly facts: PeerFacts;
}

/** The session of a peer that has proved itself: its calls run here, within what its credential allows. */
export class LiveSession {
  readonly info: SessionInfo;
  readonly keyId: string;
  /** Why it never opened. */
  refusal: string | undefined;
  readonly #session: Session;
  readonly #handlerOptions: CallHandlerOptions;
  readonly #handler: ServingCallHandler;
  readonly #environment: SessionEnvironment;
  readonly #observer: SessionObserver;
  readonly #who: Omit<HandshakeRequest, "data">;
  readonly #seat: SessionSeat;
  readonly #expiry: Timer | undefined;
  readonly #openDeadline: Timer;
  #isAccepted = false;
  /** Resolves when the session has ended and its instances are disposed. */
  readonly gone: Promise<void>;

  constructor(environment: SessionEnvironment, terms: SessionTerms, observer: SessionObserver) {
    this.#environment = environment;
    this.#observer = observer;
    const { clock, registry, authorize, interceptors } = environment;
    const { sessionId, serializer, facts, principal, grant } = terms;
    this.keyId = grant.keyId;
    this.#who = {
      principal,
      ...(facts.remoteAddress === undefined ? {} : { remoteAddress: facts.remoteAddress }),
      ...(facts.origin === undefined ? {} : { origin: facts.origin }),
      ...(facts.peerCertificate === undefined ? {} : { peerCertificate: facts.peerCertificate }),
    };
    const { peerCertificate, ...known } = this.#who;
    this.info = Object.freeze({
      sessionId,
      ...known,
      keyId: grant.keyId,
      get keyFingerprint() {
        return grant.keyFingerprint;
      },
      ...(peerCertificate === undefined ? {} : { certificateFingerprint: peerCertificate.fingerprint256 }),
      references: () => this.#session.references(),
      close: () => this.#session.close(),
    });
    this.#seat = environment.usage.take(principal.id);
    const unobserved = (...event: DaemonEvents["unobserved"]): void => observer.unobserved(...event);
    this.#handlerOptions = {
      registry,
      authorize,
      session: { sessionId, ...this.#who, locals: new Map() },
      allows: (object, member) => grant.allows(object, member),
      interceptors,
      relayed: new RelayedObjects().find,
      unobserved,
      denied: ({ object, member, existing }) => {
        const isGranted = object === "" || existing === undefined || grant.allows(object, existing);
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
    environment.siblings.add(this.#session);
    this.#session.on("unobserved", unobserved);
    this.#session.on("threw", (error, call) => observer.threw(error, call));
    this.#session.on("ended", (error) => this.#ended(error));
    this.gone = this.#session.ended.then(() => this.#handler.dispose());
    this.#openDeadline = clock.after(OPEN_DEADLINE_MS, () =>
      this.#session.end("protocol", new ConnectionError("HW_REFUSED", "the session was not opened in time")),
    );
    if (grant.expiresAtMs !== undefined) {
      this.#expiry = alarm(clock, grant.expiresAtMs + CLOCK_SKEW_MS, () =>
        this.#session.end(
          "expired",
          new ConnectionError("HW_CREDENTIALS_EXPIRED", `the credential of ${principal.id} has expired`),
        ),
      );
    }
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
    return this.#session.attach(transport, established);
  }

  /** The key that the session rests on is no longer accepted. */
  revoke(): void {
    this.#session.end("revoked", new ConnectionError("HW_REFUSED", `the key "${this.keyId}" is no longer accepted`));
  }

  /** Lets running calls finish within the grace period, then ends; resolves when everything of it is gone. */
  async drain(graceMs: number): Promise<void> {
    await this.#session.drain(graceMs);
    await this.gone;
  }

  #open(data: unknown): unknown {
    this.#openDeadline.cancel();
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

  async #ask(onHandshake: NonNullable<CoreOptions["onHandshake"]>, data: unknown): Promise<unknown> {
    let answer: unknown;
    try {
      answer = await onHandshake({ data, ...this.#who });
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

  #ended(error: Error | undefined): void {
    this.#openDeadline.cancel();
    this.#expiry?.cancel();
    this.#seat.leave();
    this.#observer.ended(this, error);
  }
}
