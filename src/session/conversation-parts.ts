import type { MemberShape } from "../wire/message.js";
import type { ConversationOptions } from "./conversation-options.js";
import { Deadlines } from "./deadlines.js";
import { ExportedReferences } from "./exported-references.js";
import { ImportedReferences } from "./imported-references.js";
import { InboundCalls } from "./inbound-calls.js";
import type { IntroductionDesk } from "./introducing-payload.js";
import { NumberedValues } from "./numbered-values.js";
import { PayloadCodec } from "./payload-codec.js";
import { PendingCalls } from "./pending-calls.js";
import { ReferenceTrace } from "./reference-trace.js";
import { SessionCounters } from "./session-statistics.js";
import { Speech } from "./spoken-message.js";
import { Streams } from "./streams.js";
import { TravellingValues } from "./travelling-values.js";
import { remoteWritable } from "./writable-streams.js";

/** What is there so far. */
export interface MadeParts {
  deadlines: Deadlines | undefined;
  exports: ExportedReferences | undefined;
  imports: ImportedReferences | undefined;
  streams: Streams | undefined;
  values: TravellingValues | undefined;
  codec: PayloadCodec | undefined;
  arriving: NumberedValues | undefined;
  pending: PendingCalls | undefined;
  inbound: InboundCalls | undefined;
}

/**
 * The tables of a conversation and what reads and writes payloads, each made on first use: a daemon has thousands of
 * sessions in which nothing is said, and of the others most only serve calls of plain data. All of them together take
 * 8 KiB (measured). Whoever only wants to know what there is, or to end it, asks for `made`.
 */
export class ConversationParts {
  readonly #options: ConversationOptions;
  readonly made: MadeParts = {
    deadlines: undefined,
    exports: undefined,
    imports: undefined,
    streams: undefined,
    values: undefined,
    codec: undefined,
    arriving: undefined,
    pending: undefined,
    inbound: undefined,
  };
  readonly speech: Speech;
  readonly desk: IntroductionDesk = { current: undefined };
  /** What was said and done since it began. */
  readonly counters = new SessionCounters();
  readonly trace: ReferenceTrace | undefined;
  #isOver = false;

  constructor(options: ConversationOptions) {
    this.#options = options;
    this.speech = new Speech(options.sink);
    this.trace = options.terms.traceReferences === true ? new ReferenceTrace() : undefined;
  }

  /** Nothing more is said. */
  end(): void {
    this.#isOver = true;
    this.speech.end();
  }

  get deadlines(): Deadlines {
    return (this.made.deadlines ??= new Deadlines(this.#options.terms.clock));
  }

  get exports(): ExportedReferences {
    return (this.made.exports ??= this.#newExports());
  }

  get imports(): ImportedReferences {
    return (this.made.imports ??= this.#newImports());
  }

  get values(): TravellingValues {
    return (this.made.values ??= this.#newValues());
  }

  get codec(): PayloadCodec {
    return (this.made.codec ??= this.#newCodec());
  }

  get arriving(): NumberedValues {
    return (this.made.arriving ??= new NumberedValues(this));
  }

  get streams(): Streams {
    return (this.made.streams ??= this.#newStreams());
  }

  /** A table in which calls may be sent at once; whoever asks for it first says whether they may. */
  get pending(): PendingCalls {
    return (this.made.pending ??= this.#newPending());
  }

  get inbound(): InboundCalls {
    return (this.made.inbound ??= this.#newInbound());
  }

  #newExports(): ExportedReferences {
    const { handler } = this.#options.terms;
    return new ExportedReferences((value) => handler.members(value) as readonly MemberShape[]);
  }

  #newImports(): ImportedReferences {
    const { maker, terms } = this.#options;
    const { proxies, limits } = terms;
    return new ImportedReferences({
      maker,
      create: (reference) => (reference.kind === "writable" ? remoteWritable(reference) : proxies.create(reference)),
      released: (id, count) => this.speech.say({ keys: [], before: `["release",${id},${count}` }),
      max: limits.maxReferences,
      place: () => this.trace?.place,
    });
  }

  #newValues(): TravellingValues {
    const { maker, terms } = this.#options;
    const { proxies, handler, limits, relays } = terms;
    return new TravellingValues({
      proxies,
      handler,
      limits,
      maker,
      relays,
      tables: this,
      owns: (call) => this.made.pending?.owns(call) === true,
      trace: this.trace,
    });
  }

  #newCodec(): PayloadCodec {
    const { serializer, exposeStacks = false } = this.#options.terms;
    const { values, desk, trace } = this;
    return new PayloadCodec({ serializer, values, desk, trace, exposeStacks });
  }

  #newStreams(): Streams {
    const { terms, unobserved } = this.#options;
    const { limits } = terms;
    const { codec, speech, counters } = this;
    return new Streams({
      codec,
      speech,
      limits,
      counters,
      ended: () => this.#streamEnded(),
      report: (error) => unobserved(error, { object: "", member: "" }),
    });
  }

  #newPending(): PendingCalls {
    const { maker, terms } = this.#options;
    const { clock, limits, proxies, peer, defaultTimeoutMs, unsent, offersUnsentAtEnd, objectIdOf } = terms;
    const { codec, speech, deadlines, counters } = this;
    return new PendingCalls({
      codec,
      speech,
      tables: this,
      deadlines,
      clock,
      limits,
      proxies,
      maker,
      peer,
      defaultTimeoutMs,
      unsent,
      offersUnsentAtEnd,
      objectIdOf,
      counters,
    });
  }

  #newInbound(): InboundCalls {
    const { terms, maker, unobserved, threw, changed } = this.#options;
    const { handler, proxies, clock, limits, admission, limited } = terms;
    const { codec, speech, deadlines, counters, trace } = this;
    return new InboundCalls({
      handler: trace?.watched(handler) ?? handler,
      proxies,
      maker,
      clock,
      limits,
      unobserved,
      threw,
      changed,
      admission,
      limited,
      codec,
      speech,
      tables: this,
      deadlines,
      counters,
    });
  }

  /** There may be room now for calls that carry streams. */
  #streamEnded(): void {
    if (this.#isOver) return;
    this.made.pending?.pump();
    this.#options.changed?.();
  }
}
