import { HearthwireError } from "./hearthwire-error.js";

/** Errors of a peer that are no HearthwireError: instances of registered classes. */
const received = new WeakSet<Error>();
/** Errors whose stack shows already where the program waits for them. */
const placed = new WeakSet<Error>();

type CaptureStackTrace = (error: Error, above: (...args: never[]) => unknown) => void;

/** Says that an error was made from what a peer sent, so that its stack shows nothing but the reading of a frame. */
export function markReceived(error: Error): void {
  received.add(error);
}

/**
 * Rejects, and lets the error's stack show where the program waits for it, instead of where the answer was read. The
 * engine knows that place while a promise that the program awaits is being settled by an async function: so the stack is
 * taken here, after two turns of the microtask queue, in which the promise that is resolved with this one subscribes to
 * it. A call that succeeds costs nothing by it; a stack taken at each call would cost half a call more (measured).
 *
 * Errors of the program itself, such as a signal's reason, keep their stack; so does every error on engines without
 * `Error.captureStackTrace`.
 */
export async function rejectWhereAwaited(error: unknown): Promise<never> {
  const { captureStackTrace } = Error as { readonly captureStackTrace?: CaptureStackTrace };
  if (captureStackTrace === undefined || !isOurs(error) || placed.has(error)) throw error;
  placed.add(error);
  await undefined;
  await undefined;
  captureStackTrace(error, rejectWhereAwaited);
  throw error;
}

function isOurs(error: unknown): error is Error {
  return error instanceof HearthwireError || (error instanceof Error && received.has(error));
}
