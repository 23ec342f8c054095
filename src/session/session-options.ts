import type { LateHmac } from "../auth/mac.js";
import type { PayloadSerializer } from "../serializers/payload.js";
import type { ConnectionError } from "../errors/hearthwire-error.js";
import type { AdmissionOptions } from "./call-admission.js";
import type { CallHandler } from "./call-handler.js";
import type { Clock } from "./clock.js";
import type { FlushScheduler } from "./flush-scheduler.js";
import type { SessionLimits } from "./limits.js";
import type { CallMaker, ProxyFactory } from "./outbound-call.js";
import type { UnsentListener } from "./unsent-calls.js";

/** What a session is made of; it knows neither objects nor sockets. */
export interface SessionOptions extends AdmissionOptions {
  /** The client opened the line; the server answers `open` and pings. */
  readonly role: "client" | "server";
  /** Runs what the peer calls. */
  readonly handler: CallHandler;
  /** Makes stand-ins of what the peer exports. */
  readonly proxies: ProxyFactory;
  /**
   * Whether the peer may be given references of another session: its calls on them then come to the handler, with the
   * stand-in as their target. @default none
   */
  readonly relays?: ((session: CallMaker) => boolean) | undefined;
  readonly serializer: PayloadSerializer;
  readonly limits: SessionLimits;
  readonly clock: Clock;
  readonly scheduleFlush: FlushScheduler;
  /** Whole frames that this side accepts, in bytes. */
  readonly maxFrameBytes: number;
  /** Signs and verifies large frames beside this thread. @default none */
  readonly lateHmac?: LateHmac | undefined;
  /** Deadline of calls that set none, in ms; 0 = none. */
  readonly defaultTimeoutMs: number;
  /** URL or address of the peer, for errors. */
  readonly peer?: string | undefined;
  /** Sends the stacks of errors. @default false */
  readonly exposeStacks?: boolean | undefined;
  /** Keeps with each reference where it came from. @default false */
  readonly traceReferences?: boolean | undefined;
  /**
   * Offered each call that was made and never sent when the peer takes no new calls, in the order made, and later ones;
   * whoever takes one (true) has it with its arguments as they were, and makes it on another session. Not offered are
   * those that need something of this one. @default they fail
   */
  readonly unsent?: UnsentListener | undefined;
  /** Offers `unsent` what was never sent when the session ends, too. @default false */
  readonly offersUnsentAtEnd?: boolean | undefined;
  /** The id by which the peer knows a named object, when calls are made on another name. @default the name itself */
  readonly objectIdOf?: ((name: string) => string) | undefined;
  /** Client: data for the daemon's handshake hook. */
  readonly openData?: unknown;
  /** Server: answers the client's data; throwing refuses the session. */
  readonly onOpen?: ((data: unknown) => unknown) | undefined;
}

/** The loss of a channel that a session outlives. */
export interface SessionLoss {
  readonly cause: ConnectionError;
  /** When the session ends unless it is attached again, in ms since the epoch. */
  readonly leaseEndsAtMs: number;
}

export interface SessionEvents {
  /** The channel is gone, and the session waits for another. */
  detached: [loss: SessionLoss];
  /** More is kept to be sent again, while there is no channel. */
  kept: [];
  /** The peer takes no new calls; those that run may do so for as long. */
  draining: [graceMs: number];
  /** The session is over; undefined when it was ended on purpose. */
  ended: [error: Error | undefined];
  /** The first frame came over the channel that was attached last: the peer uses it too. */
  heard: [];
  /** Called code threw, and its caller was told. */
  threw: [error: Error, where: { readonly object: string; readonly member: string }];
  /** Something failed and nobody else is told. */
  unobserved: [error: Error, where: { readonly object: string; readonly member: string }];
}
