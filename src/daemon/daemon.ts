import { type Accepted, ServerHandshake } from "../auth/server-handshake.js";
import { mintTicketAt, type Ticket, type TicketOptions } from "../auth/ticket.js";
import { toHex } from "../client/hex.js";
import { ConfigError, LimitError } from "../errors/hearthwire-error.js";
import { ObjectRegistry, type RegisterOptions } from "../objects/object-registry.js";
import { Emitter } from "../observe/emitter.js";
import type { PayloadSerializer } from "../serializers/payload.js";
import { endpointSerializers } from "../serializers/endpoint-serializers.js";
import { systemClock } from "../session/clock.js";
import { quietMicrotasks } from "../session/flush-scheduler.js";
import { DEFAULT_SESSION_LIMITS } from "../session/limits.js";
import type { Transport, TransportReceiver } from "../transport/transport.js";
import { Acceptance } from "./accept.js";
import { type DaemonFunctions, daemonObject } from "./daemon-object.js";
import type { DaemonEvents, Refusal, SessionInfo } from "./daemon-events.js";
import { logEvents } from "./event-log.js";
import { Departures } from "./departures.js";
import { completeLimits, type Limits } from "./limits.js";
import { LiveSession, type SessionEnvironment, type SessionObserver } from "./live-session.js";
import { checkOptions, type CoreOptions } from "./options.js";
import type { PeerFacts } from "./peer-facts.js";
import { escaped } from "../observe/safe-text.js";
import type { VisibleObject } from "./visible-objects.js";
import { WaitingRoom } from "./waiting-room.js";

export type { DaemonEvents, Refusal, SessionInfo } from "./daemon-events.js";

/** How often a quiet line is looked at, in ms; the client learns it in WELCOME. */
const HEARTBEAT_MS = 20_000;

/** How long a session outlives its line, in ms. */
const WINDOW_MS = 0;

/** How long running calls may take when the daemon closes, in ms. */
export const DEFAULT_GRACE_MS = 5_000;

/**
 * A daemon without a listener: it takes transports from whoever listens, proves their peers, and serves objects to them.
 * Nothing of a session exists, and no code of the program runs, before a peer has proved itself.
 */
