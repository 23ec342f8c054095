import type { Principal } from "../auth/principal.js";
import type { Clock } from "../session/clock.js";
import type { LineListener } from "../session/watch-line.js";
import type { PeerCertificate } from "../transport/peer-certificate.js";
import type { Interceptor } from "./interceptor.js";
import type { ObjectRegistry } from "./object-registry.js";
import type { ServedObject } from "./served-object.js";
import type { UnobservedListener } from "./unobserved-listener.js";

/** What the called objects may know of the session. */
export interface ServedSession {
  readonly sessionId: string;
  /** Read at each call, so that a renewed credential counts at once. */
  readonly principal: Principal;
  readonly remoteAddress?: string | undefined;
  readonly origin?: string | undefined;
  readonly peerCertificate?: PeerCertificate | undefined;
  readonly locals: Map<unknown, unknown>;
  /** Whether it has a line now. */
  readonly isAttached: boolean;
  /** As `CallContext.watchLine`. @default tells nothing */
  watchLine?(listener: LineListener): () => void;
}

/**
 * What an authorizer decides on. Names that don't exist are asked about like others, and denied whatever the answer: they
 * are a peer's words, for `Map` keys and comparisons, never for `rules[object]`.
 */
export interface AuthorizeRequest {
  readonly principal: Principal;
  /** Id of the object; `""` for a function or object that the peer holds by reference only. */
  readonly object: string;
  /** `""` for a function itself. */
  readonly member: string;
  readonly remoteAddress?: string | undefined;
  /** Of the page, when the peer is a browser. */
  readonly origin?: string | undefined;
  readonly peerCertificate?: PeerCertificate | undefined;
}

/**
 * Says whether a member may be used: called, read, written or seen. Anything but `true` denies it; so does an error, which
 * is also reported.
 */
export type Authorizer = (request: AuthorizeRequest) => boolean | Promise<boolean>;

export interface CallHandlerOptions {
  readonly session: ServedSession;
  /** The named objects; without it the peer reaches only what it was given by reference. */
  readonly registry?: ObjectRegistry | undefined;
  /** Asked for each call, by reference too. @default everything is allowed */
  readonly authorize?: Authorizer | undefined;
  /** What the peer's key and ticket allow, asked for named objects: `Grant.allows`. @default everything */
  readonly allows?: ((object: string, member: string) => boolean) | undefined;
  /** Whether they allow any member of an object, be it there or not: `Grant.allowsSome`. @default of each object */
  readonly allowsSome?: ((object: string) => boolean) | undefined;
  /** Stand around each call that was permitted and checked. @default none */
  readonly interceptors?: readonly Interceptor[] | undefined;
  /** The session's. @default the host's */
  readonly clock?: Clock | undefined;
  /** What the peer can use of another peer's object or function that it was given; undefined for all else. */
  readonly relayed?: ((target: object) => ServedObject | undefined) | undefined;
  readonly unobserved: UnobservedListener;
  /** Told what was denied, which its caller can't tell from what is missing. */
  readonly denied?: ((denied: DeniedUse) => void) | undefined;
}

/** Something that a peer wanted to use, and may not. */
export interface DeniedUse {
  /** As in `AuthorizeRequest`; of what is missing in the peer's own words. */
  readonly object: string;
  /** `""` for a function itself, and for an object that the peer looked at. */
  readonly member: string;
  /** The member, if it exists; of an object that was looked at any of its members; undefined for what is missing. */
  readonly existing: string | undefined;
}
