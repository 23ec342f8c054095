import { CallError, HearthwireError, type LimitError, ProtocolError, RemoteError } from "../errors/hearthwire-error.js";
import { type EncodedPayload, PayloadError } from "../serializers/payload.js";
import { isPromiseLike } from "../wire/after.js";
import type { ArrivedCall } from "./arrived-call.js";
import { BlobAnswers } from "./blob-answers.js";
import { badPayload, deadlineError, nameOfCall, referenceGone } from "./call-errors.js";
import type { AdmissionOptions } from "./call-admission.js";
import type { CallHandler } from "./call-handler.js";
import { CallResults } from "./call-results.js";
import type { Clock } from "./clock.js";
import type { Deadlines } from "./deadlines.js";
import type { ExportedReferences } from "./exported-references.js";
import { IdTable } from "./id-table.js";
import { InboundCallRecord, type InboundCallTable } from "./inbound-call.js";
import type { SessionLimits } from "./limits.js";
import { LimitRefusals } from "./limit-refusals.js";
import type { CallMaker, ProxyFactory } from "./outbound-call.js";
import { isRefusal } from "./refusal.js";
import type { Ports } from "./say-error.js";
import type { SessionCounters } from "./session-statistics.js";
import { SpokenAnswers } from "./spoken-answers.js";
import { WorkList } from "./work-list.js";
import { callWritable, WRITABLE_MEMBERS } from "./writable-streams.js";

export interface InboundCallsOptions extends Ports, AdmissionOptions {
  readonly handler: CallHandler;
  readonly proxies: ProxyFactory;
  readonly maker: CallMaker;
  readonly tables: { readonly exports: Pick<ExportedReferences, "get"> };
  readonly deadlines: Deadlines;
  readonly clock: Clock;
  readonly limits: SessionLimits;
  readonly counters: SessionCounters;
  /** Takes errors that the peer is not told, or did not cause. */
  readonly unobserved: ErrorListener;
  /** Takes what called code threw, which its caller is told. */
  readonly threw?: ErrorListener | undefined;
  /** A call is over. */
  readonly changed?: (() => void) | undefined;
}

/** Takes an error, and the call that it came from. */
export type ErrorListener = (error: Error, where: { readonly object: string; readonly member: string }) => void;

const NO_ARGUMENTS: readonly unknown[] = Object.freeze([]);

/**
 * The calls of the peer. They start in the order of their messages and are not awaited one after another; each is
 * answered exactly once, unless it is one-way.
 */
export class InboundCalls implements InboundCallTable {
  readonly #options: InboundCallsOptions;
  readonly #answers: SpokenAnswers;
  readonly #results: CallResults;
  readonly #blobAnswers: BlobAnswers;
  readonly #full: LimitRefusals;
  /** Unsettled, by id. */
  readonly #calls = new IdTable<InboundCallRecord>();
  /** Answered before they ran; they run still. */
  readonly #early = new Set<InboundCallRecord>();
  /** Calls that wait or run, whether or not they were answered. */
  #live = 0;
  readonly #unblocked = new WorkList<InboundCallRecord>((call) => this.runTask(call, () => this.#advance(call)));
  #waitingBytes = 0;
  /** Calls that were sent after the peer had taken this frame are refused, with an error for all of them. */
  #lastCalls: { readonly seq: number; readonly refusal: Error } | undefined;
  #isEnded = false;

  constructor(options: InboundCallsOptions) {
    this.#options = options;
    this.#answers = new SpokenAnswers(options);
    this.#results = new CallResults(options);
    this.#full = new LimitRefusals(options.limits);
    this.#blobAnswers = new BlobAnswers(() => options.speech.isCongested);
  }

  /** Calls that wait or run. */
  get count(): number {
    return this.#live;
  }

