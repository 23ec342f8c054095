import { HearthwireError, LimitError } from "../errors/hearthwire-error.js";
import type { OutgoingValues } from "../serializers/payload.js";
import type { MemberShape, ReferenceKind } from "../wire/message.js";
import type { CallHandler } from "./call-handler.js";
import { isPlain } from "./copy-plain.js";
import type { ExportedReferences } from "./exported-references.js";
import type { IntroducingFacts } from "./introducing-payload.js";
import type { SessionLimits } from "./limits.js";
import type { ReferenceTrace } from "./reference-trace.js";
import { type CallMaker, type ImportedReference, OutboundCall, type ProxyFactory } from "./outbound-call.js";
import { isReadable, isStreamable } from "./stream-source.js";
import { readWritable, whyNotWritable } from "./writable-streams.js";

const NO_CALLS: readonly OutboundCall[] = Object.freeze([]);
/** Brackets, quotes and commas around one member of a shape, and that it is idempotent. */
const MEMBER_BYTES = 10;

type Travels = ReturnType<OutgoingValues["travels"]>;

/** What one payload was found to hold besides plain data. */
export class Census {
  readonly references = new Set<object>();
  readonly streams = new Set<object>();
  readonly signals = new Set<object>();
  readonly calls: OutboundCall[] = [];
  /** Upper bound of what telling the members of exported objects takes, in bytes of text. */
  shapeBound = 0;
  /** The payload was refused for want of room. */
  limitError: LimitError | undefined = undefined;
  /** The payload was refused for a reference whose session is over. */
  holdsGone = false;
}

/** How many streams of this side are open. */
export interface OpenStreams {
  /** Signals not counted. */
  readonly outgoingCount: number;
  readonly outgoingSignalCount: number;
  /** Whether a signal was sent and is open, so that it takes no new place. */
  hasSignal(signal: AbortSignal): boolean;
}

/** Where it is looked whether there is room; each is made when it is first asked for. */
export interface TravellingTables {
  readonly exports: ExportedReferences;
  readonly streams: OpenStreams;
}

export interface TravellingValuesOptions {
  readonly proxies: ProxyFactory;
  readonly handler: CallHandler;
  readonly limits: SessionLimits;
  readonly maker: CallMaker;
  readonly relays: ((session: CallMaker) => boolean) | undefined;
  readonly tables: TravellingTables;
  readonly trace: ReferenceTrace | undefined;
  /** Whether a pending call was made on this session. */
  readonly owns: (call: OutboundCall) => boolean;
}

/** Tells serializers what travels by reference and as a stream, and why something can't, before anything is numbered. */
export class TravellingValues implements OutgoingValues {
  readonly #options: TravellingValuesOptions;
  /** Of the payload that is being encoded; undefined while there is nothing in it but data. */
  census: Census | undefined = undefined;
  /** Whether calls that carry streams wait for room here; answers can't. */
  waitsForStreams = false;

  constructor(options: TravellingValuesOptions) {
    this.#options = options;
  }

  /** Why the payload was refused, if it was for want of room. */
  get limitError(): LimitError | undefined {
    return this.census?.limitError;
  }

  /** Whether the payload was refused for a reference whose session is over. */
  get holdsGone(): boolean {
    return this.census?.holdsGone === true;
  }

  /** What the payload holds that matters to whoever sends it. */
  get found(): Omit<IntroducingFacts, "desk"> {
    const { streams, calls = NO_CALLS, shapeBound = 0 } = this.census ?? {};
    return { streamCount: streams?.size ?? 0, calls, shapeBound };
  }

  travels(value: object): Travels {
    const { tables, handler } = this.#options;
    const stand = readWritable(value) ?? this.#options.proxies.read(value);
    if (stand !== undefined) return this.#standIn(stand);
    // An object literal goes by value, and most values are one.
    if (isPlain(value)) return Symbol.asyncIterator in value ? this.#stream(value) : undefined;
    if (tables.exports.has(value)) return "reference";
    if (typeof value === "function") {
      return isClass(value) ? refused("a class can't be sent; send an instance") : this.#reference(value);
    }
    if (isWritable(value)) return this.#writable(value);
    if (value instanceof AbortSignal) return this.#signal(value);
    if (handler.isExposed(value)) return this.#exposed(value, false);
    return isStreamable(value) ? this.#stream(value) : undefined;
  }

  /** How a value for which `travels` said `reference` is exported. */
  kindOf(value: object): ReferenceKind {
    if (typeof value === "function") return "function";
    return isWritable(value) ? "writable" : "object";
  }

