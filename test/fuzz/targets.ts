import { clientTarget } from "./client-target.js";
import { codecTarget } from "./codec-target.js";
import { frameTarget } from "./frame-target.js";
import type { FuzzTarget } from "./fuzz-target.js";
import { payloadTarget } from "./payload-target.js";
import { sessionTarget } from "./session-target.js";

export interface FuzzShare {
  readonly name: string;
  readonly target: FuzzTarget<unknown>;
  /** Of all inputs, in relation to the others'. */
  readonly share: number;
  /** Different outcomes that some hundreds of inputs surely reach. */
  readonly kinds: number;
}

/** Everything that is thrown at. */
export const targets: readonly FuzzShare[] = [
  part(payloadTarget, { share: 6, kinds: 20 }),
  part(codecTarget, { share: 4, kinds: 40 }),
  part(frameTarget, { share: 3, kinds: 12 }),
  part(sessionTarget, { share: 4, kinds: 30 }),
  part(clientTarget, { share: 3, kinds: 25 }),
];

function part<Input>(target: FuzzTarget<Input>, facts: Pick<FuzzShare, "share" | "kinds">): FuzzShare {
  return { name: target.name, target: target as FuzzTarget<unknown>, ...facts };
}
