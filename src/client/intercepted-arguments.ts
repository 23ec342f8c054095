import { copyPlain, WALK } from "../session/copy-plain.js";
import { PendingCall } from "./pending-call.js";
import { standInOf } from "./stand-in.js";

/** Arguments as they were when a call was made, and whose results stand in them. */
export class InterceptedArguments {
  readonly values: readonly unknown[];
  readonly calls: readonly PendingCall[];

  /** Takes the arguments as they are now: later changes of the program don't show. */
  constructor(args: readonly unknown[]) {
    const calls: PendingCall[] = [];
    const note = (value: object): unknown => {
      const standIn = standInOf(value);
      if (standIn === undefined) return WALK;
      if (standIn instanceof PendingCall) calls.push(standIn);
      return value;
    };
    this.values = copyPlain(args, note) as readonly unknown[];
    this.calls = calls;
  }

  /**
   * What the peer is sent: settled results themselves, and in the place of others the inner calls that give them.
   * @throws what one of the calls failed with
   */
  resolved(): readonly unknown[] {
    return this.calls.length === 0 ? this.values : (copyPlain(this.values, resolvedValue) as readonly unknown[]);
  }
}

function resolvedValue(value: object): unknown {
  const standIn = standInOf(value);
  if (standIn === undefined) return WALK;
  if (!(standIn instanceof PendingCall)) return value;
  const argument = standIn.asArgument();
  return argument === standIn.proxy ? (standIn.interception?.inner ?? argument) : argument;
}
