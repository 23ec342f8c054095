import { frameTarget } from "./frame-target.js";
import type { FuzzTarget } from "./fuzz-target.js";
import { payloadTarget } from "./payload-target.js";
import { sessionTarget } from "./session-target.js";

/** Everything that is thrown at, and its share of the inputs. */
export const targets: readonly FuzzShare[] = [
  share(payloadTarget, 6),
  share(frameTarget, 4),
  share(sessionTarget, 4),
];

interface FuzzShare {
  readonly name: string;
  readonly target: FuzzTarget<unknown>;
  readonly share: number;
}

function share<Input>(target: FuzzTarget<Input>, parts: number): FuzzShare {
  return { name: target.name, target: target as FuzzTarget<unknown>, share: parts };
}
