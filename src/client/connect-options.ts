import type { Key } from "../auth/key.js";
import type { SealedTicket, Ticket } from "../auth/ticket.js";
import type { Interceptor } from "../objects/interceptor.js";
import type { Logger } from "../observe/logger.js";
import type { PayloadSerializer } from "../serializers/payload.js";
import type { ValueType } from "../serializers/value-type.js";
import type { PeerCertificate } from "../transport/peer-certificate.js";
import type { ReconnectOptions } from "./reconnect-times.js";
import type { NameResolver } from "./whereabouts.js";

/** Credentials of a client: a key or a ticket; a function is asked again at every handshake. */
export type Credentials =
  | { key: Key | (() => Key | Promise<Key>); ticket?: never }
  | { ticket: Ticket | SealedTicket | TicketFunction; key?: never }
  | { key?: never; ticket?: never };

/**
 * A source of tickets; `fresh` is set when the last one will not do any more: the daemon refused it, it is about to end, or
 * `renew()` was called.
 */
export type TicketFunction = (request: { fresh: boolean }) => Ticket | SealedTicket | Promise<Ticket | SealedTicket>;

/** What a daemon said when it accepted the handshake. */
export interface HandshakeAnswer {
  /** What the daemon's `onHandshake` returned. */
  readonly answer: unknown;
  /** The daemon's address, as it was dialled. */
  readonly url: string;
  /** The daemon's, which TLS has verified: over `wss:` with "hearthwire/node". */
  readonly peerCertificate?: PeerCertificate | undefined;
}

/** How to connect. Connections whose URL, credentials and options marked [line] are identical share one socket. */
export interface ConnectionOptions {
  /** [line] Data for the daemon's `onHandshake`; a function is asked at each handshake. */
  handshake?: unknown;
  /** [line] Looks at the daemon's answer; throwing refuses the connection. Calls wait for it. */
  onHandshake?: ((welcome: HandshakeAnswer) => void | Promise<void>) | undefined;
  /** Deadline of connecting in ms, 0 = none; on a shared socket that of the connection that opened it. @default 10_000 */
  connectTimeoutMs?: number | undefined;
  /** Deadline of each call in ms, 0 = none. @default 30_000 */
  timeoutMs?: number | undefined;
  /** Ends connecting, or the connection, with `signal.reason`, and cancels its calls. */
  signal?: AbortSignal | undefined;
  /**
   * [line] How to connect again when the connection is lost, with random pauses that grow; `false`: not at all.
   * @default { minDelayMs: 250, maxDelayMs: 30_000, giveUpAfterMs: Infinity }
   */
  reconnect?: false | ReconnectOptions | undefined;
  /** Own socket for this connection instead of a shared one; it closes without lingering. @default false */
  isolated?: boolean | undefined;
  /**
   * Connect by `ws:` to a daemon beyond this machine too: frames are signed, and everybody on the way can read them.
   * @default false
   */
  allowPlaintext?: boolean | undefined;
  /** How long a shared socket stays open after its last connection was closed, in ms. @default 1_000 */
  lingerMs?: number | undefined;
  /** [line] Serializers in order of preference; the daemon chooses. @default [superjsonSerializer()] */
  serializers?: readonly PayloadSerializer[] | undefined;
  /** [line] Classes that travel by value; not beside `serializers`, which take `types` of their own. @default [] */
  types?: readonly ValueType<never>[] | undefined;
  /** [line] Gets what happens to the connection as structured fields. */
  logger?: Logger | undefined;
  /** [line] Stand around all calls of the connection, made and served; the first is the outermost. @default [] */
  interceptors?: readonly Interceptor[] | undefined;
  /** [line] Who is asked for named addresses, such as `hearthwire:chat`: what `nameResolver` gives. */
  names?: NameResolver<ConnectOptions> | undefined;
  /**
   * [line] Which replica of a named address a session is begun at: any, each in its turn, or the one with the least load.
   * @default "random"
   */
  pick?: "random" | "round-robin" | "least-busy" | undefined;
  /** [line] Largest frame that this side accepts, in bytes, 16 KiB..16 MiB. @default 2 MiB */
  maxFrameBytes?: number | undefined;
  /**
   * [line] Whether WebCrypto signs and verifies frames of 16 KiB and more in a page, beside its thread; `@noble/hashes`
   * does all of it otherwise. On Node `config.platformHmac` says so for the whole process. @default true
   */
  platformHmac?: boolean | undefined;
  /**
   * [line] Keeps with each reference where it came from, for `Connection.references`; for development, since it takes a
   * stack with every call. @default false
   */
  traceReferences?: boolean | undefined;
}

/** How to connect, and as whom. */
export type ConnectOptions = ConnectionOptions & Credentials;
