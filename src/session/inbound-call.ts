import { ConfigError } from "../errors/hearthwire-error.js";
import type { CallOptionsRecord } from "../wire/message.js";
import { annotationsText, NO_ANNOTATIONS } from "./annotations.js";
import type { Annotations, InboundCall, InboundTarget } from "./call-handler.js";
import type { CallScope, ScopeMember } from "./call-scope.js";
import type { Expiring } from "./deadlines.js";
import type { StreamOwner } from "./introducing-payload.js";

/** What a call asks of the table that it stands in. */
export interface InboundCallTable {
  /** The session's clock. */
  now(): number;
  /** Called code threw, after the call was answered: a stream that it returned has failed. */
  threw(call: InboundCallRecord, error: unknown): void;
  answerEarly(call: InboundCallRecord): void;
  expire(call: InboundCallRecord): void;
  /** Runs a task of `onFinished`; what it throws is reported. */
  runTask(call: InboundCallRecord, task: () => void): void;
}

/** The body that a call came in, as far as the bytes of waiting calls are counted. */
export interface BodyCharge {
  readonly byteLength: number;
  waitingCalls: number;
}

/** Something that a payload brought and that can be given back unused. */
export interface Discardable {
  discard(): void;
  /** Ends with the signal of the call that reads it; only streams do. */
  follow?(signal: AbortSignal, scope: undefined): void;
}

export interface InboundCallFacts {
  readonly id: number;
  /** `describe` is a `look` for details. */
  readonly kind: "call" | "get" | "set" | "look" | "describe";
  readonly member: string;
  readonly options: CallOptionsRecord | undefined;
  readonly body: BodyCharge;
}

const NO_ARGUMENTS: readonly unknown[] = Object.freeze([]);
const NOTHING: readonly Discardable[] = Object.freeze([]);
const NO_OPTIONS: CallOptionsRecord = Object.freeze({});

/** One call of the peer, from its arrival until its handler, and the streams that it returned, are over. */
export class InboundCallRecord implements InboundCall, Expiring, StreamOwner, CallScope {
  readonly #table: InboundCallTable;
  readonly #options: CallOptionsRecord;
  readonly id: number;
  readonly kind: InboundCall["kind"];
  readonly isLook: boolean;
  /** A `look` for details. */
  readonly isDetailed: boolean;
  readonly member: string;
  /** The body that it came in, until it starts; it holds the whole frame. */
  body: BodyCharge | undefined;
  target: InboundTarget = "";
  args: readonly unknown[] = NO_ARGUMENTS;
  deadlineAtMs: number = Infinity;
  heapIndex = -1;

  /** Calls of its body that must settle first: by `[id]` target, `[2, id]` arguments, and `o`. */
  targetCall: InboundCallRecord | undefined = undefined;
  argumentCalls: readonly InboundCallRecord[] | undefined = undefined;
  previousCall: InboundCallRecord | undefined = undefined;
  /** How many places of its arguments wait for results. */
  pendingResults = 0;
  /** Calls that wait for this one. */
  followers: InboundCallRecord[] | undefined = undefined;
  /** What its arguments brought, for a call that will never run. */
  brought: readonly Discardable[] | undefined = undefined;
  /** It counts with the session's `admission`. */
  isAdmitted = false;
  /** Its body's bytes are counted as waiting on its behalf. */
  isWaiting = false;

  /** Set once the outcome is known to the peer and to the calls that follow. */
  outcome: "succeeded" | "failed" | undefined = undefined;
  /** The result, or what was thrown. */
  value: unknown = undefined;
  /** It failed by hearthwire's own refusal. */
  isRefused = false;
  isStarted = false;
  /** The handler has returned, or never will run. */
  isOver = false;
  #openStreams = 0;
  #abort: AbortController | undefined;
  #isAborted = false;
  #abortReason: unknown;
  #annotations: Record<string, string> | undefined;
  #tasks: (() => void)[] | undefined;
  #members: Set<ScopeMember> | undefined;
  #reading: Discardable[] | undefined;

  constructor(table: InboundCallTable, { id, kind, member, options, body }: InboundCallFacts) {
    this.#table = table;
    this.#options = options ?? NO_OPTIONS;
    this.id = id;
    this.isDetailed = kind === "describe";
    this.isLook = kind === "look" || this.isDetailed;
    this.kind = kind === "look" || kind === "describe" ? "get" : kind;
    this.member = member;
    this.body = body;
  }

  get isOneway(): boolean {
    return this.#options.w === 1;
  }

  /** How it follows the previous call of its body. */
  get order(): 1 | 2 | undefined {
    return this.#options.o;
  }

  get timeoutMs(): number | undefined {
    return this.#options.d;
  }

