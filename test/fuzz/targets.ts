import type { FuzzTarget } from "./fuzz-target.js";
import { payloadTarget } from "./payload-target.js";

/** Everything that is thrown at, and its share of the inputs. */
export const targets: readonly { readonly name: string; readonly target: FuzzTarget<unknown>; readonly share: number }[] = [
  { name: payloadTarget.name, target: payloadTarget as FuzzTarget<unknown>, share: 6 },
];
