import { type CallError, DeadlineError } from "../errors/hearthwire-error.js";
import { abandonedError } from "../session/call-errors.js";
import type { Clock, Timer } from "../session/clock.js";
import type { ScopeMember } from "../session/call-scope.js";
import { type CallMaker, type CallSettings, type OutboundCall, timeoutOf } from "../session/outbound-call.js";
import { PendingCall } from "./pending-call.js";
import { snapshot } from "./snapshot.js";
import { objectName } from "./stand-in.js";

interface Waiting {
  readonly call: OutboundCall;
  readonly deadlineAtMs: number | undefined;
  /** Stops deadline, signal and scope. */
  readonly disarm: () => void;
}

/**
 * Calls made before there is a session, in order. Their arguments are taken here, since no serializer is agreed on yet,
 * and their deadlines run.
 */
export class WaitingCalls {
  readonly #clock: Clock;
  readonly #defaultTimeoutMs: number;
  readonly #waiting = new Set<Waiting>();

  constructor(options: { readonly clock: Clock; readonly defaultTimeoutMs: number }) {
    this.#clock = options.clock;
    this.#defaultTimeoutMs = options.defaultTimeoutMs;
  }

  /** @throws the reason of a signal that is aborted already */
  add(call: OutboundCall): void {
    const { signal, scope } = call.settings;
    const timeoutMs = timeoutOf(call.settings, this.#defaultTimeoutMs);
    signal?.throwIfAborted();
    reword(call, { args: snapshot(call.args), settings: call.settings });
    let timer: Timer | undefined;
    const aborted = (): void => give(signal?.reason);
    const member: ScopeMember = {
      scopeAborted: (reason) =>
        give(reason instanceof DeadlineError ? deadlineError(call, timeoutMs) : givenUpError(call, reason)),
    };
    const waiting: Waiting = {
      call,
      deadlineAtMs: timeoutMs === 0 ? undefined : this.#clock.now() + timeoutMs,
      disarm: () => {
        timer?.cancel();
        signal?.removeEventListener("abort", aborted);
        scope?.leave(member);
      },
    };
    const give = (error: unknown): void => {
      this.#waiting.delete(waiting);
      waiting.disarm();
      call.fail(error, undefined);
    };
    if (timeoutMs !== 0) timer = this.#clock.after(timeoutMs, () => give(deadlineError(call, timeoutMs)));
    signal?.addEventListener("abort", aborted);
    scope?.join(member);
    this.#waiting.add(waiting);
  }

  /** Makes them all; each has the rest of its deadline. */
  handOver(session: CallMaker): void {
    for (const { call, deadlineAtMs } of this.#empty()) {
      if (deadlineAtMs !== undefined) {
        const timeoutMs = Math.max(1, deadlineAtMs - this.#clock.now());
        reword(call, { args: call.args, settings: { ...call.settings, timeoutMs } });
      }
      try {
        // What it is made on may have failed here, so that no session ever hears of it.
        if (call.target instanceof PendingCall) call.target.asArgument();
        session.call(call);
      } catch (error) {
        call.fail(error, undefined);
      }
    }
  }

  /** Fails them all. */
  fail(error: unknown): void {
    for (const { call } of this.#empty()) call.fail(error, undefined);
  }

  #empty(): readonly Waiting[] {
    const waiting = [...this.#waiting];
    this.#waiting.clear();
    for (const { disarm } of waiting) disarm();
    return waiting;
  }
}

/** A call is fixed for everybody else; while it waits, nobody else has seen it. */
function reword(call: OutboundCall, wording: { args: readonly unknown[]; settings: CallSettings }): void {
  Object.assign(call, wording);
}

function deadlineError(call: OutboundCall, timeoutMs: number): DeadlineError {
  const name = `${objectName(call.target)}.${call.member}`;
  return new DeadlineError(`${name}: no connection within the call's deadline of ${timeoutMs} ms ("timeoutMs")`, {
    timeoutMs,
    delivery: "not-sent",
    retryable: true,
    object: objectName(call.target),
    member: call.member,
  });
}

function givenUpError(call: OutboundCall, cause: unknown): CallError {
  const [object, { member }] = [objectName(call.target), call];
  return abandonedError(`"${object}.${member}"`, { cause, delivery: "not-sent", retryable: true, object, member });
}
