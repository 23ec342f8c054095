import { LimitError } from "../errors/hearthwire-error.js";
import { PayloadError } from "../serializers/payload.js";
import type { ErrorRecord, Payload, StreamKind, StreamLeaf } from "../wire/message.js";
import type { ArrivedBody } from "./arrived-body.js";
import { badPayload, endedError, RAN } from "./call-errors.js";
import { CollectionHint } from "./collection-hint.js";
import { isId } from "./imported-references.js";
import { IncomingSignal } from "./incoming-signal.js";
import { IncomingStream, readableOf, RemoteStream } from "./incoming-stream.js";
import type { Introduced, StreamOwner } from "./introducing-payload.js";
import type { SessionLimits } from "./limits.js";
import type { LiveReference } from "./live-reference.js";
import { OutgoingSignal } from "./outgoing-signal.js";
import { OutgoingStream } from "./outgoing-stream.js";
import type { Ports } from "./say-error.js";
import type { SessionCounters } from "./session-statistics.js";
import { isReadable, streamSource } from "./stream-source.js";
import { UnreadBytes } from "./unread-bytes.js";

/** Unknown stream ids that are remembered as answered with `stop`. */
const MAX_UNKNOWN = 1024;

export interface StreamsOptions extends Ports {
  readonly limits: SessionLimits;
  readonly counters: SessionCounters;
  /** A stream of either direction has ended. */
  readonly ended: () => void;
  /** Takes an error of a stream of this side that the consumer sees but did not cause. */
  readonly report: (error: Error) => void;
}

/** How a stream of this side is introduced. */
export interface Introduction {
  /** The call that returns it. */
  readonly owner: StreamOwner | undefined;
  /** Told what to start when the message has left, or to undo. */
  readonly introduce: (introduced: Introduced) => void;
}

/** The streams of a session: those that this side produces, and those of the peer that it consumes. */
export class Streams {
  readonly #options: StreamsOptions;
  readonly #outgoing = new Map<number, OutgoingStream | OutgoingSignal>();
  readonly #incoming = new Map<number, IncomingStream | IncomingSignal>();
  readonly #unknown = new Set<number>();
  readonly #unreadBytes = new UnreadBytes();
  /** What the open signals of this side were sent as. */
  readonly #sentSignals = new WeakMap<AbortSignal, OutgoingSignal>();
  #uncollected: FinalizationRegistry<OutgoingSignal> | undefined;
  /** Ends streams that nobody can read any more. */
  #unreadable: FinalizationRegistry<IncomingStream> | undefined;
  readonly #streamHint: CollectionHint;
  readonly #signalHint: CollectionHint;
  #nextId = 1;
  #outgoingSignals = 0;
  #incomingSignals = 0;

  constructor(options: StreamsOptions) {
    this.#options = options;
    this.#streamHint = new CollectionHint(options.limits.maxStreams);
    this.#signalHint = new CollectionHint(options.limits.maxReferences);
  }

  /** Streams of both directions, signals not counted. */
  get count(): number {
    return this.outgoingCount + this.incomingCount;
  }

  get outgoingCount(): number {
    return this.#outgoing.size - this.#outgoingSignals;
  }

  get outgoingSignalCount(): number {
    return this.#outgoingSignals;
  }

  /** Whether a signal that is sent now takes no new place. */
  hasSignal(signal: AbortSignal): boolean {
    return this.#openSignal(signal) !== undefined;
  }

