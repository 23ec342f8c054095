import { CREDIT_BYTES, INITIAL_CREDIT, MAX_CREDIT } from "../wire/constants.js";
import { type ErrorFacts, ProtocolError } from "../errors/hearthwire-error.js";
import { rejectWhereAwaited } from "../errors/reject-where-awaited.js";
import { abandonedError, RAN, sessionFull } from "./call-errors.js";
import type { CallScope, ScopeMember } from "./call-scope.js";
import { asyncDisposeSymbol } from "./dispose-symbols.js";
import { Fifo } from "./fifo.js";
import type { Discardable } from "./inbound-call.js";
import { type Ports, sayError } from "./say-error.js";
import { joinSignal, leaveSignal, type SignalMember } from "./signal-members.js";
import { type UnreadBody, type UnreadBytes, UnreadItems } from "./unread-bytes.js";

/**
 * Consumed bytes after which credit is returned before half of the window is used. A producer stops at 256 KiB; how it
 * counts is its own affair, so this is well below.
 */
const RETURN_BYTES = 64 * 1024;
/** Unread bytes that no stream fails for. An honest producer stops at 256 KiB; they are counted too high here. */
const MIN_UNREAD_BYTES = 1024 * 1024;

export interface IncomingStreamOptions extends Ports {
  readonly id: number;
  /** What waits unread in all streams of the session, and how much may. */
  readonly unreadBytes: UnreadBytes;
  readonly maxUnreadBytes: number;
}

/** Which call a stream is of, as far as its errors say so. */
export type StreamFacts = Pick<ErrorFacts, "object" | "member" | "peer" | "delivery">;

/** One item that nobody has read yet. */
interface UnreadItem {
  readonly value: unknown;
  readonly bytes: number;
  /** What it brought, to be given back if it is never read. */
  readonly brought: readonly Discardable[];
}

/** An item that arrived. */
interface ArrivedItem extends UnreadItem {
  readonly body: UnreadBody;
}

/** A read that waits. */
interface Reader {
  /** Gives it its step, or the promise that rejects. */
  readonly give: (step: IteratorResult<unknown, unknown> | Promise<IteratorResult<unknown, unknown>>) => void;
  /** What the program reads with, kept from the garbage collector until then. */
  readonly readWith: object | undefined;
}

type Ending = { readonly kind: "end"; readonly value: unknown } | { readonly kind: "fail"; readonly error: unknown };

/**
 * The consuming end of a stream: keeps what came until it is read, and returns credit as it is. Reads are served in the
 * order they were asked for. After `stop` the entry stays until the producer has said its last word.
 */
export class IncomingStream implements Discardable, ScopeMember, SignalMember {
  readonly #options: IncomingStreamOptions;
  readonly id: number;
  readonly #unread = new Fifo<UnreadItem>();
  readonly #unreadBodies: UnreadItems;
  readonly #readers = new Fifo<Reader>();
  #unreadBytes = 0;
  #granted: number = INITIAL_CREDIT;
  #received = 0;
  /** Granted and not yet consumed, when all credit is returned. */
  #window: number = INITIAL_CREDIT;
  #consumed = 0;
  #consumedBytes = 0;
  /** How it ended for the reader, told after what is unread. */
  #ending: Ending | undefined;
  #isStopped = false;
  #signal: AbortSignal | undefined;
  #scope: CallScope | undefined;
  /** What errors say of it: the call that returned it, if one did. */
  facts: StreamFacts = RAN;

  constructor(options: IncomingStreamOptions) {
    this.#options = options;
    this.id = options.id;
    this.#unreadBodies = new UnreadItems(options.unreadBytes);
  }

  /** Whether items are dropped: the reader wants no more, and the producer may not know yet. */
  get isStopped(): boolean {
    return this.#isStopped;
  }

  /** Whether it has ended and everything that came was read. */
  get isOver(): boolean {
    return this.#ending !== undefined && this.#unread.size === 0;
  }