  #standIn(stand: ImportedReference | OutboundCall | { readonly objectId: string }): Travels {
    if (stand instanceof OutboundCall) {
      stand.observe();
      if (!this.#options.owns(stand))
        return refused("the result of a call on another connection can't be sent; await it first");
      this.#census.calls.push(stand);
      return "reference";
    }
    if ("objectId" in stand) {
      return refused(
        `the named object "${stand.objectId}" can't be sent; send its id, or what one of its calls returns`,
      );
    }
    if (stand.isReleased) return refused("a proxy that was released can't be sent");
    return stand.session === this.#options.maker ? "reference" : this.#relayed(stand);
  }

  /** The reference's own stand-in is exported, whichever view of it was given: so it has one identity there too. */
  #relayed({ session, proxy, kind, isGone }: ImportedReference): Travels {
    const { tables, relays } = this.#options;
    if (proxy === undefined || relays?.(session) !== true) {
      if (isGone) return this.#gone();
      return refused(
        "a proxy of another connection can't be sent; send a function of your own that calls it, or have a daemon " +
          "that both peers are clients of pass it on",
      );
    }
    if (tables.exports.has(proxy)) return "reference";
    if (kind === "object") return this.#exposed(proxy, true);
    return isWritable(proxy) ? this.#writable(proxy) : this.#reference(proxy);
  }

  /** Its members are told with it, so they are asked for, and given room, before anything is numbered. */
  #exposed(value: object, isRelayed: boolean): Travels {
    try {
      const members = this.#options.handler.members(value);
      if (!isList(members)) return refused("an object whose members are not known at once can't be sent");
      const refusal = this.#options.tables.exports.admitMembers(members as readonly MemberShape[], isRelayed);
      if (refusal !== undefined) return this.#refused(refusal);
      for (const [name, kind] of members) this.#census.shapeBound += 3 * (name.length + kind.length) + MEMBER_BYTES;
    } catch (error) {
      return refused(
        error instanceof HearthwireError ? error.message : "an object whose members can't be told can't be sent",
      );
    }
    return this.#reference(value);
  }

  #reference(value: object): Travels {
    const { references } = this.#census;
    const allowed = this.#options.limits.maxReferences;
    references.add(value);
    this.#options.trace?.given(value);
    if (this.#options.tables.exports.size + references.size <= allowed) return "reference";
    return this.#full("maxReferences", { allowed, remedy: "release some" });
  }

  #writable(value: WritableStream): Travels {
    const why = whyNotWritable(value);
    return why === undefined ? this.#reference(value) : refused(why);
  }

  #signal(value: AbortSignal): Travels {
    const { signals } = this.#census;
    const allowed = this.#options.limits.maxReferences;
    if (this.#options.tables.streams.hasSignal(value)) return "stream";
    signals.add(value);
    if (this.#options.tables.streams.outgoingSignalCount + signals.size <= allowed) return "stream";
    const remedy = "send the same one again, or abort some that were sent";
    return this.#full("maxReferences", { allowed, what: " AbortSignals", remedy });
  }

  #stream(value: object): Travels {
    if (isReadable(value) && value.locked) return refused("a ReadableStream that has a reader can't be sent");
    const { streams } = this.#census;
    // One that stands twice would be locked by the first of its readers when the second comes.
    if (isReadable(value) && streams.has(value)) return refused("a ReadableStream can stand in a payload once");
    const { maxStreams, ownStreams } = this.#options.limits;
    const allowed = this.waitsForStreams ? ownStreams : maxStreams;
    streams.add(value);
    const open = this.waitsForStreams ? 0 : this.#options.tables.streams.outgoingCount;
    if (open + streams.size <= allowed) return "stream";
    return this.#full(this.waitsForStreams ? "ownStreams" : "maxStreams", { allowed, remedy: "end some first" });
  }

  #full(limit: keyof SessionLimits, { allowed, what = "", remedy }: Fullness): Travels {
    const message = `"${limit}" allows the session ${allowed}${what}, which are in use; ${remedy}`;
    return this.#refused(new LimitError(message, { limit, allowed, delivery: "not-sent" }));
  }

  #refused(error: LimitError): Travels {
    this.#census.limitError = error;
    return refused(error.message);
  }

  #gone(): Travels {
    this.#census.holdsGone = true;
    return refused("a proxy of a session that is over can't be sent; take it anew from a named object");
  }

  get #census(): Census {
    return (this.census ??= new Census());
  }
}

interface Fullness {
  readonly allowed: number;
  /** What is counted, where the limit's name does not say it; begins with a space. */
  readonly what?: string;
  readonly remedy: string;
}

function refused(sentence: string): Travels {
  return { refused: sentence };
}

function isWritable(value: object): value is WritableStream {
  return typeof WritableStream === "function" && value instanceof WritableStream;
}

function isList<T>(value: readonly T[] | Promise<readonly T[]>): value is readonly T[] {
  return Array.isArray(value);
}

/** A class can't be called, so its reference would be of no use. */
function isClass(value: object): boolean {
  return /^class\b/.test(Function.prototype.toString.call(value));
}
