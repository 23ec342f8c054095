import { type CallError, DeadlineError } from "../errors/hearthwire-error.js";
import { type CallFacts, neverMade, ofCall } from "../errors/of-call.js";
import { abandonedError, nameOfCall } from "../session/call-errors.js";
import type { Clock, Timer } from "../session/clock.js";
import type { ScopeMember } from "../session/call-scope.js";
import { joinSignal, leaveSignal, type SignalMember } from "../session/signal-members.js";
import { type CallMaker, type CallSettings, OutboundCall, timeoutOf } from "../session/outbound-call.js";
import { snapshot } from "./snapshot.js";
import { objectName } from "./stand-in.js";

interface Waiting {
  readonly call: OutboundCall;
  readonly madeAtMs: number;
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
  readonly #peer: string;
  readonly #waiting = new Set<Waiting>();
  /** What calls failed with here, so that no session ever heard of them. */
  #failures: WeakMap<OutboundCall, unknown> | undefined;

  /** @param options.peer what they are made on, for errors */
  constructor(options: { readonly clock: Clock; readonly defaultTimeoutMs: number; readonly peer: string }) {
    this.#clock = options.clock;
    this.#peer = options.peer;
    this.#defaultTimeoutMs = options.defaultTimeoutMs;
  }

  get size(): number {
    return this.#waiting.size;
  }

  /** @throws the reason of a signal that is aborted already */
  add(call: OutboundCall): void {
    const { signal, scope, waitedMs = 0 } = call.settings;
    const timeoutMs = timeoutOf(call.settings, this.#defaultTimeoutMs);
    signal?.throwIfAborted();
    reword(call, { args: snapshot(call.args), settings: call.settings });
    const madeAtMs = this.#clock.now() - waitedMs;
    let timer: Timer | undefined;
    const expired = (): void => give(deadlineError({ ...this.#facts(call, madeAtMs), timeoutMs }));
    const member: ScopeMember & SignalMember = {
      signalAborted: (reason) => give(reason),
      scopeAborted: (reason) => {
        if (reason instanceof DeadlineError) expired();
        else give(givenUpError(reason, this.#facts(call, madeAtMs)));
      },
    };
    const waiting: Waiting = {
      call,
      madeAtMs,
      disarm: () => {
        timer?.cancel();
        if (signal !== undefined) leaveSignal(signal, member);
        scope?.leave(member);
      },
    };
    const give = (error: unknown): void => {
      this.#waiting.delete(waiting);
      waiting.disarm();
      this.#fail(call, error);
    };
    if (timeoutMs !== 0) timer = this.#clock.after(timeoutMs - waitedMs, expired);
    if (signal !== undefined) joinSignal(signal, member);
    scope?.join(member);
    this.#waiting.add(waiting);
  }

  /** Makes them all; each has the rest of its deadline. */
  handOver(session: CallMaker): void {
    for (const { call, madeAtMs } of this.#empty()) {
      const waitedMs = this.#clock.now() - madeAtMs;
      reword(call, { args: call.args, settings: { ...call.settings, waitedMs } });
      try {
        const { target } = call;
        if (target instanceof OutboundCall && this.#failures?.has(target)) throw this.#failures.get(target);
        session.call(call);
      } catch (error) {
        this.#fail(call, ofCall(error, this.#facts(call, madeAtMs)));
      }
    }
  }

  /** Fails them all. */
  fail(error: unknown): void {
    for (const { call, madeAtMs } of this.#empty()) call.fail(neverMade(error, this.#facts(call, madeAtMs)), undefined);
  }

  #fail(call: OutboundCall, error: unknown): void {
    (this.#failures ??= new WeakMap()).set(call, error);
    call.fail(error, undefined);
  }

  #empty(): readonly Waiting[] {
    const waiting = [...this.#waiting];
    this.#waiting.clear();
    for (const { disarm } of waiting) disarm();
    return waiting;
  }

  #facts({ target, member }: OutboundCall, madeAtMs: number): CallFacts {
    return { object: objectName(target), member, peer: this.#peer, elapsedMs: this.#clock.now() - madeAtMs };
  }
}

/** A call is fixed for everybody else; while it waits, nobody else has seen it. */
function reword(call: OutboundCall, wording: { args: readonly unknown[]; settings: CallSettings }): void {
  Object.assign(call, wording);
}

function deadlineError(facts: CallFacts & { timeoutMs: number }): DeadlineError {
  const { object, member, timeoutMs } = facts;
  const message = `${object}.${member}: no connection within the call's deadline of ${timeoutMs} ms ("timeoutMs")`;
  return new DeadlineError(message, { ...facts, delivery: "not-sent", retryable: true });
}

function givenUpError(cause: unknown, facts: CallFacts): CallError {
  return abandonedError(nameOfCall(facts), { ...facts, cause, delivery: "not-sent", retryable: true });
}
