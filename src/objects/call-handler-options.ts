import type { Principal } from "../auth/principal.js";
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
}

/** What an authorizer decides on. */
export interface AuthorizeRequest {
  readonly principal: Principal;
  /** Id of the object; `""` for a function or object that the peer holds by reference only. */
  readonly object: string;
  /** `""` for a function itself. */
  readonly member: string;
}

/** Says whether a call may run. Anything but `true` denies it; so does an error, which is also reported. */
export type Authorizer = (request: AuthorizeRequest) => boolean | Promise<boolean>;

export interface CallHandlerOptions {
  readonly session: ServedSession;
  /** The named objects; without it the peer reaches only what it was given by reference. */
  readonly registry?: ObjectRegistry | undefined;
  /** Asked for each call of an existing member, by reference too. @default everything is allowed */
  readonly authorize?: Authorizer | undefined;
  /** What the peer's key and ticket allow, asked for named objects: `Grant.allows`. @default everything */
  readonly allows?: ((object: string, member: string) => boolean) | undefined;
  /** Stand around each call that was permitted and checked. @default none */
  readonly interceptors?: readonly Interceptor[] | undefined;
  /** What the peer can use of another peer's object or function that it was given; undefined for all else. */
  readonly relayed?: ((target: object) => ServedObject | undefined) | undefined;
  readonly unobserved: UnobservedListener;
}
