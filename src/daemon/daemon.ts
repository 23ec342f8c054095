import type { Established } from "../auth/established.js";
import { type Accepted, type Grant, ServerHandshake } from "../auth/server-handshake.js";
import { TicketDenyList } from "../auth/ticket-deny-list.js";
import { mintTicketAt, type Ticket, type TicketOptions } from "../auth/ticket.js";
import { toHex } from "../client/hex.js";
import type { HearthwireError } from "../errors/hearthwire-error.js";
import { NAMES_OBJECT_ID, ObjectRegistry, type RegisterOptions } from "../objects/object-registry.js";
import type { AnyFunction } from "../objects/member-name.js";
import { Emitter } from "../observe/emitter.js";
import type { PayloadSerializer } from "../serializers/payload.js";
import { endpointSerializers } from "../serializers/endpoint-serializers.js";
import { type Clock, systemClock } from "../session/clock.js";
import { quietMicrotasks } from "../session/flush-scheduler.js";
import { DEFAULT_SESSION_LIMITS } from "../session/limits.js";
import type { Transport, TransportReceiver } from "../transport/transport.js";
import { Acceptance, type Confirmed, TooSoon } from "./accept.js";
import { auditEvents } from "./audit-trail.js";
import { type DaemonStatistics, DaemonTally } from "./daemon-statistics.js";
import { verifiedHandshake } from "./verified-handshake.js";
import { type DaemonFunctions, daemonObject } from "./daemon-object.js";
import type { DaemonEvents, Denial, Refusal, RemovedName, SessionInfo } from "./daemon-events.js";
import { logEvents } from "./event-log.js";
import { Departures } from "./departures.js";
import { DetachedSessions } from "./detached-sessions.js";
import { FailedProofs } from "./failed-proofs.js";
import { FloodCap } from "./flood-cap.js";
import { completeLimits, type Limits } from "./limits.js";
import { type CloseOptions, graceOf } from "./close-options.js";
import { LiveSession, type SessionObserver } from "./live-session.js";
import { checkOptions, type CoreOptions } from "./options.js";
import type { PeerFacts } from "./peer-facts.js";
import { PrincipalUsage } from "./principal-usage.js";
import { refusalOfPeer, refusalOfSession } from "./refusal-of.js";
import type { SessionEnvironment } from "./session-environment.js";
import { SessionTable } from "./session-table.js";
import type { Renewal } from "./session-terms.js";
import { completeSessionTimes, type SessionTimes } from "./session-times.js";
import { escaped, safeText } from "../observe/safe-text.js";
import type { VisibleObject } from "./visible-objects.js";
import { WaitingRoom } from "./waiting-room.js";

export type { DaemonEvents, Refusal, SessionInfo } from "./daemon-events.js";

/**
 * A daemon without a listener: it takes transports from whoever listens, proves their peers, and serves objects to them.
 * Nothing of a session exists, and no code of the program runs, before a peer has proved itself.
 */
export class DaemonCore {
  /** Resolves once `close` is done. */
  readonly closed: Promise<void>;
  /** Tickets that are refused before they expire. */
  readonly deniedTickets: TicketDenyList;
  readonly #options: CoreOptions;
  readonly #limits: Limits;
  readonly #times: SessionTimes;
  readonly #serializers: ReadonlyMap<number, PayloadSerializer>;
  readonly #registry = new ObjectRegistry();
  readonly #events = new Emitter<DaemonEvents>();
  readonly #tally: DaemonTally;
  readonly #environment: SessionEnvironment;
  readonly #room = new WaitingRoom<Acceptance>();
  readonly #failedProofs: FailedProofs;
  readonly #departures: Departures;
  readonly #table: SessionTable;
  #welcomes = 0;
  /** Those that are open. */
  readonly #sessions = new Map<string, SessionInfo>();
  /** Ends listening to what credentials are taken back. */
  readonly #forgetCredentials: readonly (() => void)[];
  readonly #denials: FloodCap<Omit<Denial, "leftOut">>;
  #endAudit: (() => void) | undefined;
  #endLog: (() => void) | undefined;
  #audiences: readonly string[] = [];
  #isClosing = false;
  #settle!: () => void;