  /** The open signals of both directions. */
  signals(): LiveReference[] {
    const listed: LiveReference[] = [];
    for (const stream of this.#outgoing.values()) if (stream instanceof OutgoingSignal) listed.push(stream.listed);
    for (const stream of this.#incoming.values()) if (stream instanceof IncomingSignal) listed.push(stream.listed);
    return listed;
  }

  get incomingCount(): number {
    return this.#incoming.size - this.#incomingSignals;
  }

  /** Numbers a stream of this side. */
  export(value: object, { owner, introduce }: Introduction): StreamLeaf {
    if (value instanceof AbortSignal) {
      const signal = this.#openSignal(value) ?? this.#addSignal(value);
      signal.appear();
      introduce(signal);
      return [signal.id, "signal"];
    }
    const id = this.#nextId++;
    const source = streamSource(value);
    const { codec, speech, counters, report } = this.#options;
    const over = this.#outgoingOver;
    const stream = new OutgoingStream({ id, source, owner, codec, speech, counters, report, over });
    this.#outgoing.set(id, stream);
    introduce(stream);
    return [id, isReadable(value) ? "readable" : "iterable"];
  }

  /** Takes a stream of the peer that a payload introduces. @throws PayloadError */
  import(leaf: StreamLeaf, body: ArrivedBody): unknown {
    const [id, kind, ...others] = Array.isArray(leaf) ? (leaf as readonly unknown[]) : [];
    if (others.length > 0 || !isId(id) || !isStreamKind(kind)) throw new PayloadError("a stream is no [id, kind]");
    const open = this.#incoming.get(id);
    if (open !== undefined) {
      if (kind === "signal" && open instanceof IncomingSignal) return takeSignal(open, body);
      throw new PayloadError(`stream ${id} is open already`);
    }
    const { codec, speech, limits } = this.#options;
    this.#refuseAboveLimit(kind);
    if (kind === "signal") {
      const signal = new IncomingSignal({ id, codec, speech });
      this.#incoming.set(id, signal);
      this.#incomingSignals++;
      return takeSignal(signal, body);
    }
    const { maxUnreadBytes } = limits;
    const stream = new IncomingStream({ id, codec, speech, unreadBytes: this.#unreadBytes, maxUnreadBytes });
    this.#incoming.set(id, stream);
    this.#streamHint.added(this.incomingCount);
    body.bring(stream);
    const readWith = kind === "readable" ? readableOf(stream) : new RemoteStream(stream);
    (this.#unreadable ??= new FinalizationRegistry(this.#streamCollected)).register(readWith, stream);
    return readWith;
  }

  /** @throws ProtocolError when more came than was granted */
  item(id: number, { payload, body }: { payload: Payload; body: ArrivedBody }): void {
    const stream = this.#incoming.get(id);
    stream?.admit();
    this.#options.counters.streamItemsReceived++;
    if (!(stream instanceof IncomingStream) || stream.isStopped) {
      this.#options.codec.discard(payload, body);
      if (stream === undefined) this.#stopUnknown(id);
      return;
    }
    try {
      const value = this.#options.codec.decode(payload, body);
      const bytes = body.bytesOfItem(id);
      stream.item({ value, bytes, brought: body.takeBrought(), body: body.unread });
    } catch (error) {
      if (!(error instanceof PayloadError)) throw error;
      stream.refuse(badPayload(error, stream.facts));
    }
  }

  end(id: number, { payload, body }: { payload: Payload; body: ArrivedBody }): void {
    const { codec } = this.#options;
    const stream = this.#takeIncoming(id);
    if (stream === undefined || stream.isStopped) {
      codec.discard(payload, body);
      return;
    }
    try {
      stream.finish(payload === undefined ? undefined : codec.decode(payload, body));
    } catch (error) {
      if (!(error instanceof PayloadError)) throw error;
      stream.fail(badPayload(error, stream instanceof IncomingStream ? stream.facts : RAN));
    }
  }

  fail(id: number, { record, body }: { record: ErrorRecord; body: ArrivedBody }): void {
    const stream = this.#takeIncoming(id);
    const isUnheard = stream === undefined || (stream instanceof IncomingStream && stream.isStopped);
    if (isUnheard) this.#discardError(record, body);
    else
      stream.fail(this.#options.codec.decodeError(record, body, stream instanceof IncomingStream ? stream.facts : RAN));
  }

  credit(id: number, count: number): void {
    this.#outgoing.get(id)?.credit(count);
  }

  stop(id: number, { record, body }: { record: ErrorRecord | undefined; body: ArrivedBody }): void {
    const stream = this.#outgoing.get(id);
    if (record === undefined) stream?.stop(undefined);
    else if (stream === undefined) this.#discardError(record, body);
    else stream.stop(this.#options.codec.decodeError(record, body));
  }

  /** The line is free again. */
  relieved(): void {
    for (const stream of this.#outgoing.values()) stream.resume();
  }

  /** The session is over: sources end, readers get it as that of their call once they have read what came. */
  close(error: Error, peer: string | undefined): void {
    for (const stream of [...this.#outgoing.values()]) stream.abandon(error);
    for (const stream of this.#incoming.values()) {
      stream.fail(stream instanceof IncomingSignal ? error : endedError(error, { peer, ...stream.facts }));
    }
    this.#incoming.clear();
    this.#incomingSignals = 0;
    this.#unknown.clear();
  }

  #openSignal(signal: AbortSignal): OutgoingSignal | undefined {
    const sent = this.#sentSignals.get(signal);
    return sent?.isOpen === true ? sent : undefined;
  }

  #addSignal(signal: AbortSignal): OutgoingSignal {
    const { codec, speech } = this.#options;
    const id = this.#nextId++;
    const outgoing = new OutgoingSignal({ id, signal, codec, speech, over: this.#outgoingOver });
    this.#uncollected ??= new FinalizationRegistry(this.#signalCollected);
    this.#uncollected.register(signal, outgoing);
    this.#sentSignals.set(signal, outgoing);
    this.#outgoing.set(id, outgoing);
    this.#outgoingSignals++;
    this.#signalHint.added(this.#outgoingSignals);
    return outgoing;
  }

  readonly #streamCollected = (stream: IncomingStream): void => {
    if (!stream.isOver) this.#streamHint.collected();
    stream.discard();
  };

  readonly #signalCollected = (signal: OutgoingSignal): void => {
    if (signal.isOpen) this.#signalHint.collected();
    signal.collected();
  };

  readonly #outgoingOver = (stream: OutgoingStream | OutgoingSignal): void => {
    this.#outgoing.delete(stream.id);
    if (stream instanceof OutgoingSignal) this.#outgoingSignals--;
    else this.#options.ended();
  };

  #takeIncoming(id: number): IncomingStream | IncomingSignal | undefined {
    const stream = this.#incoming.get(id);
    if (stream === undefined) {
      this.#unknown.delete(id);
      return undefined;
    }
    this.#incoming.delete(id);
    if (stream instanceof IncomingSignal) this.#incomingSignals--;
    else this.#options.ended();
    return stream;
  }

  /** Nobody is told this error; its data may bring shapes that later payloads name, and what else has to be given back. */
  #discardError(record: ErrorRecord, body: ArrivedBody): void {
    if ("thrown" in record) return this.#options.codec.discard(record.thrown, body);
    this.#options.codec.discard(record.data, body);
    if (record.cause !== undefined) this.#discardError(record.cause, body);
    for (const error of record.errors ?? []) this.#discardError(error, body);
  }

  /** The payload that introduced it was refused here: its producer is told once. */
  #stopUnknown(id: number): void {
    if (this.#unknown.has(id)) return;
    if (this.#unknown.size >= MAX_UNKNOWN) {
      for (const oldest of this.#unknown) {
        this.#unknown.delete(oldest);
        break;
      }
    }
    this.#unknown.add(id);
    this.#options.speech.say({ keys: [`p${id}`], before: `["stop",${id}` });
  }

  #refuseAboveLimit(kind: StreamKind): void {
    const { maxReferences, maxStreams } = this.#options.limits;
    const isSignal = kind === "signal";
    const allowed = isSignal ? maxReferences : maxStreams;
    if ((isSignal ? this.#incomingSignals : this.incomingCount) < allowed) return;
    const limit = isSignal ? "maxReferences" : "maxStreams";
    const message = `${allowed} ${isSignal ? "signals" : "streams"} of the peer are open ("${limit}"); end one first`;
    throw new PayloadError(message, { cause: new LimitError(message, { limit, allowed }) });
  }
}

function takeSignal(signal: IncomingSignal, body: ArrivedBody): AbortSignal {
  signal.appear();
  body.bring(signal);
  return signal.signal;
}

function isStreamKind(kind: unknown): kind is StreamKind {
  return kind === "iterable" || kind === "readable" || kind === "signal";
}
