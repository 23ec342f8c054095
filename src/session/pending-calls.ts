import type { Delivery } from "../errors/error-code.js";
import { DeadlineError, type ErrorFacts, ProtocolError } from "../errors/hearthwire-error.js";
import { type CallFacts, ofCall } from "../errors/of-call.js";
import { isRetryable } from "../errors/retryable.js";
import { PayloadError } from "../serializers/payload.js";
import type { ErrorAnswer, ResultAnswer } from "./answer.js";
import { abandonedError, badPayload, deadlineError, deadlineRemedy, nameOfCall, sessionFull } from "./call-errors.js";
import { CallPlanner } from "./call-planner.js";
import type { Annotations } from "./call-handler.js";
import type { Clock } from "./clock.js";
import { CallArguments } from "./call-arguments.js";
import type { ConversationEnd } from "./conversation-end.js";
import type { Deadlines } from "./deadlines.js";
import { Fifo } from "./fifo.js";
import { IdTable } from "./id-table.js";
import type { Discardable } from "./inbound-call.js";
import { IncomingStream } from "./incoming-stream.js";
import type { SessionLimits } from "./limits.js";
import { type CallMaker, type OutboundCall, type ProxyFactory, timeoutOf } from "./outbound-call.js";
import { ParkedCalls } from "./parked-calls.js";
import type { PayloadCodec } from "./payload-codec.js";
import { dropSettled, isUnsettled, PendingCall, type PendingCallTable } from "./pending-call.js";
import { joinSignal } from "./signal-members.js";
import type { SessionOptions } from "./session-options.js";
import type { SessionCounters } from "./session-statistics.js";
import type { Speech } from "./spoken-message.js";
import type { Streams } from "./streams.js";
import { endedCall, giveBack, isPortable, type UnsentListener } from "./unsent-calls.js";
import { WorkList } from "./work-list.js";

export interface PendingCallsOptions extends Pick<
  SessionOptions,
  "unsent" | "offersUnsentAtEnd" | "objectIdOf" | "defaultTimeoutMs"
> {
  readonly peer: string | undefined;
  readonly codec: PayloadCodec;
  readonly speech: Speech;
  readonly tables: { readonly streams: Pick<Streams, "outgoingCount"> };
  readonly deadlines: Deadlines;
  readonly clock: Clock;
  readonly limits: SessionLimits;
  readonly proxies: ProxyFactory;
  readonly maker: CallMaker;
  readonly counters: SessionCounters;
}

/** Settled calls that may stand in queues, beyond as many as still wait. */
const MANY = 64;
const NOT_SENT: ErrorFacts = { delivery: "not-sent" };

/**
 * The calls of this side. Each takes its arguments when it is made, gets its id when it is sent, and keeps it until the
 * answer, also when nobody waits for that any more.
 */
