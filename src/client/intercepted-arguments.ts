import { copyPlain, WALK } from "../session/copy-plain.js";
import { PendingCall } from "./pending-call.js";
import { type StandIn, standInOf } from "./stand-in.js";

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
      const call = callOf(standIn);
      if (call !== undefined) {
        // One that only reads an accessor has not been made yet.
        call.observe();
        calls.push(call);
      }
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
  const call = callOf(standIn);
  if (call === undefined) return value;
  const argument = call.asArgument();
  return argument === call.proxy ? (call.interception?.inner ?? argument) : argument;
}

/** The call whose result it stands for: itself, or that which reads an accessor. */
function callOf(standIn: StandIn): PendingCall | undefined {
  if (standIn instanceof PendingCall) return standIn;
  const { meaning } = standIn;
  return meaning instanceof PendingCall ? meaning : undefined;
}
