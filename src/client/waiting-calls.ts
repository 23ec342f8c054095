import { DeadlineError } from "../errors/hearthwire-error.js";
import type { Clock, Timer } from "../session/clock.js";
import type { CallMaker, CallSettings, OutboundCall } from "../session/outbound-call.js";
import { PendingCall } from "./pending-call.js";
import { snapshot } from "./snapshot.js";
import { objectName } from "./stand-in.js";

interface Waiting {
  readonly call: OutboundCall;
  readonly deadlineAtMs: number | undefined;
  /** Stops deadline and signal. */
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
    const { signal, timeoutMs = this.#defaultTimeoutMs } = call.settings;
    signal?.throwIfAborted();
    reword(call, { args: snapshot(call.args), settings: call.settings });
    let timer: Timer | undefined;
    const aborted = (): void => give(signal?.reason);
    const waiting: Waiting = {
      call,
      deadlineAtMs: timeoutMs === 0 ? undefined : this.#clock.now() + timeoutMs,
      disarm: () => {
        timer?.cancel();
        signal?.removeEventListener("abort", aborted);
      },
    };
    const give = (error: unknown): void => {
      this.#waiting.delete(waiting);
      waiting.disarm();
      call.fail(error, undefined);
    };
    if (timeoutMs !== 0) timer = this.#clock.after(timeoutMs, () => give(deadlineError(call, timeoutMs)));
    signal?.addEventListener("abort", aborted);
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
