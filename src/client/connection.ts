import type { Remote, UntypedObject } from "./remote.js";

declare const UNNAMED: unique symbol;
/** Tells `object<Cart>("x")` from `object("x")`. */
type Unnamed = typeof UNNAMED;

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
  | { readonly status: "connected"; readonly sessionId: string; readonly resumed: boolean }
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
   * A call failed and nobody had awaited it, called its `then`, `catch` or `finally`, or used its result in another
   * call. Told two microtasks after the failure; awaiting the call later still rejects.
   */
  unobserved: [error: Error, call: { readonly object: string; readonly member: string }];
}

/**
 * The line to one daemon. Several connections may share one socket; each has its own life: `close()` ends this one and
 * leaves the others alone.
 */
export interface Connection<Objects = Record<string, UntypedObject>> extends Disposable, AsyncDisposable {
  /** The daemon's address, without object id. */
  readonly url: string;
  /** The same frozen value until it changes, fit for `useSyncExternalStore`. */
  readonly state: ConnectionState;
  /** Settles when the handshake has been accepted, rejects when it never will be; unobserved it raises nothing. */
  readonly ready: Promise<void>;
  /** Resolves once closed, with the reason when it was not asked for; never rejects. */
  readonly closed: Promise<Error | undefined>;
  /**
   * A proxy of a named object, at once; calls wait for the handshake. Its members are not asked for: await an accessor
   * before using members of its value.
   */
  object<K extends keyof Objects & string>(objectId: K): Remote<Objects[K]>;
  object<T = Unnamed>(objectId: [T] extends [Unnamed] ? never : string): Remote<T>;
  /**
   * Ends this connection: its proxies refuse further calls. The socket closes `lingerMs` after the last connection on it
   * was closed; this resolves then, or at once when others still use it.
   */
  close(): Promise<void>;
  /** Adds a listener and returns the function that removes it. */
  on<E extends keyof ConnectionEvents>(event: E, listener: (...args: ConnectionEvents[E]) => void): () => void;
}