  /** The deadline is for the answer: once a stream is on its way, what its producer calls has none of it. */
  get remainingMs(): number | undefined {
    if (this.outcome !== undefined || this.#openStreams > 0 || this.deadlineAtMs === Infinity) return undefined;
    return Math.max(1, this.deadlineAtMs - this.#table.now());
  }

  /** Not after it was given up: what the called code then calls puts things in order. */
  get scope(): CallScope | undefined {
    const isOpen = !this.#isAborted && (this.outcome === undefined || this.#openStreams > 0);
    return isOpen ? this : undefined;
  }

  join(member: ScopeMember): void {
    (this.#members ??= new Set()).add(member);
  }

  leave(member: ScopeMember): void {
    this.#members?.delete(member);
  }

  get correlationId(): string | undefined {
    return this.#options.c;
  }

  get traceparent(): string | undefined {
    return this.#options.t;
  }

  get annotations(): Annotations {
    return this.#options.a ?? NO_ANNOTATIONS;
  }

  /** Whether later calls of its body may name its result. */
  get givesResult(): boolean {
    return !this.isOneway && !this.isLook && this.kind !== "set";
  }

  /** The first of the calls that it waits for which has not settled. */
  get unsettledNeed(): InboundCallRecord | undefined {
    const { targetCall, argumentCalls, previousCall } = this;
    if (targetCall !== undefined && targetCall.outcome === undefined) return targetCall;
    if (previousCall !== undefined && previousCall.outcome === undefined) return previousCall;
    return argumentCalls?.find((call) => call.outcome === undefined);
  }

  /** The first of them that failed, and takes this one with it. */
  get failedNeed(): InboundCallRecord | undefined {
    const { targetCall, argumentCalls, previousCall } = this;
    if (targetCall?.outcome === "failed") return targetCall;
    if (this.order === 2 && previousCall?.outcome === "failed") return previousCall;
    return argumentCalls?.find((call) => call.outcome === "failed");
  }

  get signal(): AbortSignal {
    if (this.#abort === undefined) {
      this.#abort = new AbortController();
      if (this.#isAborted) this.#abort.abort(this.#abortReason);
    }
    return this.#abort.signal;
  }

  /** What ends the text of its answer. */
  get afterAnswer(): string {
    return this.#annotations === undefined ? "]" : `,{"a":${annotationsText(this.#annotations)}}]`;
  }

  /** Which call it is, for errors and events. */
  get where(): { readonly object: string | undefined; readonly member: string } {
    const { target, member } = this;
    return { object: typeof target === "string" && target !== "" ? target : undefined, member };
  }

  annotate(name: string, value: string): void {
    if (this.outcome !== undefined) {
      throw new ConfigError("HW_OPTION_INVALID", `the annotation "${name}" came after the call was answered`);
    }
    const annotations = { ...this.#annotations, [name]: value };
    annotationsText(annotations);
    this.#annotations = annotations;
  }

  answerEarly(): void {
    this.#table.answerEarly(this);
  }

  onFinished(task: () => void): void {
    if (this.#isFinished) this.#table.runTask(this, task);
    else (this.#tasks ??= []).push(task);
  }

  /** Aborts the signal, also one that is asked for later. The first reason stands. */
  abort(reason: unknown): void {
    if (this.#isAborted) return;
    this.#isAborted = true;
    this.#abortReason = reason;
    this.#abort?.abort(reason);
    const members = this.#members;
    this.#members = undefined;
    if (members !== undefined) for (const member of members) member.scopeAborted(reason);
  }

  expired(): void {
    this.#table.expire(this);
  }

  /** Streams among its arguments end when it is given up, and so does what produces them. */
  readStreams(): void {
    for (const each of this.brought ?? NOTHING) {
      if (each.follow === undefined) continue;
      each.follow(this.signal, undefined);
      (this.#reading ??= []).push(each);
    }
  }

  streamOpened(): void {
    this.#openStreams++;
  }

  streamEnded(): void {
    this.#openStreams--;
    this.finish();
  }

  /** The call's signal goes on as `stop` of the stream that it returned, so a generator that waits can give up. */
  streamThrew(error: unknown): void {
    this.#table.threw(this, error);
  }

  streamStopped(reason: unknown): void {
    this.abort(reason);
  }

  get #isFinished(): boolean {
    return this.isOver && this.outcome !== undefined && this.#openStreams === 0;
  }

  /** Runs the tasks of `onFinished` if the time has come. Nobody reads on for a handler that failed. */
  finish(): void {
    if (this.isOver && this.outcome === "failed" && this.#reading !== undefined) {
      for (const stream of this.#reading) stream.discard();
      this.#reading = undefined;
    }
    if (!this.#isFinished || this.#tasks === undefined) return;
    const tasks = this.#tasks;
    this.#tasks = undefined;
    for (const task of tasks) this.#table.runTask(this, task);
  }
}

/** Stands in arguments where the result of an earlier call of the body will be. */
export class PendingResult {
  readonly call: InboundCallRecord;

  constructor(call: InboundCallRecord) {
    this.call = call;
  }
}
