import { NoCallContextError } from "../errors/hearthwire-error.js";
import type { Principal } from "../auth/principal.js";
import type { Annotations } from "../session/call-handler.js";
import type { LineListener } from "../session/watch-line.js";
import type { PeerCertificate } from "../transport/peer-certificate.js";

/** The call that is running: who called, what, and until when. */
export interface CallContext {
  readonly principal: Principal;
  readonly sessionId: string;
  /** Whether the session has a line now; true to the moment after the call as well, and false once the session is over. */
  readonly isAttached: boolean;
  /**
   * Tells when the session has lost its line, and until when it can be gone on with: at once, when it has none now. With
   * undefined, when it has a line again. Returns the function that ends this; the end of the session does too.
   * In a callback that a client serves it tells nothing: there `connection.on("state", ...)` does.
   */
  watchLine(listener: LineListener): () => void;
  /** Kept for the whole session, for the program's own use. */
  readonly locals: Map<unknown, unknown>;
  /** The id that the called object is registered under; `""` for a function or object held by reference only. */
  readonly object: string;
  /** `""` when a function itself was called. */
  readonly member: string;
  readonly remoteAddress?: string | undefined;
  readonly origin?: string | undefined;
  readonly peerCertificate?: PeerCertificate | undefined;
  /** What the caller sent along; it travels this hop only. */
  readonly annotations: Annotations;
  /** Sends an annotation along with the answer. */
  setAnnotation(name: string, value: string): void;
  /** The caller's, or a fresh one when it sent none. */
  readonly correlationId: string;
  /** W3C trace context. */
  readonly traceparent?: string | undefined;
  readonly deadline?: Date | undefined;
  /** Aborted when the caller gave up, the deadline passed, or the session ended. */
  readonly signal: AbortSignal;
  /**
   * Disposes a resource when the call, and the stream that it returned, is over, or when the session is; several in reverse
   * order.
   * @param options `until` @default "call"
   * @returns the resource
   */
  track<D extends Disposable | AsyncDisposable>(resource: D, options?: { readonly until?: "call" | "session" }): D;
}

/** Where the context of the running call is kept. */
export interface ContextStore {
  /** Runs a task with a context as the current one, and returns what the task returns. */
  run<T>(context: CallContext | undefined, task: () => T): T;
  current(): CallContext | undefined;
}

/** Knows the context during the synchronous part of the called function, which is all that a browser can. */
class SynchronousStore implements ContextStore {
  #current: CallContext | undefined = undefined;

  run<T>(context: CallContext | undefined, task: () => T): T {
    const outer = this.#current;
    this.#current = context;
    try {
      return task();
    } finally {
      this.#current = outer;
    }
  }

  current(): CallContext | undefined {
    return this.#current;
  }
}

let store: ContextStore = new SynchronousStore();

/** Replaces the store, on hosts that can follow a context across `await`. */
export function useContextStore(replacement: ContextStore): void {
  store = replacement;
}

/** Runs a task as no part of the call that is running: what it calls does not end with that. */
export function runOutside<T>(task: () => T): T {
  return store.run(undefined, task);
}

/** Runs a task with a context as the one that `callContext()` returns. */
export function runInContext<T>(context: CallContext, task: () => T): T {
  return store.run(context, task);
}

/** The call that is running, if one is. */
export function currentContext(): CallContext | undefined {
  return store.current();
}

/**
 * The call that is running. In browsers it is known until the called function's first `await`: read it before, and keep
 * the result.
 * @throws NoCallContextError where no call runs.
 * @example
 * ```ts
 * class Notes {
 *   async add(text: string) {
 *     const { principal, signal } = callContext();
 *     await save(principal.subject, text, { signal });
 *   }
 * }
 * ```
 */
export function callContext(): CallContext {
  const context = currentContext();
  if (context !== undefined) return context;
  throw new NoCallContextError(
    "callContext() was read where no call of a peer runs. Read it inside an exposed method, in browsers before the " +
      "method's first await, and keep the result: const context = callContext()",
  );
}
