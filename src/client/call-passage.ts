import type { Delivery } from "../errors/error-code.js";
import { DeadlineError, type ErrorFacts } from "../errors/hearthwire-error.js";
import { type CallFacts, neverMade } from "../errors/of-call.js";
import { furthest, isRetryable } from "../errors/retryable.js";
import type { InterceptedCall, Interceptor, Passage } from "../objects/interceptor.js";
import { interceptedCall, overError, passThrough } from "../objects/pass-through.js";
import { NO_ANNOTATIONS } from "../session/annotations.js";
import { abandonedError, deadlineError, deadlineRemedy, endedError, nameOfCall } from "../session/call-errors.js";
import type { Annotations } from "../session/call-handler.js";
import type { ScopeMember } from "../session/call-scope.js";
import type { Clock } from "../session/clock.js";
import type { Deadlines, Expiring } from "../session/deadlines.js";
import {
  type CallMaker,
  type CallPredecessor,
  type CallSettings,
  type CallTarget,
  type OutboundCall,
  timeoutOf,
} from "../session/outbound-call.js";
import { joinSignal, leaveSignal, type SignalMember } from "../session/signal-members.js";
import { discardStream, isStreamable } from "../session/stream-source.js";
import type { WorkList } from "../session/work-list.js";
import { InnerCall, type InnerOutcome } from "./inner-call.js";
import { InterceptedArguments } from "./intercepted-arguments.js";
import { type Interception, PendingCall } from "./pending-call.js";
import { objectName, standInOf } from "./stand-in.js";
import { isAsyncGenerator, WrappedStream } from "./wrapped-stream.js";

/** What the passages of one maker share. */
export interface PassageHost {
  /** Makes the calls that are let through. */
  readonly maker: CallMaker;
  readonly interceptors: readonly Interceptor[];
  readonly clock: Clock;
  /** In ms, 0 = none. */
  readonly defaultTimeoutMs: number;
  readonly deadlines: Deadlines;
  /** Makes what waited for another call, in order; a chain of any length takes no stack. */
  readonly unblocked: WorkList<Attempt>;
  /** On their way now. */
  readonly open: Set<CallPassage>;
  /** Why the connection has ended, once it has. */
  closed: Error | undefined;
}

/** How long interceptors of a call without a deadline may take after the connection has ended, in ms. */
const LAST_WORDS_MS = 10_000;

/** One time that the innermost `next` was called. */
export interface Attempt {
  readonly call: InterceptedCall;
  readonly args: InterceptedArguments;
  readonly reject: (error: unknown) => void;
  /** Makes the inner call, or waits for a call whose result it needs. */
  readonly run: () => void;
  readonly settled: (outcome: InnerOutcome) => void;
}

/** One call that the program made, on its way through interceptors. The program's promise settles with what they return. */
export class CallPassage implements Passage, Interception, Expiring, ScopeMember, SignalMember {
  readonly #host: PassageHost;
  readonly #outer: PendingCall;
  readonly #seen: InterceptedCall;
  readonly #args: InterceptedArguments;
  readonly #timeoutMs: number;
  readonly #madeAtMs: number;
  deadlineAtMs: number;
  heapIndex = -1;
  isOver = false;
  inner: InnerCall | undefined = undefined;
  /** How far the tries before the last got. */
  #delivery: Delivery = "not-sent";
  /** Of the answer that came last. */
  #annotations: Annotations | undefined;
  /** Boxed: what it failed with. */
  failure: readonly [unknown] | undefined;
  /** Set when its caller waits no more; boxed. */
  #givenUp: readonly [unknown] | undefined;
  #abort: AbortController | undefined;
  /** That the peer gave, until the interceptors have returned. */
  #streams: object[] | undefined;
  /** What needs its result, or an inner call that will give it. */
  #waiting: Attempt[] | undefined;

  constructor(host: PassageHost, { outer, kind }: { outer: PendingCall; kind: InterceptedCall["kind"] }) {
    const { target, member, settings, view } = outer;
    this.#host = host;
    this.#outer = outer;
    this.#args = new InterceptedArguments(outer.args);
    this.#timeoutMs = timeoutOf(settings, host.defaultTimeoutMs);
    this.#madeAtMs = host.clock.now();
    this.deadlineAtMs = this.#timeoutMs === 0 ? Infinity : this.#madeAtMs + this.#timeoutMs;
    const facts = {
      side: "client",
      kind,
      object: objectName(target),
      member,
      args: this.#args.values,
      annotations: settings.annotations ?? NO_ANNOTATIONS,
      traceparent: settings.traceparent,
      peer: host.maker.peer,
      isRelayed: view.isRelayed === true,
      isIdempotent: outer.isIdempotent,
      clock: host.clock,
      deadlineAtMs: this.deadlineAtMs,
    } as const;
    this.#seen = interceptedCall(facts, this);
  }

