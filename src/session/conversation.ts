import { ConnectionError, ProtocolError } from "../errors/hearthwire-error.js";
import { type EncodedPayload, type OutgoingBody, type OutgoingValues } from "../serializers/payload.js";
import type { ErrorRecord, Message, Payload, ReferenceLeaf, StreamLeaf } from "../wire/message.js";
import { ArrivedBody, type ReceivedBody } from "./arrived-body.js";
import type { ConversationEnd } from "./conversation-end.js";
import type { ConversationOptions } from "./conversation-options.js";
import { ConversationParts } from "./conversation-parts.js";
import { drainingError } from "./call-errors.js";
import type { Introduced } from "./introducing-payload.js";
import type { LiveReference } from "./live-reference.js";
import { OutboundCall } from "./outbound-call.js";
import type { PendingCalls } from "./pending-calls.js";
import type { FrameStatistics, SessionCounters, SessionStatistics } from "./session-statistics.js";
import { abortWritable, freeWritable, readWritable } from "./writable-streams.js";

export type { ReceivedBody } from "./arrived-body.js";

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
  readonly #parts: ConversationParts;
  /** Calls may be sent. */
  #isOpen = false;
  #end: ConversationEnd | undefined;

  constructor(options: ConversationOptions) {
    this.#options = options;
    this.#parts = new ConversationParts(options);
  }

  /** What was said and done since it began. */
  get counters(): SessionCounters {
    return this.#parts.counters;
  }

  get statistics(): ConversationStatistics {
    const { inbound, pending, streams, exports, imports } = this.#parts.made;
    return {
      callsRunning: inbound?.count ?? 0,
      callsPending: pending?.count ?? 0,
      streams: streams?.count ?? 0,
      references: (exports?.size ?? 0) + (imports?.size ?? 0),
    };
  }

  /** The whole of it, with what frames and pings add. */
  fullStatistics(others: FrameStatistics): SessionStatistics {
    const { callsPending, callsRunning, streams, references } = this.statistics;
    const { callsMade, callsMadeFailed, callsServed, callsServedFailed, streamItemsSent, streamItemsReceived } =
      this.counters;
    return Object.freeze({
      callsMade,
      callsMadeFailed,
      callsPending,
      callsServed,
      callsServedFailed,
      callsRunning,
      streamsOpen: streams,
      streamItemsSent,
      streamItemsReceived,
      referencesHeld: references,
      framesSent: others.framesSent,
      framesResent: others.framesResent,
      framesReceived: others.framesReceived,
      bytesSent: others.bytesSent,
      bytesReceived: others.bytesReceived,
      unacknowledgedBytes: others.unacknowledgedBytes,
      pingsSent: others.pingsSent,
      roundTripMs: others.roundTripMs,
    });
  }

  /** Whether callers of this side wait, who have not given up, or streams are open. */
  get isAwaited(): boolean {
    const { pending, streams } = this.#parts.made;
    return (pending?.awaitedCount ?? 0) + (streams?.count ?? 0) > 0;
  }

  /** The references that either side holds now, and the signals that are open. */
  references(): readonly LiveReference[] {
    const { exports, imports, streams } = this.#parts.made;
    return [...(exports?.list() ?? []), ...(imports?.list() ?? []), ...(streams?.signals() ?? [])];
  }

  /**
   * Makes a call. Its arguments are taken now; it is sent as soon as the session may.
   * @throws CannotSendError naming the path of what can't be sent
   * @throws LimitError when the session has no room for its references
   * @throws ConfigError when an option is out of range
   * @throws CallError `HW_RELEASED`; after each of these nothing was sent, and the call is told nothing
   */
  call(call: OutboundCall): void {
    this.#parts.trace?.calling(call);
    this.#pending.make(call);
    this.counters.callsMade++;
  }

  /** Calls may be sent from now on. */
  opened(): void {
    this.#isOpen = true;
    this.#parts.made.pending?.open();
  }

  /** Congestion is over: calls and stream items go on. */
  relieved(): void {
    const { streams, pending, inbound } = this.#parts.made;
    streams?.relieved();
    pending?.pump();
    inbound?.relieved();
  }

  /** The peer takes no new calls: those not sent yet and later ones are given back or fail, sent ones go on. */
  drained(): void {
    const message = `${this.#options.terms.peer ?? "the peer"} is shutting down and takes no new calls`;
    this.#pending.drained(new ConnectionError("HW_CONNECTION_CLOSED", message));
  }

  /** No more calls of the peer, but those that it sent before it had taken a frame of this side. */
  refuseCalls(toldSeq: number): void {
    this.#parts.inbound.refuseAfter(toldSeq, drainingError());
  }

  /** Takes one message. @throws ProtocolError when it may not be said: the session ends then */
  receive(message: Message, received: ReceivedBody): void {
    if (this.#end !== undefined) return;
    this.#parts.trace?.taking(message, (id) => this.#pending.callOf(id));
    const body = this.#bodyOf(received);
    switch (message[0]) {
      case "call":
      case "set": {
        const [kind, id, target, member, payload, options] = message;
        return this.#parts.inbound.take({ kind, id, target, member, payload, options, body });
      }
      case "get": {
        const [kind, id, target, member, options] = message;
        return this.#parts.inbound.take({ kind, id, target, member, payload: undefined, options, body });
      }
      case "look": {
        const [, id, target, details] = message;
        const kind = details === 1 ? "describe" : "look";
        return this.#parts.inbound.take({ kind, id, target, member: "", payload: undefined, options: undefined, body });
      }
      case "cancel":
        return this.#parts.inbound.cancel(message[1]);
      case "ok":
        return this.#pending.answered(message[1], { name: "ok", payload: message[2], options: message[3], body });
      case "err":
        return this.#pending.answered(message[1], { name: "err", record: message[2], options: message[3], body });
      case "item":
        return this.#parts.streams.item(message[1], { payload: message[2], body });
      case "end":
        return this.#parts.streams.end(message[1], { payload: message[2], body });
      case "fail":
        return this.#parts.streams.fail(message[1], { record: message[2], body });
      case "credit":
        return this.#parts.streams.credit(message[1], message[2]);
      case "stop":
        return this.#parts.streams.stop(message[1], { record: message[2], body });
      case "release":
        return this.#released(message[1], message[2]);
      default:
        throw new ProtocolError(`"${message[0]}" can't be said here`);
    }
  }

  /** Settles everything that is pending on either side and forgets all of it. */
  end(end: ConversationEnd): void {
    if (this.#end !== undefined) return;
    this.#end = end;
    const { imports, deadlines, pending, inbound, streams, exports } = this.#parts.made;
    // First: whoever is told of a failure may use a reference at once.
    imports?.end();
    this.#parts.end();
    deadlines?.clear();
    pending?.end(end);
    inbound?.end(end.error);
    streams?.close(end.error, this.#options.terms.peer);
    for (const value of exports?.clear() ?? []) if (value instanceof WritableStream) abortWritable(value, end.error);
  }

  /** Numbers a value that travels by reference; the sink asks while it puts a payload into a body. */
  reference(value: object): ReferenceLeaf {
    const stand = readWritable(value) ?? this.#options.terms.proxies.read(value);
    if (stand instanceof OutboundCall) return [2, this.#pending.idOf(stand)];
    const reference = stand === undefined || "objectId" in stand ? undefined : stand;
    if (reference?.session === this.#options.maker) return [1, reference.id];
    const exported = reference?.proxy ?? value;
    return this.#parts.exports.export(exported, {
      kind: this.#parts.values.kindOf(exported),
      introduce: this.#introduce,
      createdAt: this.#parts.trace?.originOf(exported),
    });
  }

  /** Numbers a stream of this side; the sink asks while it puts a payload into a body. */
  stream(value: object): StreamLeaf {
    return this.#parts.streams.export(value, { owner: this.#parts.desk.current?.owner, introduce: this.#introduce });
  }

  /** Encodes handshake data, which is plain. @throws CannotSendError */
  encode(value: unknown, root: string): EncodedPayload {
    return this.#options.terms.serializer.encode(value, PLAIN_ONLY, root);
  }

  /** Revives a payload. @throws PayloadError when the gate refuses it */
  decode(payload: Payload, received: ReceivedBody): unknown {
    return this.#parts.codec.decode(payload, this.#bodyOf(received));
  }

  encodeError(error: unknown, isRefusal: boolean): EncodedPayload {
    const { serializer, exposeStacks = false } = this.#options.terms;
    return serializer.encodeError(error, PLAIN_ONLY, { exposeStacks, isRefusal });
  }

  decodeError(record: ErrorRecord, received: ReceivedBody): unknown {
    return this.#parts.codec.decodeError(record, this.#bodyOf(received), { peer: this.#options.terms.peer });
  }

  #bodyOf(received: ReceivedBody): ArrivedBody {
    return (received.state ??= new ArrivedBody(received, this.#parts.arriving));
  }

  readonly #introduce = (introduced: Introduced): void => {
    this.#parts.desk.current?.add(introduced);
  };

  #released(id: number, count: number): void {
    const value = this.#parts.exports.release(id, count);
    if (value instanceof WritableStream) freeWritable(value);
  }

  /** The calls of this side, in a table that is as far as the conversation. */
  get #pending(): PendingCalls {
    const { made } = this.#parts;
    if (made.pending !== undefined) return made.pending;
    const { pending } = this.#parts;
    if (this.#isOpen) pending.open();
    if (this.#end !== undefined) pending.end(this.#end);
    return pending;
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
