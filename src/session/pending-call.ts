import type { EncodedPayload } from "../serializers/payload.js";
import { annotationsText, correlationIdText, traceparentText } from "./annotations.js";
import type { Annotations } from "./call-handler.js";
import type { ScopeMember } from "./call-scope.js";
import type { Expiring } from "./deadlines.js";
import type { Fifo } from "./fifo.js";
import { IntroducingPayload } from "./introducing-payload.js";
import type { OutgoingMessage, SentBody } from "./message-sink.js";
import type { OutboundCall } from "./outbound-call.js";
import { quoted } from "./quoted.js";
import { leaveSignal, type SignalMember } from "./signal-members.js";
import { withdraw } from "./spoken-message.js";

/** The table that a call stands in. */
export interface PendingCallTable {
  expire(call: PendingCall): void;
  abort(call: PendingCall, reason: unknown): void;
  abandon(call: PendingCall, reason: unknown): void;
  unsendable(call: PendingCall, error: unknown): void;
  isUnanswered(call: PendingCall): boolean;
}

/** Whether the peer has still to answer a call, whatever became of it on this side. */
export function isUnanswered({ entry }: OutboundCall): boolean {
  return entry instanceof PendingCall && entry.table.isUnanswered(entry);
}

/** Whether a call was handed to its session's frames, so that the peer may know of it. */
export function wasSent({ entry }: OutboundCall): boolean {
  return entry instanceof PendingCall && entry.id !== 0;
}

/** Deadlines on the wire are 1..2^31-1 ms. */
const MAX_DEADLINE_MS = 2 ** 31 - 1;

/**
 * What the table keeps about a call of this side, from the making to its answer. It is its own message, deadline and
 * member of its signal, so that a call costs no closures.
 */
export class PendingCall implements OutgoingMessage, Expiring, ScopeMember, SignalMember {
  readonly table: PendingCallTable;
  readonly call: OutboundCall;
  /** Counts the calls of the session as they are made. */
  readonly order: number;
  readonly madeAtMs: number;
  readonly timeoutMs: number;
  readonly deadlineAtMs: number;
  /** The options that are known when it is made, each after a comma. */
  readonly #settings: string;
  heapIndex = -1;

  /** 0 until it is sent. */
  id = 0;
  body: SentBody | undefined = undefined;
  payload: EncodedPayload | undefined = undefined;
  before = "";
  after = "";
  sameBodyAs: SentBody | undefined = undefined;
  /** The target as it stands in the message. */
  target = "";

  /** The call that it follows, for `o`; forgotten once it is sent. */
  previous: PendingCall | undefined = undefined;
  /** Calls whose results stand in its arguments, and the arguments as they were when it was made. */
  argumentCalls: readonly PendingCall[] | undefined = undefined;
  args: readonly unknown[] | undefined = undefined;
  /** Calls that wait until this one is sent, or settled. */
  followers: PendingCall[] | undefined = undefined;

  /** How it settled on this side; its id may still be waiting for the answer. */
  outcome: "succeeded" | "failed" | undefined = undefined;
  /** The result or the error. */
  value: unknown = undefined;
  annotations: Annotations | undefined = undefined;

  /** @throws ConfigError when an option of the call is out of range */
  constructor(
    table: PendingCallTable,
    { call, order, madeAtMs, timeoutMs }: { call: OutboundCall; order: number; madeAtMs: number; timeoutMs: number },
  ) {
    this.table = table;
    this.call = call;
    this.order = order;
    this.madeAtMs = madeAtMs;
    this.timeoutMs = timeoutMs;
    this.deadlineAtMs = timeoutMs > 0 ? madeAtMs + timeoutMs : Infinity;
    this.#settings = settingsText(call);
  }

  get isOneway(): boolean {
    return this.call.settings.isOneway === true && this.call.kind !== "look";
  }

  /** Whether calls in its body may name its result. */
  get givesResult(): boolean {
    return !this.isOneway && (this.call.kind === "call" || this.call.kind === "get");
  }

  /** Made for the few that look while a body goes in pieces. */
  get keys(): readonly string[] {
    return [`t${this.target}`, `c${this.id}`];
  }

  /** Streams among its arguments. */
  get streamCount(): number {
    return this.payload instanceof IntroducingPayload ? this.payload.streamCount : 0;
  }

  /** The object id, `""` for what has none, for errors. */
  get object(): string {
    return typeof this.call.target === "string" ? this.call.target : "";
  }

  /** Words the message, once it has an id and its target's text. */
  word({ nowMs, order }: { nowMs: number; order: 1 | 2 | undefined }): void {
    const { kind, member } = this.call;
    if (kind === "look") {
      this.before = `["look",${this.id},${this.target}`;
      this.after = this.call.args.length === 0 ? "]" : ",1]";
      return;
    }
    this.before = `["${kind}",${this.id},${this.target},${quoted(member)}${this.payload === undefined ? "" : ","}`;
    this.after = this.#optionsText(nowMs, order);
  }

  #optionsText(nowMs: number, order: 1 | 2 | undefined): string {
    const remainingMs = Math.min(Math.max(1, Math.ceil(this.deadlineAtMs - nowMs)), MAX_DEADLINE_MS);
    if (this.#settings === "" && order === undefined) return this.timeoutMs > 0 ? deadlineText(remainingMs) : "]";
    let text = this.#settings;
    if (this.timeoutMs > 0) text += `,"d":${remainingMs}`;
    if (order !== undefined) text += `,"o":${order}`;
    return `,{${text.slice(1)}}]`;
  }

  sent(): void {
    if (this.payload instanceof IntroducingPayload) this.payload.start();
    this.payload = undefined;
  }

  failed(error: Error): void {
    withdraw(this);
    this.table.unsendable(this, error);
  }

  /** Leaves its signal and its scope. */
  disarm(): void {
    const { signal, scope } = this.call.settings;
    if (signal !== undefined) leaveSignal(signal, this);
    scope?.leave(this);
  }

  /** Tells its caller how it settled. */
  tell(): void {
    if (this.outcome === "succeeded") this.call.succeed(this.value, this.annotations);
    else this.call.fail(this.value, this.annotations);
  }

  expired(): void {
    this.table.expire(this);
  }

  signalAborted(reason: unknown): void {
    this.table.abort(this, reason);
  }

  scopeAborted(reason: unknown): void {
    this.table.abandon(this, reason);
  }
}

/** Takes those that have settled out of a queue. */
export function dropSettled(queue: Fifo<PendingCall>): void {
  for (let left = queue.size; left > 0; left--) {
    const pending = queue.shift();
    if (pending !== undefined && isUnsettled(pending)) queue.push(pending);
  }
}

export function isUnsettled({ outcome }: PendingCall): boolean {
  return outcome === undefined;
}

let knownMs = 0;
let knownText = "";

/** The options of a call that has a deadline alone, and the end of its message: of most calls, and mostly the same. */
function deadlineText(remainingMs: number): string {
  if (remainingMs !== knownMs) {
    knownMs = remainingMs;
    knownText = `,{"d":${remainingMs}}]`;
  }
  return knownText;
}

function settingsText({ settings, kind }: OutboundCall): string {
  const { correlationId, traceparent, annotations, isOneway } = settings;
  let text = "";
  if (correlationId !== undefined) text += `,"c":${correlationIdText(correlationId)}`;
  if (traceparent !== undefined) text += `,"t":${traceparentText(traceparent)}`;
  if (annotations !== undefined) text += `,"a":${annotationsText(annotations)}`;
  if (isOneway === true && kind !== "look") text += ',"w":1';
  return text;
}
