import { ConnectionError, ProtocolError } from "../errors/hearthwire-error.js";
import {
  type EncodedPayload,
  type OutgoingBody,
  type OutgoingValues,
  type PayloadSerializer,
} from "../serializers/payload.js";
import type { ErrorRecord, MemberShape, Message, Payload, ReferenceLeaf, StreamLeaf } from "../wire/message.js";
import { ArrivedBody, type ReceivedBody } from "./arrived-body.js";
import type { AdmissionOptions } from "./call-admission.js";
import type { CallHandler } from "./call-handler.js";
import type { Clock } from "./clock.js";
import { drainingError } from "./call-errors.js";
import { Deadlines } from "./deadlines.js";
import { ExportedReferences } from "./exported-references.js";
import { ImportedReferences } from "./imported-references.js";
import { type ErrorListener, InboundCalls } from "./inbound-calls.js";
import type { Introduced, IntroductionDesk } from "./introducing-payload.js";
import type { SessionLimits } from "./limits.js";
import type { LiveReference } from "./live-reference.js";
import type { MessageSink } from "./message-sink.js";
import { NumberedValues } from "./numbered-values.js";
import { type CallMaker, OutboundCall, type ProxyFactory } from "./outbound-call.js";
import { PayloadCodec } from "./payload-codec.js";
import { PendingCalls } from "./pending-calls.js";
import { ReferenceTrace } from "./reference-trace.js";
import { type FrameStatistics, SessionCounters, type SessionStatistics } from "./session-statistics.js";
import { Speech } from "./spoken-message.js";
import { Streams } from "./streams.js";
import { TravellingValues } from "./travelling-values.js";
import type { UnsentListener } from "./unsent-calls.js";
import { abortWritable, freeWritable, readWritable, remoteWritable } from "./writable-streams.js";

export type { ReceivedBody } from "./arrived-body.js";

export interface ConversationOptions extends AdmissionOptions {
  /** Runs what the peer calls. */
  readonly handler: CallHandler;
  readonly proxies: ProxyFactory;
  /** Whether the peer may be given references of another session. */
  readonly relays?: ((session: CallMaker) => boolean) | undefined;
  readonly serializer: PayloadSerializer;
  readonly limits: SessionLimits;
  readonly clock: Clock;
  /** Where messages go. */
  readonly sink: MessageSink;
  /** The session, as proxies know it. */
  readonly maker: CallMaker;
  /** URL or address of the peer, for errors. */
  readonly peer: string | undefined;
  readonly exposeStacks: boolean;
  /** Keeps with each reference where it came from. @default false */
  readonly traceReferences?: boolean | undefined;
  /** Deadline of calls that set none, in ms; 0 = none. */
  readonly defaultTimeoutMs: number;
  /** Takes what called code threw, which the peer is told. */
  readonly threw?: ErrorListener | undefined;
  /** Takes errors that nobody else is told. */
  readonly unobserved: ErrorListener;
  /** Takes back calls of this side that the peer won't take. */
  readonly unsent?: UnsentListener | undefined;
  /** A call or stream is over. */
  readonly changed?: (() => void) | undefined;
}

/** How a conversation ends. */
export interface ConversationEnd {
  /** What everything pending rejects with, or carries as its cause. */
  readonly error: Error;
  /** The highest frame that the peer may have taken. */
  readonly takenSeq: number;
}

export interface ConversationStatistics {
  /** Calls of the peer that wait or run. */
  readonly callsRunning: number;
  /** Calls of this side without an answer. */
  readonly callsPending: number;
  /** Open streams of both directions. */
  readonly streams: number;
  /** References held by either side. */
  readonly references: number;
}

/**
 * Everything that is said inside bodies but the upkeep of the session: calls, answers, streams and references, in both
 * directions. It puts messages into a sink and is given those that arrived; of frames, keys and sockets it knows nothing.
 */
export class Conversation implements Pick<OutgoingBody, "reference" | "stream"> {
  readonly #options: ConversationOptions;
  readonly #speech: Speech;
  readonly #deadlines: Deadlines;
  readonly #exports: ExportedReferences;
  readonly #imports: ImportedReferences;
  readonly #streams: Streams;
  readonly #codec: PayloadCodec;
  readonly #values: TravellingValues;
  readonly #arriving: NumberedValues;
  readonly #pending: PendingCalls;
  readonly #inbound: InboundCalls;
  readonly #desk: IntroductionDesk = { current: undefined };
  /** What was said and done since it began. */
  readonly counters = new SessionCounters();
  readonly #trace: ReferenceTrace | undefined;
  #isEnded = false;

