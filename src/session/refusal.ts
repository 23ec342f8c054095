const refusals = new WeakSet<Error>();

/**
 * Marks an error as hearthwire's own refusal of a call, so that it crosses with its `HW_` code (`wire: 1`, protocol.md
 * section 6, "error"). Errors of called code are never marked: what they carry is theirs, whatever its code says.
 * @returns the error
 */
export function refusal<E extends Error>(error: E): E {
  refusals.add(error);
  return error;
}

/** Whether an error was marked by `refusal`. */
export function isRefusal(error: unknown): boolean {
  return error instanceof Error && refusals.has(error);
}