  /** @throws ProtocolError when the message names what it may not */
  take(arrived: ArrivedCall): void {
    const { id, body, target, payload } = arrived;
    if (this.#calls.has(id)) throw new ProtocolError(`${arrived.kind}: the id ${id} is still in use`);
    const call = new InboundCallRecord(this, arrived);
    if (call.order !== undefined) call.previousCall = body.previousCall;
    if (typeof target === "object") call.targetCall = body.callWithResult(target[0]);
    const named = payload === undefined ? [] : this.#options.codec.dependencies(payload, body);
    if (named.length > 0) call.argumentCalls = named.map((earlier) => body.callWithResult(earlier));
    body.addCall(call);
    this.#calls.add(call);
    this.#live++;
    this.#options.counters.callsServed++;
    this.#receive(call, arrived);
  }

  /** Refuses calls from now on, but those that were sent before the peer had taken a frame: they run. */
  refuseAfter(seq: number, refusal: Error): void {
    this.#lastCalls = { seq, refusal };
  }

  cancel(id: number): void {
    const call = this.#calls.get(id);
    if (call === undefined) return;
    this.#giveUp(call, new CallError("HW_CANCELLED", `${nameOfCall(call.where)} was cancelled by its caller`));
  }

  now(): number {
    return this.#options.clock.now();
  }

  expire(call: InboundCallRecord): void {
    this.#giveUp(call, deadlineError({ ...call.where, timeoutMs: call.timeoutMs ?? 0 }));
  }

  answerEarly(call: InboundCallRecord): void {
    if (call.outcome !== undefined || call.isOneway || this.#isEnded) return;
    this.#options.speech.say({ keys: [`a${call.id}`], before: `["ok",${call.id}` });
    this.#early.add(call);
    this.#settle(call, "succeeded", undefined);
  }

  runTask(call: InboundCallRecord, task: () => void): void {
    try {
      task();
    } catch (error) {
      this.#report(call, error);
    }
  }

  /** There is room on the line again. */
  relieved(): void {
    void this.#blobAnswers.pump();
  }

  /** The session is over: what runs is aborted, what waits never runs. */
  end(error: Error): void {
    this.#isEnded = true;
    for (const call of this.#early) call.abort(error);
    for (const call of this.#calls.values()) {
      this.#fail(call, error, true);
      call.abort(error);
    }
    this.#blobAnswers.end();
  }

  /** Arguments are revived at once, in the order of their messages, whatever becomes of the call. */
  #receive(call: InboundCallRecord, { target, payload, body }: ArrivedCall): void {
    const { tables, clock, deadlines } = this.#options;
    const full = this.#enter(call);
    const held = typeof target === "number" ? tables.exports.get(target) : undefined;
    if (typeof target === "string") call.target = target;
    else if (held !== undefined) call.target = held;
    try {
      this.#reviveArguments(call, { payload, body });
    } catch (error) {
      if (!(error instanceof PayloadError)) throw error;
      return this.#refuse(call, badPayload(error), true);
    }
    if (typeof target === "number" && held === undefined) return this.#refuse(call, referenceGone(target), true);
    if (body.ack >= (this.#lastCalls?.seq ?? Infinity)) return this.#refuse(call, this.#lastCalls?.refusal, true);
    if (full !== undefined) return this.#refuseForLimit(call, full);
    if (call.timeoutMs !== undefined) {
      call.deadlineAtMs = (body.arrivedAtMs ??= clock.now()) + call.timeoutMs;
      deadlines.add(call);
    }
    this.#advance(call);
  }

  /** Counts a call, whatever is wrong with it; gives why it may not run when there are too many. */
  #enter(call: InboundCallRecord): LimitError | undefined {
    const { limits, admission } = this.#options;
    if (this.#live > limits.maxCallsInFlight) return this.#full.of("maxCallsInFlight", "calls at once");
    const refusal = admission?.enter();
    call.isAdmitted = admission !== undefined && refusal === undefined;
    return refusal;
  }

  #reviveArguments(call: InboundCallRecord, { payload, body }: Pick<ArrivedCall, "payload" | "body">): void {
    if (call.kind === "get") return;
    const before = body.pendingResults;
    body.takesResults = true;
    try {
      const value = this.#options.codec.decode(payload, body);
      call.brought = body.takeBrought();
      call.pendingResults = body.pendingResults - before;
      if (call.kind === "call" && !Array.isArray(value)) throw new PayloadError("the arguments are no array");
      call.args = call.kind === "set" ? [value] : (value as readonly unknown[]);
    } finally {
      body.takesResults = false;
    }
  }

  /** Starts a call, unless it must wait for one that has not settled yet. */
  #advance(call: InboundCallRecord): void {
    if (call.outcome !== undefined) return;
    const needed = call.unsettledNeed;
    if (needed !== undefined) return this.#wait(call, needed);
    const failed = call.failedNeed;
    if (failed === undefined) this.#start(call);
    else this.#refuse(call, failed.value, failed.isRefused);
  }

  #wait(call: InboundCallRecord, needed: InboundCallRecord): void {
    const { body } = call;
    if (!call.isWaiting && body !== undefined) {
      const bytes = body.waitingCalls === 0 ? body.byteLength : 0;
      if (this.#waitingBytes + bytes > this.#options.limits.maxQueuedArgumentBytes) {
        return this.#refuseForLimit(call, this.#full.of("maxQueuedArgumentBytes", "bytes of waiting calls"));
      }
      call.isWaiting = true;
      body.waitingCalls++;
      this.#waitingBytes += bytes;
    }
    (needed.followers ??= []).push(call);
  }

  /** It waits no more, or never did; its frame may go. */
  #leaveBody(call: InboundCallRecord): void {
    const { body } = call;
    if (call.isWaiting && body !== undefined && --body.waitingCalls === 0) this.#waitingBytes -= body.byteLength;
    call.isWaiting = false;
    call.body = undefined;
  }

