import { ProtocolError } from "../errors/hearthwire-error.js";
import { type IncomingBody, type NodeBudget, PayloadError } from "../serializers/payload.js";
import type { ReferenceLeaf, StreamLeaf } from "../wire/message.js";
import { type BodyCharge, type Discardable, type InboundCallRecord, PendingResult } from "./inbound-call.js";
import type { UnreadBody } from "./unread-bytes.js";

/** A verified body, from which messages are given to the conversation one by one, in their order. */
export interface ReceivedBody {
  readonly segments: readonly Uint8Array[];
  readonly budget: NodeBudget;
  /** Size of the whole body, head and segments. */
  readonly byteLength: number;
  /** The highest frame of this side that the peer had taken when it sent the body. */
  readonly ack: number;
  /** What the conversation keeps about this body; nobody else touches it. */
  state?: ArrivedBody;
}

/** Revives what the payloads of a body name by number. */
export interface IncomingValues {
  reference(leaf: ReferenceLeaf, body: ArrivedBody): unknown;
  stream(leaf: StreamLeaf, body: ArrivedBody): unknown;
}

const NOTHING: readonly Discardable[] = Object.freeze([]);

/** A body whose messages are being taken: its segments, its calls so far, and what its payloads brought. */
export class ArrivedBody implements IncomingBody, BodyCharge {
  readonly #received: ReceivedBody;
  readonly #values: IncomingValues;
  #taken: Set<number> | undefined;
  #countedStreams: Set<number> | undefined;
  #brought: Discardable[] | undefined;
  #unread: UnreadBody | undefined;
  readonly #calls: InboundCallRecord[] = [];
  /** By id as text: the peer chooses the ids, and can choose numbers whose hashes collide. */
  #results: Map<string, InboundCallRecord> | undefined;
  #callsInResults = 0;
  /** Whether `[2, id]` may stand in the payload that is being revived. */
  takesResults = false;
  /** How many of them were revived so far. */
  pendingResults = 0;
  waitingCalls = 0;
  /** By the session's clock; set by the first that asks. Deadlines of all its calls count from there. */
  arrivedAtMs: number | undefined = undefined;

  constructor(received: ReceivedBody, values: IncomingValues) {
    this.#received = received;
    this.#values = values;
  }

  get budget(): NodeBudget {
    return this.#received.budget;
  }

  get ack(): number {
    return this.#received.ack;
  }

  /** Segments are views of the frame, so a payload that waits holds all of it. */
  get byteLength(): number {
    return this.#received.byteLength;
  }

  /**
   * What an item of a stream counts: the first of a body counts all of it, the others nothing. So the items of a stream
   * are never counted too low, at no cost, whatever else the body holds.
   */
  bytesOfItem(stream: number): number {
    this.#countedStreams ??= new Set();
    if (this.#countedStreams.has(stream)) return 0;
    this.#countedStreams.add(stream);
    return this.byteLength;
  }

  /** What its items are counted under while they wait unread. */
  get unread(): UnreadBody {
    return (this.#unread ??= { byteLength: this.byteLength, unreadItems: 0 });
  }

  segment(index: number): Uint8Array {
    const bytes = Number.isInteger(index) ? this.#received.segments[index] : undefined;
    if (bytes === undefined) {
      throw new PayloadError(`bytes name segment ${String(index)} of ${this.#received.segments.length}`);
    }
    this.#taken ??= new Set();
    if (this.#taken.has(index)) throw new PayloadError(`bytes name segment ${index} a second time`);
    this.#taken.add(index);
    return bytes;
  }

  peek(index: unknown): Uint8Array | undefined {
    if (typeof index !== "number" || this.#taken?.has(index) === true) return undefined;
    return this.#received.segments[index];
  }

  reference(leaf: ReferenceLeaf): unknown {
    return this.#values.reference(leaf, this);
  }

  stream(leaf: StreamLeaf): unknown {
    return this.#values.stream(leaf, this);
  }

  /** Notes what the payload that is being revived brought. */
  bring(value: Discardable): void {
    (this.#brought ??= []).push(value);
  }

  /** Takes the list of what was brought since it was taken last. */
  takeBrought(): readonly Discardable[] {
    const brought = this.#brought;
    this.#brought = undefined;
    return brought ?? NOTHING;
  }

  /** The call before the next one, which `o` names. @throws ProtocolError when there is none */
  get previousCall(): InboundCallRecord {
    const previous = this.#calls.at(-1);
    if (previous === undefined) throw new ProtocolError('"o" stands in the first call of a body');
    return previous;
  }

  addCall(call: InboundCallRecord): void {
    this.#calls.push(call);
  }

  /** @throws ProtocolError unless `id` is an earlier call or get of this body that is answered */
  callWithResult(id: number): InboundCallRecord {
    const results = (this.#results ??= new Map());
    for (; this.#callsInResults < this.#calls.length; this.#callsInResults++) {
      const call = this.#calls[this.#callsInResults]!;
      if (call.givesResult) results.set(`#${call.id}`, call);
    }
    const call = results.get(`#${id}`);
    if (call === undefined) throw new ProtocolError(`${id} is no earlier call of this body whose result can be named`);
    return call;
  }

  /** What stands for `[2, id]` until the call is started. */
  pendingResult(id: number): PendingResult {
    if (!this.takesResults) throw new PayloadError("the result of a call stands outside of arguments");
    const result = new PendingResult(this.callWithResult(id));
    this.pendingResults++;
    return result;
  }
}
