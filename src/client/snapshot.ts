import { copyPlain, WALK } from "../session/copy-plain.js";
import { standInOf } from "./stand-in.js";

/** Takes arguments as they are now: later changes of the program don't show. Proxies stay themselves. */
export function snapshot(args: readonly unknown[]): readonly unknown[] {
  return copyPlain(args, (value) => (standInOf(value) === undefined ? WALK : value)) as readonly unknown[];
}