  /** Counts an item that arrived. @throws ProtocolError when more came than was granted */
  admit(): void {
    if (++this.#received > this.#granted) {
      throw new ProtocolError(`item: stream ${this.id} has sent more than the ${this.#granted} items granted`);
    }
  }

  /** Takes an admitted item. */
  item({ value, bytes, brought, body }: ArrivedItem): void {
    const reader = this.#readers.shift();
    if (reader !== undefined) {
      reader.give({ done: false, value });
      this.#consume(bytes);
    } else if (this.#hasRoom) {
      this.#unread.push({ value, bytes, brought });
      this.#unreadBytes += bytes;
      this.#unreadBodies.push(body);
    } else {
      for (const each of brought) each.discard();
      this.#refuseAboveLimit();
    }
  }

  /**
   * Whether one more item may wait. What an honest producer may have sent can't be told from here (credit granted ahead
   * replaces items that nobody has read), so the session's sum decides; a stream with little in it never fails.
   */
  get #hasRoom(): boolean {
    const { unreadBytes, maxUnreadBytes } = this.#options;
    return unreadBytes.total <= maxUnreadBytes || this.#unread.size < 2 || this.#unreadBytes <= MIN_UNREAD_BYTES;
  }

  #refuseAboveLimit(): void {
    const { maxUnreadBytes: allowed } = this.#options;
    const what = "bytes of items that nobody has read; read streams sooner";
    this.refuse(sessionFull("maxUnreadBytes", { allowed, what, facts: this.facts }));
  }

  /** The producer has ended. */
  finish(value: unknown): void {
    this.#settle({ kind: "end", value });
  }

  /** The producer has failed, or the session is over. */
  fail(error: unknown): void {
    this.#settle({ kind: "fail", error });
  }

  /** The next item, in the order of asking. @param readWith what the program holds, whose collection ends the stream */
  next(readWith?: object): Promise<IteratorResult<unknown, unknown>> {
    const item = this.#unread.shift();
    if (item !== undefined) {
      this.#unreadBytes -= item.bytes;
      this.#unreadBodies.shift();
      this.#consume(item.bytes);
      return Promise.resolve({ done: false, value: item.value });
    }
    if (this.#ending === undefined) {
      return new Promise((give) => this.#readers.push({ give, readWith }));
    }
    const ending = this.#ending;
    // The return value and the error are given once, as a generator does.
    this.#ending = { kind: "end", value: undefined };
    return ending.kind === "end"
      ? Promise.resolve({ done: true, value: ending.value })
      : rejectWhereAwaited(ending.error);
  }

  /** The reader wants no more. @param reason what the producer is told, if anything */
  stop(reason?: unknown): void {
    this.#stop({ kind: "end", value: undefined }, reason);
  }

  /** An item was refused: readers get the error once they have read what came before. */
  refuse(error: Error): void {
    this.#settle({ kind: "fail", error });
    this.#sayStop(undefined);
  }

  /** Nobody will read it. */
  discard(): void {
    this.stop();
  }

  /** What cancels the call that returned it goes on as `stop`; reading then rejects with the signal's reason. */
  follow(signal: AbortSignal | undefined, scope: CallScope | undefined): void {
    if (this.#ending !== undefined) return;
    this.#signal = signal;
    this.#scope = scope;
    scope?.join(this);
    if (signal?.aborted === true) this.signalAborted(signal.reason);
    else if (signal !== undefined) joinSignal(signal, this);
  }

  scopeAborted(reason: unknown): void {
    const error = abandonedError("the stream", { ...this.facts, cause: reason });
    this.#stop({ kind: "fail", error }, error);
  }

  signalAborted(reason: unknown): void {
    this.#stop({ kind: "fail", error: reason }, reason);
  }

  #stop(ending: Ending, reason: unknown): void {
    for (let item = this.#unread.shift(); item !== undefined; item = this.#unread.shift()) {
      for (const each of item.brought) each.discard();
    }
    this.#unreadBytes = 0;
    this.#unreadBodies.clear();
    if (this.#ending !== undefined) {
      this.#ending = { kind: "end", value: undefined };
      return;
    }
    this.#settle(ending);
    this.#sayStop(reason);
  }

  #sayStop(reason: unknown): void {
    this.#isStopped = true;
    const keys = [`p${this.id}`];
    if (reason === undefined) this.#options.speech.say({ keys, before: `["stop",${this.id}` });
    else sayError(this.#options, { keys, before: `["stop",${this.id},`, error: reason, isOurs: false });
  }

  #settle(ending: Ending): void {
    if (this.#ending !== undefined) return;
    if (this.#signal !== undefined) leaveSignal(this.#signal, this);
    this.#scope?.leave(this);
    this.#signal = this.#scope = undefined;
    this.#ending = ending;
    if (this.#unread.size > 0) this.#options.unreadBytes.countWhileHeld(this, this.#unreadBodies);
    for (let reader = this.#readers.shift(); reader !== undefined; reader = this.#readers.shift()) {
      reader.give(this.next());
    }
  }

  /**
   * Returns credit once half of the window is used, and doubles the window unless more than 256 KiB wait unread: a
   * window that stays at 16 reaches a tenth of the speed (measured). Large items are returned by bytes as well, or a
   * producer that stopped at 256 KiB would wait for ever.
   */
  #consume(bytes: number): void {
    if (this.#ending !== undefined) return;
    this.#consumed++;
    this.#consumedBytes += bytes;
    const isHalfUsed = this.#consumed * 2 >= this.#window;
    if (!isHalfUsed && this.#consumedBytes < RETURN_BYTES) return;
    let credit = this.#consumed;
    if (isHalfUsed && this.#window < MAX_CREDIT && this.#unreadBytes <= CREDIT_BYTES) {
      credit += this.#window;
      this.#window *= 2;
    }
    this.#consumed = 0;
    this.#consumedBytes = 0;
    this.#granted += credit;
    this.#options.speech.say({ keys: [`p${this.id}`], before: `["credit",${this.id},${credit}` });
  }
}

/** What stands behind the streams that programs are given. */
const behind = new WeakMap<object, IncomingStream>();

/** The stream of a peer that a value is; undefined for all else. */
export function incomingStreamOf(value: object): IncomingStream | undefined {
  return behind.get(value);
}

/**
 * A stream of the peer. Leaving a `for await` loop ends the producer; the generator's return value is the final `value`;
 * an error of the producer is thrown where the loop stands.
 */
export class RemoteStream implements AsyncIterableIterator<unknown, unknown, void>, AsyncDisposable {
  readonly #stream: IncomingStream;

  constructor(stream: IncomingStream) {
    this.#stream = stream;
    behind.set(this, stream);
  }

  next(): Promise<IteratorResult<unknown, unknown>> {
    return this.#stream.next(this);
  }

  /** Ends the producer, and waits for nothing. */
  return(value?: unknown): Promise<IteratorResult<unknown, unknown>> {
    this.#stream.stop();
    return Promise.resolve({ done: true, value });
  }

  /** Ends the producer, which is told the reason, and rejects with it. */
  throw(reason?: unknown): Promise<IteratorResult<unknown, unknown>> {
    this.#stream.stop(reason);
    return Promise.reject(reason);
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  [asyncDisposeSymbol](): Promise<void> {
    this.#stream.stop();
    return Promise.resolve();
  }
}

/** A stream of the peer as the platform's own kind: items are asked for as they are read. */
export function readableOf(stream: IncomingStream): ReadableStream {
  const readable = new ReadableStream(
    {
      async pull(controller) {
        const step = await stream.next(controller);
        if (step.done === true) controller.close();
        else controller.enqueue(step.value);
      },
      cancel: (reason) => stream.stop(reason),
    },
    { highWaterMark: 0 },
  );
  behind.set(readable, stream);
  return readable;
}
