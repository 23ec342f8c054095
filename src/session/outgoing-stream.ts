import { CREDIT_BYTES, INITIAL_CREDIT, MAX_CREDIT } from "../wire/constants.js";
import { ProtocolError } from "../errors/hearthwire-error.js";
import type { BlobReading, EncodedPayload } from "../serializers/payload.js";
import { Fifo } from "./fifo.js";
import type { Introduced, StreamOwner } from "./introducing-payload.js";
import { isRefusal } from "./refusal.js";
import { type Ports, sayError } from "./say-error.js";
import type { SessionCounters } from "./session-statistics.js";
import type { StreamSource } from "./stream-source.js";

/** `textBound` counts three bytes for each unit of text, the worst case; unconsumed items are counted as ASCII. */
const BOUND_PER_UNIT = 3;

export interface OutgoingStreamOptions extends Ports {
  readonly id: number;
  readonly source: StreamSource;
  readonly counters: SessionCounters;
  /** The call that returned it, if one did. */
  readonly owner: StreamOwner | undefined;
  /** It is over on this side: `end` or `fail` was said, or never will be. */
  readonly over: (stream: OutgoingStream) => void;
  /** Takes an error of this side that the consumer sees but did not cause. */
  readonly report: (error: Error) => void;
}

/**
 * The producing end of a stream: reads its source while the consumer's credit lasts, at most 256 KiB ahead of what it
 * has taken, and not while the line is congested. Steps that are ready go out in one turn.
 */
export class OutgoingStream implements Introduced {
  readonly #options: OutgoingStreamOptions;
  readonly id: number;
  readonly #keys: readonly string[];
  readonly #before: string;
  /** Sizes of the items that no later credit has replaced yet, oldest first. */
  readonly #unconsumed = new Fifo<number>();
  #unconsumedBytes = 0;
  #granted: number = INITIAL_CREDIT;
  #sent = 0;
  #stage: "new" | "open" | "stopping" | "over" = "new";
  #first: ReturnType<StreamSource["next"]> | undefined;
  #isReading = false;

  constructor(options: OutgoingStreamOptions) {
    this.#options = options;
    this.id = options.id;
    this.#keys = [`s${options.id}`];
    this.#before = `["item",${options.id},`;
    options.owner?.streamOpened();
  }