  get interceptors(): readonly Interceptor[] {
    return this.#host.interceptors;
  }

  /** Made when it is asked for. */
  get signal(): AbortSignal {
    if (this.#abort === undefined) {
      this.#abort = new AbortController();
      if (this.#givenUp !== undefined) this.#abort.abort(this.#givenUp[0]);
      else if (this.#host.closed !== undefined) this.#abort.abort(this.#host.closed);
    }
    return this.#abort.signal;
  }

  /** @throws the reason of a signal that is aborted already */
  begin(): void {
    const { signal, scope } = this.#outer.settings;
    signal?.throwIfAborted();
    this.#outer.interception = this;
    if (signal !== undefined) joinSignal(signal, this);
    scope?.join(this);
    if (this.deadlineAtMs !== Infinity) this.#host.deadlines.add(this);
    this.#host.open.add(this);
    if (this.#host.closed !== undefined) this.lineEnded(this.#host.closed);
    passThrough(this, this.#seen).then(
      (value) => this.#succeed(value),
      (error: unknown) => this.#fail(error),
    );
  }

  proceed(call: InterceptedCall): Promise<unknown> {
    const args = call.args === this.#args.values ? this.#args : new InterceptedArguments(call.args);
    return new Promise((resolve, reject) => {
      const attempt: Attempt = {
        call,
        args,
        reject,
        run: () => this.#attempt(attempt),
        settled: ({ hasSucceeded, value, annotations }) => {
          this.#annotations = annotations;
          if (!hasSucceeded) return reject(value);
          if (isStream(value)) this.#keepStream(value);
          resolve(value);
        },
      };
      attempt.run();
    });
  }

  /**
   * No call can be made any more. Interceptors are told by the signal, and may still answer otherwise; but none of them
   * can keep the call for ever.
   */
  lineEnded(reason: Error): void {
    this.#abort?.abort(reason);
    if (this.isOver || this.deadlineAtMs !== Infinity) return;
    this.deadlineAtMs = this.#host.clock.now() + LAST_WORDS_MS;
    this.#host.deadlines.add(this);
  }

  expired(): void {
    const { closed } = this.#host;
    if (closed !== undefined) return this.#giveUp(endedError(closed, this.#facts));
    const timeoutMs = this.#timeoutMs;
    const remedy = deadlineRemedy(timeoutMs === this.#outer.settings.atMostMs);
    this.#giveUp(deadlineError({ ...this.#facts, timeoutMs, remedy }));
  }

  signalAborted(reason: unknown): void {
    this.#giveUp(reason);
  }

  scopeAborted(reason: unknown): void {
    if (reason instanceof DeadlineError) return this.expired();
    const facts = this.#facts;
    this.#giveUp(abandonedError(nameOfCall(facts), { ...facts, cause: reason }));
  }

  get #facts(): CallFacts & Pick<ErrorFacts, "delivery" | "retryable"> {
    const { member, target } = this.#outer;
    const elapsedMs = this.#host.clock.now() - this.#madeAtMs;
    const delivery = this.#deliverySoFar;
    return {
      object: objectName(target),
      member,
      peer: this.#host.maker.peer,
      elapsedMs,
      delivery,
      retryable: isRetryable(delivery, this.#seen.isIdempotent),
    };
  }

  get #deliverySoFar(): Delivery {
    const { inner } = this;
    return inner === undefined ? this.#delivery : furthest(this.#delivery, inner.delivery);
  }

  #attempt(attempt: Attempt): void {
    try {
      if (this.isOver) throw overError(this.#seen);
      const needed = this.#neededBy(attempt);
      if (needed !== undefined) (needed.#waiting ??= []).push(attempt);
      else this.#make(attempt);
    } catch (error) {
      attempt.reject(neverMade(error, this.#facts));
    }
  }

  /** The first call whose result it needs and that the peer has not been asked for. */
  #neededBy({ args }: Attempt): CallPassage | undefined {
    const previous = this.#previous;
    if (previous?.isAbsent === true) return previous;
    const { target } = this.#outer;
    for (const call of target instanceof PendingCall ? [target, ...args.calls] : args.calls) {
      const passage = passageOf(call);
      if (passage?.isAbsent === true) return passage;
    }
    return undefined;
  }

  /** Its result is still to come, and no call is under way that will bring it. */
  get isAbsent(): boolean {
    return !this.isOver && this.inner?.isSettled !== false;
  }

  /** What it follows by `after`: the nearest call whose outcome isn't known. */
  get #previous(): CallPassage | undefined {
    for (let { after } = this.#outer.settings; after !== undefined; { after } = after.call.settings) {
      const passage = passageOf(after.call);
      if (passage?.isOver === false) return passage;
    }
    return undefined;
  }

  /** The same, as the session shall know it. @throws what the call failed with that was to succeed */
  get #after(): CallPredecessor | undefined {
    const { after } = this.#outer.settings;
    const nearest = after && passageOf(after.call);
    if (after === undefined || nearest === undefined) return after;
    if (nearest.failure !== undefined && after.order === 2) throw nearest.failure[0];
    const inner = this.#previous?.inner;
    return inner === undefined ? undefined : { call: inner, order: after.order };
  }

  #make({ call, args, settled }: Attempt): void {
    const settings = this.#settingsOf(call);
    const target = this.#target;
    const inner = new InnerCall(this.#outer, { target, args: args.resolved(), settings, settled });
    this.#host.maker.call(inner);
    // One that is still under way may yet be sent.
    this.#delivery = this.inner?.isSettled === false ? furthest(this.#delivery, "unknown") : this.#deliverySoFar;
    this.inner = inner;
    this.#unblock();
  }

  /** @throws what the call failed with that it is made on the result of */
  get #target(): CallTarget {
    const { target } = this.#outer;
    if (!(target instanceof PendingCall)) return target;
    const known = target.callTarget;
    return known === target ? (target.interception?.inner ?? target) : known;
  }

  #settingsOf(call: InterceptedCall): CallSettings {
    const { settings } = this.#outer;
    const waitedMs = this.#host.clock.now() - this.#madeAtMs;
    if (call === this.#seen && waitedMs === 0 && settings.after === undefined) return settings;
    return {
      ...settings,
      waitedMs,
      signal: this.#isOwnSignal(call) ? settings.signal : call.signal,
      annotations: call.annotations === this.#seen.annotations ? settings.annotations : call.annotations,
      traceparent: call.traceparent,
      after: this.#after,
    };
  }

  /** The signal that interceptors see also says that the deadline has passed, which the session knows by itself. */
  #isOwnSignal(call: InterceptedCall): boolean {
    return call === this.#seen || call.signal === this.#abort?.signal;
  }

  /** Interceptors that fail have no use for the streams that they were given; those that have returned may have. */
  #keepStream(stream: object): void {
    if (!this.isOver) (this.#streams ??= []).push(stream);
    else if (this.failure !== undefined) discardStream(stream);
  }

  #succeed(value: unknown): void {
    if (this.isOver) {
      if (isStream(value)) discardStream(value);
      return;
    }
    const sources = this.#streams ?? [];
    if (!this.#outer.isReleased) this.#streams = undefined;
    this.#end();
    const isWrapped = sources.length > 0 && isAsyncGenerator(value) && !sources.includes(value);
    this.#outer.succeed(isWrapped ? new WrappedStream(value, sources) : value, this.#annotations);
    this.#unblock();
  }

  #fail(error: unknown): void {
    if (this.isOver) return;
    this.failure = [error];
    this.#end();
    this.#outer.fail(error, this.#annotations);
    this.#unblock();
  }

  /** The caller waits no more, whatever the interceptors do. */
  #giveUp(error: unknown): void {
    this.#givenUp = [error];
    this.#fail(error);
    this.#abort?.abort(error);
  }

  #end(): void {
    this.isOver = true;
    const { open, deadlines, closed } = this.#host;
    open.delete(this);
    if (closed !== undefined && open.size === 0) deadlines.clear();
    this.#streams?.forEach(discardStream);
    this.#streams = undefined;
    this.#host.deadlines.remove(this);
    const { signal, scope } = this.#outer.settings;
    if (signal !== undefined) leaveSignal(signal, this);
    scope?.leave(this);
  }

  #unblock(): void {
    const waiting = this.#waiting;
    this.#waiting = undefined;
    if (waiting !== undefined) this.#host.unblocked.add(waiting);
  }
}

function passageOf(call: OutboundCall): CallPassage | undefined {
  const interception = call instanceof PendingCall ? call.interception : undefined;
  return interception instanceof CallPassage ? interception : undefined;
}

/** Streams must be ended when nobody reads them. References may be held by others, and are collected when they aren't. */
function isStream(value: unknown): value is object {
  return typeof value === "object" && value !== null && standInOf(value) === undefined && isStreamable(value);
}