  #start(call: InboundCallRecord): void {
    this.#leaveBody(call);
    let result: unknown;
    try {
      this.#results.putInto(call);
      call.isStarted = true;
      result = this.#run(call);
    } catch (error) {
      this.#completed(call, "failed", error);
      return;
    }
    if (isPromiseLike(result)) void this.#await(call, result);
    else this.#completed(call, "succeeded", result);
  }

  #run(call: InboundCallRecord): unknown {
    const { handler } = this.#options;
    const { target } = call;
    if (target instanceof WritableStream) return call.isLook ? WRITABLE_MEMBERS : callWritable(target, call);
    return call.isLook ? handler.members(target, call.isDetailed) : handler.run(call);
  }

  async #await(call: InboundCallRecord, promise: PromiseLike<unknown>): Promise<void> {
    let outcome: "succeeded" | "failed" = "succeeded";
    let value: unknown;
    try {
      value = await promise;
    } catch (error) {
      outcome = "failed";
      value = error;
    }
    this.runTask(call, () => this.#completed(call, outcome, value));
  }

  /** The handler has returned, or thrown. */
  #completed(call: InboundCallRecord, outcome: "succeeded" | "failed", value: unknown): void {
    const isHeard = call.outcome === undefined && !call.isOneway;
    if (isHeard && outcome === "succeeded") return this.#answer(call, value);
    this.#over(call);
    if (isHeard) this.#failed(call, value);
    else this.#completedUnheard(call, outcome, value);
    call.finish();
  }

  /** The handler threw: its caller is told, and so is whoever watches this side. */
  #failed(call: InboundCallRecord, error: unknown): void {
    const isOurs = isRefusal(error);
    if (!isOurs) this.threw(call, error);
    this.#refuse(call, error, isOurs);
  }

  /** Nobody takes what it returned: it is one-way, was answered early, or was given up by its caller. */
  #completedUnheard(call: InboundCallRecord, outcome: "succeeded" | "failed", value: unknown): void {
    if (outcome === "succeeded") this.#results.discard(value);
    else if (call.outcome !== "failed" && !this.#isEnded) this.#report(call, value);
    this.#settle(call, outcome, value);
  }

  #answer(call: InboundCallRecord, value: unknown): void {
    let payload: EncodedPayload | undefined;
    try {
      payload = this.#answers.encode(call, value);
    } catch (error) {
      return this.#unanswerable(call, { value, error });
    }
    if (payload?.blobs === undefined) return this.#sayResult(call, { value, payload });
    // It counts as running until its bytes were read, and can be cancelled.
    this.#blobAnswers.add({
      blobs: payload.blobs,
      isWanted: () => call.outcome === undefined,
      say: () => this.runTask(call, () => this.#sayResult(call, { value, payload })),
      unreadable: (error) => this.runTask(call, () => this.#unanswerable(call, { value, error })),
    });
  }

  #sayResult(
    call: InboundCallRecord,
    { value, payload }: { value: unknown; payload: EncodedPayload | undefined },
  ): void {
    this.#over(call);
    if (call.outcome !== undefined) {
      // Given up while the bytes of its result were read.
      this.#results.discard(value);
    } else {
      try {
        this.#answers.sayResult(call, payload);
      } catch (error) {
        return this.#unanswerable(call, { value, error });
      }
      this.#settle(call, "succeeded", value);
    }
    call.finish();
  }

  /** What the handler returned can't be sent. */
  #unanswerable(call: InboundCallRecord, { value, error }: { value: unknown; error: unknown }): void {
    this.#over(call);
    this.#results.discard(value);
    if (call.outcome === undefined) {
      this.#report(call, error);
      this.#refuse(call, error, error instanceof HearthwireError && !(error instanceof RemoteError));
    }
    call.finish();
  }

  /** The call fails, and with it all that need its result. @param isOurs hearthwire refuses, not the called code */
  #refuse(call: InboundCallRecord, error: unknown, isOurs: boolean): void {
    if (call.isOneway) this.#report(call, error);
    else this.#answers.sayError(call, error, isOurs);
    this.#fail(call, error, isOurs);
  }

  #refuseForLimit(call: InboundCallRecord, error: LimitError): void {
    const { object = "", member } = call.where;
    this.#options.limited?.(error, { object, member });
    this.#refuse(call, error, true);
  }

  /** At `cancel` or its deadline: answered at once, whatever its handler later returns. */
  #giveUp(call: InboundCallRecord, error: HearthwireError): void {
    if (!call.isOneway) this.#answers.sayError(call, error, true);
    this.#fail(call, error, true);
    call.abort(error);
  }

  #fail(call: InboundCallRecord, error: unknown, isOurs: boolean): void {
    call.isRefused = isOurs;
    if (!call.isStarted) this.#over(call);
    this.#settle(call, "failed", error);
    call.finish();
  }

  /** Its outcome is known: its id is free, and calls that waited for it look again. */
  #settle(call: InboundCallRecord, outcome: "succeeded" | "failed", value: unknown): void {
    if (call.outcome !== undefined) return;
    call.outcome = outcome;
    if (outcome === "failed") this.#options.counters.callsServedFailed++;
    call.value = value;
    this.#calls.delete(call.id);
    this.#options.deadlines.remove(call);
    const { followers } = call;
    call.followers = undefined;
    if (followers !== undefined && !this.#isEnded) this.#unblocked.add(followers);
  }

  /** It no longer counts against limits. One that never started gives back what its arguments brought. */
  #over(call: InboundCallRecord): void {
    if (call.isOver) return;
    call.isOver = true;
    this.#live--;
    if (call.isAdmitted) this.#options.admission?.leave();
    this.#early.delete(call);
    this.#leaveBody(call);
    if (!call.isStarted && call.brought !== undefined) for (const each of call.brought) each.discard();
    call.brought = undefined;
    call.args = NO_ARGUMENTS;
    this.#options.changed?.();
  }

  threw(call: InboundCallRecord, error: unknown): void {
    this.#tell(this.#options.threw, { call, error });
  }

  #report(call: InboundCallRecord, error: unknown): void {
    this.#tell(this.#options.unobserved, { call, error });
  }

  #tell(listener: ErrorListener | undefined, { call, error }: { call: InboundCallRecord; error: unknown }): void {
    const { object = "", member } = call.where;
    const told = error instanceof Error ? error : new Error("a value that is no error was thrown", { cause: error });
    listener?.(told, { object, member });
  }
}
