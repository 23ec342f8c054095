import { copyPlain, WALK } from "../session/copy-plain.js";
import { OutboundCall } from "../session/outbound-call.js";
import { standInOf } from "./stand-in.js";

/** Takes arguments as they are now: later changes of the program don't show. Proxies stay themselves. */
export function snapshot(args: readonly unknown[]): readonly unknown[] {
  return copyPlain(args, standInOrWalk) as readonly unknown[];
}

function standInOrWalk(value: object): unknown {
  const meaning = standInOf(value)?.meaning;
  if (meaning === undefined) return WALK;
  if (meaning instanceof OutboundCall) meaning.observe();
  return value;
}
