import { CallError, LimitError } from "../errors/hearthwire-error.js";

const marked = new WeakSet<Error>();

/**
 * Marks an error as hearthwire's own refusal, so that it crosses with its `HW_` code (`wire: 1`, protocol.md section 6,
 * "error").
 * @returns the error
 */
export function refusal<E extends Error>(error: E): E {
  marked.add(error);
  return error;
}

/**
 * Whether what was thrown is hearthwire's own refusal. A CallError or LimitError that says nothing of a delivery needs no
 * mark: it was made where the call was refused. Those of other sessions, which called code may let through, always say
 * how far their call got; they cross as any other error.
 */
export function isRefusal(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  return (
    marked.has(error) || ((error instanceof CallError || error instanceof LimitError) && error.delivery === undefined)
  );
}
