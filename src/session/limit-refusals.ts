import type { LimitError } from "../errors/hearthwire-error.js";
import { sessionFull } from "./call-errors.js";
import type { SessionLimits } from "./limits.js";

/**
 * What calls beyond the limits of a session are answered with: one error for all that a limit refuses, since making one,
 * with its stack, costs more than the rest of the refusal (measured), and a flood makes thousands.
 */
export class LimitRefusals {
  readonly #limits: SessionLimits;
  /** Made on first use: most sessions never reach a limit. */
  #errors: Map<keyof SessionLimits, LimitError> | undefined;

  constructor(limits: SessionLimits) {
    this.#limits = limits;
  }

  /** @param what the limit counts, for the sentence; the first one stands */
  of(limit: keyof SessionLimits, what: string): LimitError {
    const known = this.#errors?.get(limit);
    if (known !== undefined) return known;
    const allowed = this.#limits[limit];
    const error = sessionFull(limit, { allowed, what: `${what}; make fewer, or raise the limit` });
    (this.#errors ??= new Map()).set(limit, error);
    return error;
  }
}
