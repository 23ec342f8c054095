import type { InboundCall } from "../session/call-handler.js";
import { runInContext, type CallContext } from "./call-context.js";
import type { Member } from "./member.js";
import type { AnyFunction } from "./member-name.js";
import { noSuchMember } from "./refusal.js";
import type { Relay } from "./relay.js";
import type { RunningCall } from "./running-call.js";

/** A call that was found, permitted and checked. */
export interface Invocation {
  readonly call: InboundCall;
  /** The object that has the member, or the function itself. */
  readonly object: object;
  readonly member: Member;
  readonly args: readonly unknown[];
  readonly context: RunningCall;
  /** Runs the call where the object is, if that is elsewhere. */
  readonly relay: Relay | undefined;
}

/**
 * Runs a call, in its context: the one place where a peer's call becomes a call of the program's code. The name that is
 * looked up is the table's, never the peer's.
 * @returns the result or a promise of it
 * @throws whatever the called code throws; CallError `HW_NO_SUCH_MEMBER` when the object has lost the member
 */
export function invoke(invocation: Invocation): unknown {
  return runInContext(invocation.context, () => perform(invocation));
}

function perform(invocation: Invocation): unknown {
  const { call, object, member, args, context, relay } = invocation;
  const members = object as Record<string, unknown>;
  if (relay !== undefined) return relay(invocation);
  if (call.kind === "get") return members[member.name];
  if (call.kind === "set") {
    members[member.name] = args[0];
    return undefined;
  }
  if (member.name === "") return bound(Reflect.apply(object as AnyFunction, undefined, args), context);
  const method = member.method ?? members[member.name];
  if (typeof method !== "function") throw noSuchMember(call);
  return bound(Reflect.apply(method as AnyFunction, object, args), context);
}

function bound(result: unknown, context: CallContext): unknown {
  if (result instanceof Promise) return result.then((value: unknown) => bindGenerator(value, context));
  return bindGenerator(result, context);
}

type Step = (value?: unknown) => unknown;

/** Keeps the call's context current while the body of a generator that it resulted in runs. */
export function bindGenerator(value: unknown, context: CallContext): unknown {
  if (!isGenerator(value)) return value;
  const step = (name: "next" | "return" | "throw"): PropertyDescriptor => ({
    value: (argument: unknown) => runInContext(context, () => value[name](argument)),
  });
  // Still a generator to whoever looks at it: what isn't replaced is inherited from the one it stands for.
  return Object.create(value, { next: step("next"), return: step("return"), throw: step("throw") }) as unknown;
}

function isGenerator(value: unknown): value is Record<"next" | "return" | "throw", Step> {
  if (typeof value !== "object" || value === null) return false;
  const tag = Object.prototype.toString.call(value);
  return tag === "[object Generator]" || tag === "[object AsyncGenerator]";
}
