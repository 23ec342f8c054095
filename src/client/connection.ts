import type { AnyFunction } from "../objects/member-name.js";
import type { LiveReference } from "../session/live-reference.js";
import type { ConnectionStatistics } from "./connection-statistics.js";
import type { Remote, Unsendable, UntypedObject } from "./remote.js";

declare const UNNAMED: unique symbol;
/** Tells `object<Cart>("x")` from `object("x")`. */
interface Unnamed {
  readonly [UNNAMED]: true;
}
/**
 * Of a type parameter neither is known; that the outer check is false of all types but `any` lets the checker see that it
 * is then no matter, so that generic code may pass its own parameters on.
 */
type IsUnnamed<T> = [0] extends [1 & T] ? false : [T] extends [Unnamed] ? true : false;
type IsFunction<T> = [0] extends [1 & T] ? false : [T] extends [AnyFunction] ? true : false;

/** A name may stand for an object alone: no proxy that is there at once can be called, as it is made before its kind is known. */
export type NotFunction<T> =
  IsFunction<T> extends true ? Unsendable<"hearthwire: a served function is taken by connect(url)"> : unknown;

/** Where a connection stands; a frozen value that is the same until it changes. */
export type ConnectionState =
  | {
      readonly status: "connecting";
      /** From 1. */
      readonly attempt: number;
      readonly nextAttemptAt?: Date;
      /** Why the attempt before failed. */
      readonly reason?: Error;
    }
  | {
      readonly status: "connected";
      readonly sessionId: string;
      readonly resumed: boolean;
      /** The daemon's: of a named address, where that led. */
      readonly url: string;
    }
  | {
      readonly status: "reconnecting";
      readonly attempt: number;
      readonly nextAttemptAt?: Date;
      readonly reason: Error;
      readonly leaseEndsAt: Date;
    }
  | {
      readonly status: "closed";
      /** Absent when closing was asked for. */
      readonly reason?: Error;
    };

/** What `Connection.on` tells. */
export interface ConnectionEvents {
  state: [state: ConnectionState];
  /**
   * A session was over and a new one has begun: named objects work in it, references and callbacks of the old one are gone.
   */
  session: [session: { readonly sessionId: string; readonly previousSessionId: string }];
  /** A renewal that nobody had asked for failed; it is tried again, and the session goes on as it was. */
  renewalFailed: [error: Error];
  /**
   * A call failed and nobody had awaited it, called its `then`, `catch` or `finally`, or used its result in another
   * call. Told two microtasks after the failure; awaiting the call later still rejects.
   */
  unobserved: [error: Error, call: { readonly object: string; readonly member: string }];
  /** A callback or an object that the daemon was given threw, and the daemon was told; the original, with its stack. */
  threw: [error: Error, call: { readonly object: string; readonly member: string }];
}

/**
 * The line to one daemon. Several connections may share one socket; each has its own life: `close()` ends this one and
 * leaves the others alone.
 */
export interface Connection<Objects = Record<string, UntypedObject>> extends Disposable, AsyncDisposable {
  /** The daemon's address, without object id; or the named address, and `state` says where that led. */
  readonly url: string;
  /** The same frozen value until it changes, fit for `useSyncExternalStore`. */
  readonly state: ConnectionState;
  /**
   * What was done over the line so far, by all connections that share it, and what is held now: a new frozen snapshot each
   * time that it is read.
   */
  readonly statistics: ConnectionStatistics;
  /** Settles when the handshake has been accepted, rejects when it never will be; unobserved it raises nothing. */
  readonly ready: Promise<void>;
  /** Resolves once closed, with the reason when it was not asked for; never rejects. */
  readonly closed: Promise<Error | undefined>;
  /**
   * A proxy of a named object, at once; calls wait for the handshake. Its members are not asked for: await an accessor
   * before using members of its value. A served function is taken by `connect(url)`.
   */
  object<T = Unnamed>(
    ...objectId: IsUnnamed<T> extends true ? [never, never] : [objectId: string & NotFunction<T>]
  ): Remote<T>;
  // The last one is whose error the compiler prints; the one above is passed over for the count of its parameters.
  object<K extends keyof Objects & string>(objectId: K & NotFunction<Objects[K]>): Remote<Objects[K]>;
  /**
   * Asks for fresh credentials and moves to a new socket with them; calls, streams, callbacks and references go on. Resolves
   * when the daemon uses the new socket. A `ticket` that is a function is renewed so by itself before it ends, and a `key`
   * that is one when its key has `notAfter`. Asked again meanwhile it is the same renewal; when it fails the connection
   * goes on as it was.
   *
   * @throws ConnectionError (it rejects) `HW_REFUSED` when the daemon does not accept the credentials for this session,
   *   `HW_CONNECT_FAILED`, `HW_CONNECT_TIMEOUT`, or `HW_CONNECTION_CLOSED` when it is or gets closed
   */
  renew(): Promise<void>;
  /**
   * Ends this connection: its proxies refuse further calls. The socket closes `lingerMs` after the last connection on it
   * was closed; this resolves then, or at once when others still use it.
   */
  close(): Promise<void>;
  /**
   * The references that live on the line now, which connections share: functions and objects that the daemon holds of
   * this side (`given`), and this side of the daemon (`held`). With `traceReferences` each says where it came from.
   */
  references(): readonly LiveReference[];
  /** Adds a listener and returns the function that removes it. */
  on<E extends keyof ConnectionEvents>(event: E, listener: (...args: ConnectionEvents[E]) => void): () => void;
}