  /**
   * @param objects served by id
   * @throws ConfigError `HW_OPTION_INVALID` for a wrong option, `HW_CANNOT_EXPOSE` for what can't be served
   */
  constructor(objects: Readonly<Record<string, object>>, options: CoreOptions) {
    checkOptions(options);
    this.#options = options;
    this.deniedTickets = options.deniedTickets ?? new TicketDenyList({ nowMs: () => this.#environment.clock.now() });
    this.#limits = completeLimits(options.limits);
    this.#times = completeSessionTimes(options.sessions);
    this.#serializers = new Map(endpointSerializers(options).map((one) => [one.id, one]));
    const { clock = systemClock } = options;
    this.#departures = new Departures(clock);
    this.#table = new SessionTable(clock);
    const detached = new DetachedSessions(this.#limits);
    this.#environment = {
      authorize: options.authorize,
      exposeStacks: options.exposeStacks,
      traceReferences: options.traceReferences,
      onHandshake: options.onHandshake,
      interceptors: [...(options.interceptors ?? [])],
      registry: this.#registry,
      siblings: new WeakSet(),
      clock,
      scheduleFlush: options.scheduleFlush ?? quietMicrotasks,
      limits: { ...DEFAULT_SESSION_LIMITS, ...this.#limits },
      usage: new PrincipalUsage({
        limits: this.#limits,
        clock,
        makeRoom: (principalId) => detached.makeRoom(principalId),
      }),
      unopened: new WaitingRoom(),
      departures: this.#departures,
      detached,
      maxFrameBytes: this.#limits.maxFrameBytes,
      times: this.#times,
    };
    this.#tally = new DaemonTally(this.#events, this.#sessions);
    this.#failedProofs = new FailedProofs(clock);
    this.#denials = new FloodCap(clock, (denial, leftOut) => this.#events.emit("denied", { ...denial, leftOut }));
    if (options.audit !== undefined) this.#endAudit = auditEvents({ events: this.#events, clock }, options.audit);
    if (options.logger !== undefined) this.#endLog = logEvents({ events: this.#events, clock }, options.logger);
    this.#registry.registerOwn(this.#ownObject(options.listObjects === true));
    for (const [id, object] of Object.entries(objects)) this.#registry.register(object, { id });
    this.#forgetCredentials = [
      options.keys.onRemoved((keyId) => this.#revokeKey(keyId)),
      this.deniedTickets.onDenied(() => this.#revokeTickets()),
    ];
    this.closed = new Promise((resolve) => (this.#settle = resolve));
  }

  /** The time that the daemon goes by. */
  get clock(): Clock {
    return this.#environment.clock;
  }

  /** The open sessions, by id. */
  get sessions(): ReadonlyMap<string, SessionInfo> {
    return this.#sessions;
  }

  /** What the daemon and its sessions have done so far, and hold now. */
  get statistics(): DaemonStatistics {
    return this.#tally.statistics;
  }

  /** Says as what peers reach the daemon, from now on: the accepted audiences of their HELLO. */
  setReachable(reach: { readonly audiences: readonly string[] }): void {
    this.#audiences = reach.audiences;
  }

  /** Takes a transport that a listener brought; the daemon owns it from now on. */
  accept(transport: Transport, facts: PeerFacts = {}): void {
    const { clock } = this.#environment;
    const acceptance = new Acceptance(transport, {
      facts,
      clock,
      room: this.#room,
      failedProofs: this.#failedProofs,
      departures: this.#departures,
      handshake: verifiedHandshake(
        facts,
        new ServerHandshake({
          keys: this.#options.keys,
          audiences: this.#audiences,
          serializers: [...this.#serializers.keys()],
          maxFrameBytes: this.#limits.maxFrameBytes,
          heartbeatMs: this.#times.heartbeatMs,
          windowMs: this.#times.windowMs,
          nowMs: () => clock.now(),
          after: (delayMs, task) => clock.after(delayMs, task),
          deniedTickets: this.deniedTickets,
          isExposed: facts.isExposed,
          channelBinding: facts.channelBinding,
          certificateCredential: facts.certificateCredential,
          findSession: this.#table.find,
        }),
      ),
      welcoming: (accepted) => {
        const { isResumed, windowMs } = accepted.established;
        if (!isResumed && windowMs > 0) this.#table.offer(accepted);
        return (this.#welcomes += 1);
      },
      refused: (reason, claimed) => this.refused(refusalOfPeer(facts, { reason, ...claimed })),
      authenticated: (accepted, confirmed) => {
        const begun = this.#begin(transport, { accepted, confirmed, facts });
        facts.onAuthenticated?.();
        return begun;
      },
    });
    if (this.#isClosing) acceptance.drain();
    else this.#room.enter(acceptance);
    transport.start(acceptance);
  }

  /** Reports a peer that was turned away, by a listener before it became a transport too. */
  refused(refused: Refusal): void {
    // Whoever was refused may have chosen words of the reason, such as the audience. Our own stay whole: the remedy is last.
    this.#events.emit("refused", { ...refused, reason: escaped(refused.reason) });
  }

  /** Serves what a name server says, under the id that is kept for it. */
  serveNames(functions: Readonly<Record<string, AnyFunction>>): void {
    this.#registry.registerOwn(functions, NAMES_OBJECT_ID);
  }

  /** Reports how the registration of its names went, by who registers them. */
  reportNames(names: readonly string[], error?: Error): void {
    if (error === undefined) this.#events.emit("named", { names });
    else this.#events.emit("namingFailed", error, { names });
  }

  /** Reports that somebody has removed one of its names. */
  reportRemovedName(removed: RemovedName): void {
    this.#events.emit("nameRemoved", removed);
  }

  /** Whether somebody listens to an event. */
  hasListeners(event: keyof DaemonEvents): boolean {
    return this.#events.hasListeners(event);
  }

  /**
   * Serves one more object and returns its id.
   * @throws ConfigError `HW_CANNOT_EXPOSE`, `HW_OPTION_INVALID`
   */
  register(object: object, options?: RegisterOptions): string {
    return this.#registry.register(object, options);
  }

  /** The id that an object is served under, if it is. */
  idOf(objectOrId: object | string): string | undefined {
    return this.#registry.idOf(objectOrId);
  }

  /** Ends serving an object; returns whether it was served. References that peers hold go on working. */
  unregister(objectOrId: object | string): boolean {
    return this.#registry.unregister(objectOrId);
  }

  /**
   * Mints a ticket with the ring's `mint` key.
   * @throws ConfigError
   */
  mintTicket(options: TicketOptions): Ticket {
    return mintTicketAt(this.#environment.clock.now(), { ...options, keys: this.#options.keys });
  }

  /** Adds a listener and returns the function that removes it. */
  on<E extends keyof DaemonEvents>(event: E, listener: (...args: DaemonEvents[E]) => void): () => void {
    return this.#events.on(event, listener);
  }

  /**
   * Takes no more peers and no more calls, lets running ones finish, then ends every session with `bye drain`. Asked
   * twice it is the same closing, with the grace that is over first.
   *
   * @param options `graceMs` 0..2_147_483_647, @default 5_000
   * @throws ConfigError `HW_OPTION_INVALID`
   */
  async close(options: CloseOptions = {}): Promise<void> {
    const graceMs = graceOf(options);
    const drained = Promise.all(this.#table.confirmed.map((session) => session.drain(graceMs)));
    if (!this.#isClosing) {
      this.#isClosing = true;
      void this.#close(drained);
    }
    await this.closed;
  }

  async #close(drained: Promise<unknown>): Promise<void> {
    for (const guest of this.#room) guest.drain();
    await drained;
    // Not sooner: what is taken back during the grace ends its sessions too.
    for (const forget of this.#forgetCredentials) forget();
    this.#table.clear();
    await this.#registry.dispose((error, where) => this.#events.emit("unobserved", error, where));
    this.#environment.usage.end();
    this.#denials.end();
    this.#endAudit?.();
    this.#endLog?.();
    this.#settle();
  }

  #begin(
    transport: Transport,
    peer: { readonly accepted: Accepted; readonly confirmed: Confirmed; readonly facts: PeerFacts },
  ): Pick<TransportReceiver, "frame" | "closed"> {
    const { accepted, confirmed, facts } = peer;
    const { principal, grant } = accepted;
    const sessionId = toHex(accepted.established.sessionId);
    const { isResumed } = accepted.established;
    const offered = isResumed ? this.#table.offered(sessionId) : undefined;
    const { peerMaxFrameBytes } = offered ?? accepted.established;
    const established = { ...accepted.established, peerMaxFrameBytes, peerAck: confirmed.peerAck };
    if (isResumed && offered === undefined) return this.#renew(transport, { grant, established, facts, confirmed });
    this.#leaveOlder(established, confirmed);
    const serializer = this.#serializers.get(established.serializerId);
    if (serializer === undefined) throw new Error(`no serializer has the id ${established.serializerId}`);
    const session = new LiveSession(
      this.#environment,
      { principal, grant, serializer, facts, established },
      this.#observer,
    );
    this.#table.add(session);
    return session.attach(transport, established);
  }

  /** A session goes on over another transport; until now nothing of it has changed. */
  #renew(
    transport: Transport,
    { confirmed, ...renewal }: Renewal & { readonly confirmed: Confirmed },
  ): Pick<TransportReceiver, "frame" | "closed"> {
    const session = this.#table.get(toHex(renewal.established.sessionId));
    if (session === undefined) throw new Error("the session ended before the peer could go on with it");
    // Looked at for WELCOME too; but of the handshakes that were begun then, only so many may end in a renewal.
    if (session.resumableInMs > 0) throw new TooSoon();
    this.#leaveOlder(renewal.established, confirmed);
    const event = session.info.isAttached ? "renewed" : "resumed";
    const receiver = session.renew(transport, renewal);
    // A wrong ack in CONFIRM has ended it, or it had ended before.
    if (this.#sessions.has(session.info.sessionId)) this.#events.emit(event, session.info);
    return receiver;
  }

  /** Closes the handshakes of a session whose WELCOMEs are older than the one that was confirmed. */
  #leaveOlder({ sessionId }: Pick<Established, "sessionId">, confirmed: Confirmed): void {
    for (const guest of this.#room) guest.replacedBy(sessionId, confirmed);
  }

  #ownObject(isListing: boolean): DaemonFunctions {
    return daemonObject({
      clock: this.#environment.clock,
      visible: isListing ? (sessionId) => this.#visible(sessionId) : undefined,
    });
  }

  #visible(sessionId: string): AsyncIterable<VisibleObject> | undefined {
    return this.#table.get(sessionId)?.visible();
  }

  readonly #observer: SessionObserver = {
    accepted: ({ info }) => {
      this.#sessions.set(info.sessionId, info);
      this.#events.emit("accepted", info);
    },
    threw: (error, call) => this.#events.emit("threw", error, call),
    unobserved: ({ info }, error, call) => this.#events.emit("unobserved", error, call, info),
    denied: ({ info }, { object, member, ...why }) => {
      if (!this.#events.hasListeners("denied")) return;
      const words = { object: safeText(object), member: safeText(member) };
      this.#denials.add(info.principal.id, { session: info, ...words, ...why });
    },
    detached: ({ info }, cause) => this.#events.emit("detached", info, cause),
    ended: (session, error) => this.#ended(session, error),
    forgotten: (session) => this.#table.delete(session),
  };

  #ended(session: LiveSession, error: Error | undefined): void {
    const { info } = session;
    if (!session.isFetchable) this.#table.delete(session);
    this.#sessions.delete(info.sessionId);
    if (!session.isAccepted) {
      const reason = session.refusal ?? error?.message ?? "the peer left before its session was open";
      this.refused(refusalOfSession(info, reason));
    } else if (error === undefined) this.#events.emit("closed", info);
    // Code of the program can only refuse a session before it is accepted: what ends it later is ours.
    else this.#events.emit("closed", info, error as HearthwireError);
  }

  #revokeKey(keyId: string): void {
    for (const guest of this.#room) {
      if (guest.keyId === keyId) guest.refuse(`the key "${keyId}" was removed from "keys"`);
    }
    for (const session of this.#table.unconfirmed) if (session.grant.keyId === keyId) session.end();
    for (const session of this.#table.confirmed) {
      if (session.keyId === keyId) session.revoke(`the key "${keyId}" is no longer accepted`);
    }
  }

  #revokeTickets(): void {
    for (const guest of this.#room) {
      const denial = this.#denialOf(guest.grant);
      if (denial !== undefined) guest.refuse(`ticket: ${denial}`);
    }
    for (const session of this.#table.unconfirmed) if (this.#denialOf(session.grant) !== undefined) session.end();
    for (const session of this.#table.confirmed) {
      // The peer is told no more than that it is over: whether others were denied too is not its business.
      if (this.#denialOf(session.grant) !== undefined) session.revoke("the ticket is no longer accepted");
    }
  }

  #denialOf(grant: Grant | undefined): string | undefined {
    return grant?.ticket === undefined ? undefined : this.deniedTickets.denialOf(grant.ticket);
  }
}
