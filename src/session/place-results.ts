import { CallError } from "../errors/hearthwire-error.js";
import { streamPassedOn } from "./call-errors.js";
import { copyPlain, WALK } from "./copy-plain.js";
import { PendingResult } from "./inbound-call.js";
import { isStreamable } from "./stream-source.js";

export interface PlacingOptions {
  /** How many results the arguments name. */
  readonly count: number;
  /** Whether a value is its owner's own object, and not data. */
  readonly isByReference: (value: object) => boolean;
}

/**
 * Puts the results that a call waited for in their places. What goes by value is copied, as it would be on its way
 * through the caller: the result may be the object that the earlier call's code keeps. A stream is read by the caller that
 * it was returned to, and can't have a second reader.
 * @throws CallError `HW_BAD_PAYLOAD` when one stands where nothing can be placed: inside an error, or a registered value;
 *   `HW_NOT_REMOTE` when one is a stream, or holds one
 */
export function placeResults(args: readonly unknown[], { count, isByReference }: PlacingOptions): readonly unknown[] {
  let placed = 0;
  const copied = (value: object): unknown => (isByReference(value) ? value : WALK);
  const filled = copyPlain(args, (value) => {
    if (!(value instanceof PendingResult)) return copied(value);
    placed++;
    const { call } = value;
    return copyPlain(call.value, (part) => {
      const copy = copied(part);
      if (copy === WALK && isStream(part)) throw streamPassedOn(call, { stream: part });
      return copy;
    });
  });
  if (placed < count) {
    throw new CallError(
      "HW_BAD_PAYLOAD",
      "the result of an earlier call stands inside an error or a registered value; it can stand in plain data alone",
    );
  }
  return filled as readonly unknown[];
}

function isStream(value: object): boolean {
  return typeof value !== "function" && isStreamable(value);
}