  /**
   * The message that introduces it stands in a body. The source begins now, so that a generator has run to its first
   * step before the next call starts: who watches and then changes something sees the change.
   */
  prime(): void {
    if (this.#stage !== "new" || this.#first !== undefined) return;
    try {
      this.#first = this.#options.source.next();
    } catch (error) {
      this.#first = Promise.reject(error);
    }
    // It may fail before anybody reads it.
    if ("then" in this.#first) this.#first.then(undefined, () => undefined);
  }

  /** The message that introduces it has left. */
  start(): void {
    if (this.#stage !== "new") return;
    this.#stage = "open";
    this.resume();
  }

  /** The message that introduces it never leaves. */
  withdraw(): void {
    this.abandon(undefined);
  }

  /** @throws ProtocolError when more than 1024 items would be granted ahead */
  credit(count: number): void {
    this.#granted += count;
    if (this.#granted - this.#sent > MAX_CREDIT) {
      throw new ProtocolError(`credit: stream ${this.id} has more than ${MAX_CREDIT} items granted ahead`);
    }
    for (let consumed = 0; consumed < count; consumed++) {
      const bytes = this.#unconsumed.shift();
      if (bytes === undefined) break;
      this.#unconsumedBytes -= bytes;
    }
    this.resume();
  }

  /** The consumer wants no more: the source ends, and `end` or `fail` is said all the same. */
  stop(reason: unknown): void {
    if (this.#stage === "stopping" || this.#stage === "over") return;
    this.#stage = "stopping";
    this.#options.owner?.streamStopped(reason);
    void this.#stopSource(reason).then(
      () => this.#end(undefined),
      (error: unknown) => this.#fail(error),
    );
  }

  /** Ends the source without a word: the session is over, or the peer never hears of the stream. */
  abandon(reason: unknown): void {
    if (this.#stage === "over") return;
    const wasStopping = this.#stage === "stopping";
    if (!wasStopping) this.#options.owner?.streamStopped(reason);
    this.#over();
    if (!wasStopping) this.#stopSource(reason).catch(() => undefined);
  }

  /** Reads on, if it may. */
  resume(): void {
    if (this.#isReading || !this.#maySend) return;
    this.#isReading = true;
    try {
      while (this.#maySend) {
        const step = this.#first ?? this.#options.source.next();
        this.#first = undefined;
        if ("then" in step) {
          void this.#readOn(step, undefined);
          return;
        }
        const reading = this.#take(step);
        if (reading !== undefined) {
          void this.#readOn(undefined, reading);
          return;
        }
      }
    } catch (error) {
      this.#fail(error);
    }
    this.#isReading = false;
  }

  /** Goes on where `resume` had to wait: for a step of the source, or for the bytes of one. */
  async #readOn(
    step: PromiseLike<IteratorResult<unknown, unknown>> | undefined,
    reading: Promise<void> | undefined,
  ): Promise<void> {
    try {
      if (reading !== undefined) await reading;
      let next = step;
      while (next !== undefined || this.#maySend) {
        const taking = this.#take(await (next ?? this.#options.source.next()));
        // Not awaited without need: it would cost each item a turn of the microtasks.
        if (taking !== undefined) await taking;
        next = undefined;
      }
    } catch (error) {
      if (this.#stage === "open") this.#fail(error);
    }
    this.#isReading = false;
  }

  /** At 256 KiB unconsumed it waits; an item of any size goes when nothing is unconsumed. */
  get #maySend(): boolean {
    return (
      this.#stage === "open" &&
      this.#sent < this.#granted &&
      this.#unconsumedBytes < CREDIT_BYTES &&
      !this.#options.speech.isBusy
    );
  }

  /** A step that comes after `stop` is dropped. @returns what to wait for before the next one: its bytes are read */
  #take(step: IteratorResult<unknown, unknown>): Promise<void> | undefined {
    if (this.#stage !== "open") return undefined;
    if (step.done === true) return this.#end(step.value);
    try {
      const payload = this.#options.codec.encode(step.value, "item");
      if (payload.blobs !== undefined) return this.#sendRead(payload, payload.blobs);
      this.#sendItem(payload);
    } catch (error) {
      this.#unsendable(error);
    }
    return undefined;
  }

  async #sendRead(payload: EncodedPayload, blobs: BlobReading): Promise<void> {
    try {
      await blobs.read();
      if (this.#stage === "open") this.#sendItem(payload);
    } catch (error) {
      this.#unsendable(error);
    }
  }

  #sendItem(payload: EncodedPayload): void {
    const bytes = payload.textBound / BOUND_PER_UNIT + payload.segmentBytes;
    const unsendable = this.#unsendable;
    this.#options.speech.say({ keys: this.#keys, before: this.#before, payload, isItem: true, unsendable });
    this.#sent++;
    this.#options.counters.streamItemsSent++;
    this.#unconsumed.push(bytes);
    this.#unconsumedBytes += bytes;
  }

  /** An item can't be sent: the stream fails, its source ends, this side is told too. */
  readonly #unsendable = (error: unknown): void => {
    if (this.#stage === "over") return;
    if (error instanceof Error) this.#options.report(error);
    const wasStopping = this.#stage === "stopping";
    this.#fail(error, true);
    if (!wasStopping) this.#stopSource(error).catch(() => undefined);
  };

  #end(value: unknown): Promise<void> | undefined {
    if (this.#stage === "over") return undefined;
    try {
      const payload = value === undefined ? undefined : this.#options.codec.encode(value, "result");
      if (payload?.blobs !== undefined) return this.#endRead(payload, payload.blobs);
      this.#sayEnd(payload);
    } catch (error) {
      this.#unendable(error);
    }
    return undefined;
  }

  async #endRead(payload: EncodedPayload, blobs: BlobReading): Promise<void> {
    try {
      await blobs.read();
      if (this.#stage !== "over") this.#sayEnd(payload);
    } catch (error) {
      this.#unendable(error);
    }
  }

  #sayEnd(payload: EncodedPayload | undefined): void {
    const { speech } = this.#options;
    if (payload === undefined) {
      speech.say({ keys: this.#keys, before: `["end",${this.id}` });
    } else {
      const unsendable = (error: Error): void => this.#sayFailed(error, true);
      speech.say({ keys: this.#keys, before: `["end",${this.id},`, payload, unsendable });
    }
    this.#over();
  }

  #unendable(error: unknown): void {
    if (this.#stage === "over") return;
    if (error instanceof Error) this.#options.report(error);
    this.#fail(error, true);
  }

  #fail(error: unknown, isOurs = isRefusal(error)): void {
    if (this.#stage === "over") return;
    if (!isOurs) this.#options.owner?.streamThrew(error);
    this.#sayFailed(error, isOurs);
    this.#over();
  }

  /** @param isOurs the source did not throw it: its value could not be sent */
  #sayFailed(error: unknown, isOurs: boolean): void {
    sayError(this.#options, { keys: this.#keys, before: `["fail",${this.id},`, error, isOurs });
  }

  #over(): void {
    this.#stage = "over";
    this.#unconsumed.clear();
    this.#options.owner?.streamEnded();
    this.#options.over(this);
  }

  async #stopSource(reason: unknown): Promise<void> {
    await this.#options.source.stop(reason);
  }
}