export class DaemonCore {
  /** Resolves once `close` is done. */
  readonly closed: Promise<void>;
  readonly #options: CoreOptions;
  readonly #limits: Limits;
  readonly #serializers: ReadonlyMap<number, PayloadSerializer>;
  readonly #registry = new ObjectRegistry();
  readonly #events = new Emitter<DaemonEvents>();
  readonly #environment: SessionEnvironment;
  readonly #room = new WaitingRoom<Acceptance>();
  readonly #departures: Departures;
  /** Every session from CONFIRM to its end. */
  readonly #live = new Set<LiveSession>();
  /** Those that are open. */
  readonly #sessions = new Map<string, SessionInfo>();
  readonly #forgetKeys: () => void;
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
    this.#limits = completeLimits(options.limits);
    this.#serializers = new Map(endpointSerializers(options).map((one) => [one.id, one]));
    this.#environment = {
      authorize: options.authorize,
      exposeStacks: options.exposeStacks,
      traceReferences: options.traceReferences,
      onHandshake: options.onHandshake,
      interceptors: [...(options.interceptors ?? [])],
      registry: this.#registry,
      siblings: new WeakSet(),
      clock: options.clock ?? systemClock,
      scheduleFlush: options.scheduleFlush ?? quietMicrotasks,
      limits: { ...DEFAULT_SESSION_LIMITS, ...this.#limits },
      maxFrameBytes: this.#limits.maxFrameBytes,
    };
    this.#departures = new Departures(this.#environment.clock);
    if (options.logger !== undefined) logEvents(this.#events, options.logger);
    this.#registry.registerOwn(this.#ownObject(options.listObjects === true));
    for (const [id, object] of Object.entries(objects)) this.#registry.register(object, { id });
    this.#forgetKeys = options.keys.onRemoved((key) => this.#revoke(key.id));
    this.closed = new Promise((resolve) => (this.#settle = resolve));
  }

  /** The open sessions, by id. */
  get sessions(): ReadonlyMap<string, SessionInfo> {
    return this.#sessions;
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
      departures: this.#departures,
      handshake: new ServerHandshake({
        keys: this.#options.keys,
        audiences: this.#audiences,
        serializers: [...this.#serializers.keys()],
        maxFrameBytes: this.#limits.maxFrameBytes,
        heartbeatMs: HEARTBEAT_MS,
        windowMs: WINDOW_MS,
        nowMs: () => clock.now(),
        channelBinding: facts.channelBinding,
      }),
      refused: (reason) => this.refused(refusal(facts, reason)),
      authenticated: (accepted, peerAck) => this.#begin(transport, { accepted, peerAck, facts }),
    });
    if (this.#isClosing) acceptance.refuse("the daemon is closing");
    else this.#room.enter(acceptance);
    transport.start(acceptance);
  }

  /** Reports a peer that was turned away, by a listener before it became a transport too. */
  refused(refused: Refusal): void {
    // Whoever was refused may have chosen words of the reason, such as the audience. Our own stay whole: the remedy is last.
    this.#events.emit("refused", { ...refused, reason: escaped(refused.reason) });
  }

  /**
   * Serves one more object and returns its id.
   * @throws ConfigError `HW_CANNOT_EXPOSE`, `HW_OPTION_INVALID`
   */
  register(object: object, options?: RegisterOptions): string {
    return this.#registry.register(object, options);
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
   * twice it is the same closing.
   *
   * @param options `graceMs` 0..2_147_483_647, @default 5_000
   * @throws ConfigError `HW_OPTION_INVALID`
   */
  async close(options: { readonly graceMs?: number | undefined } = {}): Promise<void> {
    const { graceMs = DEFAULT_GRACE_MS } = options;
    if (!(graceMs >= 0 && graceMs < 2 ** 31)) {
      throw new ConfigError("HW_OPTION_INVALID", `"graceMs" must be 0..2147483647, got ${String(graceMs)}`);
    }
    if (!this.#isClosing) {
      this.#isClosing = true;
      void this.#close(graceMs);
    }
    await this.closed;
  }

  async #close(graceMs: number): Promise<void> {
    this.#forgetKeys();
    for (const guest of this.#room) guest.refuse("the daemon is closing");
    await Promise.all([...this.#live].map((session) => session.drain(graceMs)));
    await this.#registry.dispose((error, where) => this.#events.emit("unobserved", error, where));
    this.#settle();
  }

  #begin(
    transport: Transport,
    peer: { readonly accepted: Accepted; readonly peerAck: number; readonly facts: PeerFacts },
  ): TransportReceiver {
    const { accepted, peerAck, facts } = peer;
    const { principal, grant, established } = accepted;
    const serializer = this.#serializers.get(established.serializerId);
    if (serializer === undefined) throw new Error(`no serializer has the id ${established.serializerId}`);
    const session = new LiveSession(
      this.#environment,
      { sessionId: toHex(established.sessionId), principal, grant, serializer, facts },
      this.#observer,
    );
    this.#live.add(session);
    facts.onAuthenticated?.();
    const { frame, closed } = session.attach(transport, { ...established, peerAck });
    return { opened: () => undefined, frame, closed };
  }

  #ownObject(isListing: boolean): DaemonFunctions {
    return daemonObject({
      clock: this.#environment.clock,
      visible: isListing ? (sessionId) => this.#visible(sessionId) : undefined,
    });
  }

  #visible(sessionId: string): AsyncIterable<VisibleObject> | undefined {
    for (const session of this.#live) if (session.info.sessionId === sessionId) return session.visible();
    return undefined;
  }

  readonly #observer: SessionObserver = {
    admit: () => {
      const { maxSessions } = this.#limits;
      if (this.#live.size <= maxSessions) return;
      throw new LimitError(
        `the daemon has its ${maxSessions} sessions; its option "limits.maxSessions" allows no more`,
        {
          limit: "maxSessions",
          allowed: maxSessions,
          retryable: true,
        },
      );
    },
    accepted: ({ info }) => {
      this.#sessions.set(info.sessionId, info);
      this.#events.emit("accepted", info);
    },
    threw: (error, call) => this.#events.emit("threw", error, call),
    unobserved: (error, call) => this.#events.emit("unobserved", error, call),
    ended: (session, error) => this.#ended(session, error),
  };

  #ended(session: LiveSession, error: Error | undefined): void {
    const { info } = session;
    this.#live.delete(session);
    this.#sessions.delete(info.sessionId);
    if (!session.isAccepted) {
      this.refused(refusal(info, session.refusal ?? error?.message ?? "the peer left before its session was open"));
    } else if (error === undefined) this.#events.emit("closed", info);
    else this.#events.emit("closed", info, error);
  }

  #revoke(keyId: string): void {
    for (const guest of this.#room) {
      if (guest.keyId === keyId) guest.refuse(`the key "${keyId}" was removed from "keys"`);
    }
    for (const session of this.#live) {
      if (session.keyId === keyId) session.revoke();
    }
  }
}

function refusal(peer: { readonly remoteAddress?: string | undefined }, reason: string): Refusal {
  return peer.remoteAddress === undefined ? { reason } : { remoteAddress: peer.remoteAddress, reason };
}