  constructor(options: ConversationOptions) {
    const { limits, maker, proxies, relays, serializer, exposeStacks, sink, clock } = options;
    const { counters } = this;
    this.#options = options;
    const trace = (this.#trace = options.traceReferences === true ? new ReferenceTrace() : undefined);
    const handler = trace?.watched(options.handler) ?? options.handler;
    const speech = (this.#speech = new Speech(sink));
    const deadlines = (this.#deadlines = new Deadlines(clock));
    const exports = (this.#exports = new ExportedReferences(
      (value) => handler.members(value) as readonly MemberShape[],
    ));
    this.#imports = new ImportedReferences({
      maker,
      create: (reference) => (reference.kind === "writable" ? remoteWritable(reference) : proxies.create(reference)),
      released: (id, count) => speech.say({ keys: [], before: `["release",${id},${count}` }),
      max: limits.maxReferences,
      place: () => this.#trace?.place,
    });
    const owns = (call: OutboundCall): boolean => this.#pending.owns(call);
    this.#values = new TravellingValues({ proxies, handler, limits, maker, relays, exports, owns, trace });
    const codec = (this.#codec = new PayloadCodec({
      serializer,
      values: this.#values,
      desk: this.#desk,
      trace,
      exposeStacks,
    }));
    const streams = (this.#streams = new Streams({
      codec,
      speech,
      limits,
      counters,
      ended: () => this.#streamEnded(),
      report: (error) => options.unobserved(error, { object: "", member: "" }),
    }));
    this.#values.streams = streams;
    this.#arriving = new NumberedValues({ exports, imports: this.#imports, streams });
    this.#pending = new PendingCalls({ ...options, codec, speech, streams, deadlines, counters });
    const changed = (): void => options.changed?.();
    const threw: ErrorListener = (error, where) => options.threw?.(error, where);
    const own = { handler, codec, speech, exports, deadlines, counters, changed, threw };
    this.#inbound = new InboundCalls({ ...options, ...own });
  }

  get statistics(): ConversationStatistics {
    return {
      callsRunning: this.#inbound.count,
      callsPending: this.#pending.count,
      streams: this.#streams.count,
      references: this.#exports.size + this.#imports.size,
    };
  }

  /** The whole of it, with what frames and pings add. */
  fullStatistics(others: FrameStatistics): SessionStatistics {
    const { callsPending, callsRunning, streams: streamsOpen, references: referencesHeld } = this.statistics;
    return Object.freeze({ ...this.counters, callsPending, callsRunning, streamsOpen, referencesHeld, ...others });
  }

  /** Whether callers of this side wait, who have not given up, or streams are open. */
  get isAwaited(): boolean {
    return this.#pending.awaitedCount + this.#streams.count > 0;
  }

  /** The references that either side holds now, and the signals that are open. */
  references(): readonly LiveReference[] {
    return [...this.#exports.list(), ...this.#imports.list(), ...this.#streams.signals()];
  }

  /**
   * Makes a call. Its arguments are taken now; it is sent as soon as the session may.
   * @throws CannotSendError naming the path of what can't be sent
   * @throws LimitError when the session has no room for its references
   * @throws ConfigError when an option is out of range
   * @throws CallError `HW_RELEASED`; after each of these nothing was sent, and the call is told nothing
   */
  call(call: OutboundCall): void {
    this.#trace?.calling(call);
    this.#pending.make(call);
    this.counters.callsMade++;
  }

  /** Calls may be sent from now on. */
  opened(): void {
    this.#pending.open();
  }

  /** Congestion is over: calls and stream items go on. */
  relieved(): void {
    this.#streams.relieved();
    this.#pending.pump();
    this.#inbound.relieved();
  }

  /** The peer takes no new calls: those not sent yet and later ones are given back or fail, sent ones go on. */
  drained(): void {
    const message = `${this.#options.peer ?? "the peer"} is shutting down and takes no new calls`;
    this.#pending.drained(new ConnectionError("HW_CONNECTION_CLOSED", message));
  }

  /** No more calls of the peer, but those that it sent before it had taken a frame of this side. */
  refuseCalls(toldSeq: number): void {
    this.#inbound.refuseAfter(toldSeq, drainingError());
  }

  /** Takes one message. @throws ProtocolError when it may not be said: the session ends then */
  receive(message: Message, received: ReceivedBody): void {
    if (this.#isEnded) return;
    this.#trace?.taking(message, (id) => this.#pending.callOf(id));
    const body = this.#bodyOf(received);
    switch (message[0]) {
      case "call":
      case "set": {
        const [kind, id, target, member, payload, options] = message;
        return this.#inbound.take({ kind, id, target, member, payload, options, body });
      }
      case "get": {
        const [kind, id, target, member, options] = message;
        return this.#inbound.take({ kind, id, target, member, payload: undefined, options, body });
      }
      case "look": {
        const [, id, target, details] = message;
        const kind = details === 1 ? "describe" : "look";
        return this.#inbound.take({ kind, id, target, member: "", payload: undefined, options: undefined, body });
      }
      case "cancel":
        return this.#inbound.cancel(message[1]);
      case "ok":
        return this.#pending.answered(message[1], { name: "ok", payload: message[2], options: message[3], body });
      case "err":
        return this.#pending.answered(message[1], { name: "err", record: message[2], options: message[3], body });
      case "item":
        return this.#streams.item(message[1], { payload: message[2], body });
      case "end":
        return this.#streams.end(message[1], { payload: message[2], body });
      case "fail":
        return this.#streams.fail(message[1], { record: message[2], body });
      case "credit":
        return this.#streams.credit(message[1], message[2]);
      case "stop":
        return this.#streams.stop(message[1], { record: message[2], body });
      case "release":
        return this.#released(message[1], message[2]);
      default:
        throw new ProtocolError(`"${message[0]}" can't be said here`);
    }
  }

  /** Settles everything that is pending on either side and forgets all of it. */
  end({ error, takenSeq }: ConversationEnd): void {
    if (this.#isEnded) return;
    this.#isEnded = true;
    // First: whoever is told of a failure may use a reference at once.
    this.#imports.end();
    this.#speech.end();
    this.#deadlines.clear();
    this.#pending.end(error, takenSeq);
    this.#inbound.end(error);
    this.#streams.close(error, this.#options.peer);
    for (const value of this.#exports.clear()) if (value instanceof WritableStream) abortWritable(value, error);
  }

  /** Numbers a value that travels by reference; the sink asks while it puts a payload into a body. */
  reference(value: object): ReferenceLeaf {
    const stand = readWritable(value) ?? this.#options.proxies.read(value);
    if (stand instanceof OutboundCall) return [2, this.#pending.idOf(stand)];
    const reference = stand === undefined || "objectId" in stand ? undefined : stand;
    if (reference?.session === this.#options.maker) return [1, reference.id];
    const exported = reference?.proxy ?? value;
    return this.#exports.export(exported, {
      kind: this.#values.kindOf(exported),
      introduce: this.#introduce,
      createdAt: this.#trace?.originOf(exported),
    });
  }

  /** Numbers a stream of this side; the sink asks while it puts a payload into a body. */
  stream(value: object): StreamLeaf {
    return this.#streams.export(value, { owner: this.#desk.current?.owner, introduce: this.#introduce });
  }

  /** Encodes handshake data, which is plain. @throws CannotSendError */
  encode(value: unknown, root: string): EncodedPayload {
    return this.#options.serializer.encode(value, PLAIN_ONLY, root);
  }

  /** Revives a payload. @throws PayloadError when the gate refuses it */
  decode(payload: Payload, received: ReceivedBody): unknown {
    return this.#codec.decode(payload, this.#bodyOf(received));
  }

  encodeError(error: unknown, isRefusal: boolean): EncodedPayload {
    const { serializer, exposeStacks } = this.#options;
    return serializer.encodeError(error, PLAIN_ONLY, { exposeStacks, isRefusal });
  }

  decodeError(record: ErrorRecord, received: ReceivedBody): unknown {
    return this.#codec.decodeError(record, this.#bodyOf(received), { peer: this.#options.peer });
  }

  #bodyOf(received: ReceivedBody): ArrivedBody {
    return (received.state ??= new ArrivedBody(received, this.#arriving));
  }

  readonly #introduce = (introduced: Introduced): void => {
    this.#desk.current?.add(introduced);
  };

  #released(id: number, count: number): void {
    const value = this.#exports.release(id, count);
    if (value instanceof WritableStream) freeWritable(value);
  }

  /** There may be room now for calls that carry streams. */
  #streamEnded(): void {
    if (this.#isEnded) return;
    this.#pending.pump();
    this.#options.changed?.();
  }
}

/** Handshake data are told before calls may be made, so nothing in them could be used. */
const PLAIN_ONLY: OutgoingValues = {
  travels: (value) => {
    const isPlain = typeof value !== "function" && !(Symbol.asyncIterator in value) && !(value instanceof Blob);
    return isPlain
      ? undefined
      : { refused: "functions, streams and Blobs can't be handshake data; send them with a call" };
  },
};