export class PendingCalls implements PendingCallTable {
  readonly #options: PendingCallsOptions;
  readonly #planner: CallPlanner;
  /** Sent and unanswered, by id. */
  readonly #unanswered = new IdTable<PendingCall>();
  /** Made, not sent. */
  readonly #waiting = new Set<PendingCall>();
  /** In the order they are to be sent; those that waited for other calls go first, since they were made earlier. */
  readonly #queue = new Fifo<PendingCall>();
  readonly #resumed = new Fifo<PendingCall>();
  /** Waiting for room for their streams or for their bytes, and what must not overtake them. */
  readonly #parked = new ParkedCalls({
    hasRoom: (one) => this.#options.tables.streams.outgoingCount + one.streamCount <= this.#options.limits.ownStreams,
    read: () => this.pump(),
    unreadable: (pending, error) => this.unsendable(pending, error),
  });
  readonly #arguments: CallArguments;
  /** Settled while they waited, and still standing where they did. */
  #settledWaiting = 0;
  readonly #unblocked = new WorkList<PendingCall>((pending) => this.#resume(pending));
  #nextId = 1;
  #madeCount = 0;
  #isOpen = false;
  #closed: Pick<ConversationEnd, "error"> | undefined;
  /** Takes calls that the peer won't take any more. */
  #unsent: UnsentListener | undefined;
  #lastSentId = 0;
  /** Settled while they were being made: their callers are told in a microtask. */
  #deferred: PendingCall[] = [];
  #makingDepth = 0;

  constructor(options: PendingCallsOptions) {
    this.#options = options;
    this.#arguments = new CallArguments(options);
    this.#planner = new CallPlanner({ ...options, owns: (call) => this.owns(call) });
  }

  /** Calls that nobody has answered yet, sent or not. */
  get count(): number {
    return this.#unanswered.size + this.#waiting.size;
  }

  /** Those that somebody still waits for. */
  get awaitedCount(): number {
    return this.#waiting.size + [...this.#unanswered.values()].filter(isUnsettled).length;
  }

  /** Whether a pending result is one of this session's. */
  owns(call: OutboundCall): boolean {
    return call.entry instanceof PendingCall && call.entry.table === this;
  }

  isUnanswered(pending: PendingCall): boolean {
    return this.#unanswered.get(pending.id) === pending;
  }

  /** The unanswered call that has an id. */
  callOf(id: number): OutboundCall | undefined {
    return this.#unanswered.get(id)?.call;
  }

  /** The id of a call whose result is named in the body that is being built. */
  idOf(call: OutboundCall): number {
    return (call.entry as PendingCall).id;
  }

  /**
   * Makes a call.
   * @throws CannotSendError, LimitError, ConfigError, CallError `HW_RELEASED`, `HW_REFERENCE_GONE`: nothing was sent then
   */
  make(call: OutboundCall): void {
    const { clock, defaultTimeoutMs, deadlines, limits, unsent } = this.#options;
    const { signal, after, scope, waitedMs = 0 } = call.settings;
    if (this.#unsent !== undefined && signal?.aborted !== true && isPortable(call) && this.#unsent(call)) return;
    this.#planner.checkTarget(call);
    const allowed = limits.maxWaitingCalls;
    if (this.#waiting.size >= allowed) {
      throw sessionFull("maxWaitingCalls", { allowed, what: "calls that wait; await some", facts: NOT_SENT });
    }
    const timeoutMs = timeoutOf(call.settings, defaultTimeoutMs);
    const madeAtMs = clock.now() - waitedMs;
    const pending = new PendingCall(this, { call, order: this.#madeCount++, madeAtMs, timeoutMs });
    if (after !== undefined) pending.previous = this.#planner.previousOf(call);
    if (this.#closed === undefined && signal?.aborted !== true) this.#arguments.take(pending);
    call.entry = pending;
    this.#makingDepth++;
    try {
      if (this.#closed !== undefined) {
        this.#endCall(pending, this.#closed, "not-sent");
      } else if (signal?.aborted === true) {
        this.#settle(pending, "failed", signal.reason);
      } else {
        if (signal !== undefined) joinSignal(signal, pending);
        scope?.join(pending);
        if (pending.deadlineAtMs !== Infinity) deadlines.add(pending);
        this.#submit(pending);
        if (unsent !== undefined && pending.id === 0) this.#arguments.keep(pending);
      }
    } finally {
      this.#makingDepth--;
    }
  }

  /** Calls may be sent from now on. */
  open(): void {
    this.#isOpen = true;
    this.pump();
  }

  /** Sends what waits, as far as it may go: there is room again. */
  pump(): void {
    if (!this.#parked.isEmpty) for (const pending of this.#parked.takeFree()) this.#resume(pending);
    while (this.#maySend) {
      const pending = this.#resumed.shift() ?? this.#queue.shift();
      if (pending === undefined) return;
      if (pending.outcome === undefined) this.#dispatch(pending);
    }
  }

  /** Takes an answer. @throws ProtocolError when there is no such call */
  answered(id: number, answer: ResultAnswer | ErrorAnswer): void {
    const pending = this.#unanswered.get(id);
    if (pending === undefined) throw new ProtocolError(`${answer.name}: there is no unanswered call ${id}`);
    this.#unanswered.delete(id);
    if (answer.name === "err") this.#takeError(pending, answer);
    else if (pending.outcome !== undefined) this.#options.codec.discard(answer.payload, answer.body);
    else this.#takeResult(pending, answer);
    this.pump();
  }

  /** No more calls: new ones and those that wait are given back, or fail. */
  drained(reason: Error): void {
    if (this.#closed !== undefined) return;
    this.#unsent = this.#options.unsent;
    this.#close({ error: reason }, this.#unsent);
  }

  #close(end: Pick<ConversationEnd, "error">, unsent?: UnsentListener): void {
    this.#closed = end;
    const nowMs = this.#options.clock.now();
    for (const queue of [this.#queue, this.#resumed, this.#parked]) queue.clear();
    for (const pending of this.#waiting) {
      if (unsent !== undefined && giveBack(pending, { unsent, nowMs })) this.#leave(pending, "failed");
      else this.#endCall(pending, end, "not-sent");
    }
  }

  /** The session is over. Calls whose frame is above `takenSeq`, or that have none, were not sent. */
  end(end: ConversationEnd): void {
    const { unsent, offersUnsentAtEnd } = this.#options;
    this.#unsent = undefined;
    this.#close(end, offersUnsentAtEnd === true ? unsent : undefined);
    for (const pending of this.#unanswered.values()) {
      const seq = pending.body?.seq;
      const isSent = seq !== undefined && seq <= end.takenSeq;
      this.#endCall(pending, end, isSent ? "unknown" : "not-sent");
    }
    this.#unanswered.clear();
  }

  #endCall(pending: PendingCall, { error }: Pick<ConversationEnd, "error">, delivery: Delivery): void {
    this.#settle(pending, "failed", endedCall(pending, { reason: error, facts: this.#facts(pending, delivery) }));
  }

  expire(pending: PendingCall): void {
    const delivery = pending.id === 0 ? "not-sent" : "unknown";
    const { call, timeoutMs } = pending;
    const remedy = deadlineRemedy(timeoutMs === call.settings.atMostMs);
    this.#giveUp(pending, deadlineError({ ...this.#facts(pending, delivery), timeoutMs, remedy }));
  }

  abort(pending: PendingCall, reason: unknown): void {
    this.#giveUp(pending, reason);
  }

  /** The call of a peer in whose course it was made is over without an answer from here. */
  abandon(pending: PendingCall, reason: unknown): void {
    if (reason instanceof DeadlineError) return this.expire(pending);
    const facts = this.#facts(pending, pending.id === 0 ? "not-sent" : "unknown");
    this.#giveUp(pending, abandonedError(nameOfCall(facts), { ...facts, cause: reason }));
  }

  unsendable(pending: PendingCall, error: unknown): void {
    this.#unanswered.delete(pending.id);
    this.#settle(pending, "failed", ofCall(error, this.#facts(pending, "not-sent")));
    this.pump();
  }

  get #maySend(): boolean {
    const { limits, speech } = this.#options;
    return this.#isOpen && this.#unanswered.size < limits.ownCallsInFlight && !speech.isCongested;
  }

  #submit(pending: PendingCall): void {
    if (this.#maySend && this.#queue.size + this.#resumed.size === 0) {
      this.#dispatch(pending);
    } else {
      this.#waiting.add(pending);
      this.#queue.push(pending);
    }
  }

  /** A call that waited goes on, before those made later. */
  #resume(pending: PendingCall): void {
    if (pending.outcome !== undefined || this.#closed !== undefined) return;
    if (this.#maySend) this.#dispatch(pending);
    else this.#resumed.push(pending);
  }

  /** Sends a call whose turn has come, or lets it wait for another. */
  #dispatch(pending: PendingCall, mayJoin = true): void {
    const { clock, speech } = this.#options;
    try {
      const plan = this.#planner.plan(pending, { mayJoin, lastSentId: this.#lastSentId });
      if ("waitFor" in plan) return this.#hold(pending, plan.waitFor);
      if ("failure" in plan) return this.#settle(pending, "failed", plan.failure);
      this.#arguments.putResults(pending);
      if (this.#parked.holds(pending, plan.target)) {
        this.#waiting.add(pending);
        return;
      }
      pending.id = this.#nextId++;
      pending.target = plan.target;
      pending.sameBodyAs = plan.sameBodyAs;
      pending.word({ nowMs: clock.now(), order: plan.order });
      if (!pending.isOneway) this.#unanswered.add(pending);
      pending.body = speech.send(pending);
    } catch (error) {
      return this.unsendable(pending, error);
    }
    if (pending.body !== undefined) {
      this.#dispatched(pending);
    } else {
      this.#unanswered.delete(pending.id);
      pending.id = 0;
      this.#dispatch(pending, false);
    }
  }

  #dispatched(pending: PendingCall): void {
    this.#waiting.delete(pending);
    this.#lastSentId = pending.id;
    pending.previous = pending.argumentCalls = pending.args = pending.sameBodyAs = undefined;
    if (pending.isOneway) this.#settle(pending, "succeeded", undefined);
    else this.#advance(pending);
  }

  #hold(pending: PendingCall, needed: PendingCall): void {
    this.#waiting.add(pending);
    (needed.followers ??= []).push(pending);
  }

  #takeError(pending: PendingCall, { record, options, body }: ErrorAnswer): void {
    const { isIdempotent } = pending.call;
    const error = this.#options.codec.decodeError(record, body, { ...this.#facts(pending, "ran"), isIdempotent });
    for (const each of body.takeBrought()) if (pending.outcome !== undefined) each.discard();
    this.#settle(pending, "failed", error, options?.a);
  }

  #takeResult(pending: PendingCall, { payload, options, body }: ResultAnswer): void {
    let value: unknown;
    try {
      value = payload === undefined ? undefined : this.#options.codec.decode(payload, body);
    } catch (error) {
      if (!(error instanceof PayloadError)) throw error;
      this.#settle(pending, "failed", badPayload(error, this.#facts(pending, "ran")), options?.a);
      return;
    }
    const brought = body.takeBrought();
    if (brought.length > 0) this.#tie(brought, pending);
    this.#settle(pending, "succeeded", value, options?.a);
  }

  /** The streams of a result end with what cancels their call, and their errors say which call it was. */
  #tie(brought: readonly Discardable[], pending: PendingCall): void {
    const { call, object } = pending;
    const { signal, scope } = call.settings;
    for (const each of brought) {
      if (!(each instanceof IncomingStream)) continue;
      each.facts = { object, member: call.member, peer: this.#options.peer, delivery: "ran" };
      each.follow(signal, scope);
    }
  }

  /** The caller waits no more; the peer is told if it knows of the call. */
  #giveUp(pending: PendingCall, error: unknown): void {
    if (pending.outcome !== undefined) return;
    this.#settle(pending, "failed", error);
    // One that waited may have held up others.
    if (pending.id === 0 && !this.#parked.isEmpty) this.pump();
    if (pending.id !== 0) this.#options.speech.say({ keys: [`c${pending.id}`], before: `["cancel",${pending.id}` });
  }

  #settle(pending: PendingCall, outcome: "succeeded" | "failed", value: unknown, annotations?: Annotations): void {
    if (pending.outcome !== undefined) return;
    if (outcome === "failed") this.#options.counters.callsMadeFailed++;
    pending.value = value;
    pending.annotations = annotations;
    this.#leave(pending, outcome);
    this.#advance(pending);
    if (this.#makingDepth === 0) pending.tell();
    else if (this.#deferred.push(pending) === 1) queueMicrotask(this.#tellDeferred);
  }

  /** Nobody waits for it any more. */
  #leave(pending: PendingCall, outcome: "succeeded" | "failed"): void {
    pending.outcome = outcome;
    // A sent call may still wait behind a body in pieces, and needs its payload then.
    if (pending.id === 0) pending.payload = undefined;
    pending.previous = pending.argumentCalls = pending.args = undefined;
    this.#options.deadlines.remove(pending);
    pending.disarm();
    if (this.#waiting.delete(pending) && ++this.#settledWaiting > MANY + this.#waiting.size) this.#forgetSettled();
  }

  /** Calls that waited for this one look again: it was sent, or has settled. */
  #advance(pending: PendingCall): void {
    const { followers } = pending;
    if (followers === undefined) return;
    pending.followers = undefined;
    this.#unblocked.add(followers);
  }

  /** Settled calls leave where they waited, or a peer that answers nothing would make this side keep all of them. */
  #forgetSettled(): void {
    this.#settledWaiting = 0;
    dropSettled(this.#queue);
    dropSettled(this.#resumed);
    this.#parked.dropSettled();
    for (const needed of [...this.#unanswered.values(), ...this.#waiting]) {
      needed.followers = needed.followers?.filter(isUnsettled);
    }
  }

  readonly #tellDeferred = (): void => {
    const deferred = this.#deferred;
    this.#deferred = [];
    for (const pending of deferred) pending.tell();
  };

  #facts({ object, call, madeAtMs }: PendingCall, delivery: Delivery): ErrorFacts & CallFacts {
    const { clock, peer } = this.#options;
    const retryable = isRetryable(delivery, call.isIdempotent);
    return { object, member: call.member, peer, elapsedMs: clock.now() - madeAtMs, delivery, retryable };
  }
}
