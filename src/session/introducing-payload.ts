import type { BlobReading, EncodedPayload, OutgoingBody } from "../serializers/payload.js";
import type { OutboundCall } from "./outbound-call.js";

/** A stream or reference that a payload gives a number to. */
export interface Introduced {
  /** The message that names it stands in a body. */
  prime?(): void;
  /** The message that names it has left: a stream may begin. */
  start?(): void;
  /** The message will never leave: undoes the numbering. */
  withdraw(): void;
}

/** Told how the streams of an answer fare: the call that returned them. */
export interface StreamOwner {
  streamOpened(): void;
  /** One of them has ended. */
  streamEnded(): void;
  /** The source of one of them threw; the consumer is told. */
  streamThrew(error: unknown): void;
  /** The consumer wants no more of one of them. */
  streamStopped(reason: unknown): void;
}

/** Knows which payload is being put into a body, so that what it introduces can be told when its message has left. */
export interface IntroductionDesk {
  current: IntroducingPayload | undefined;
}

/** What a payload holds that is not plain data. */
export interface IntroducingFacts {
  readonly desk: IntroductionDesk;
  /** Streams, not counting signals. */
  readonly streamCount: number;
  /** Calls whose results it names. */
  readonly calls: readonly OutboundCall[];
  /** What the shapes of its objects may take beside the payload's own text, in bytes. */
  readonly shapeBound: number;
}

/** A payload with references or streams inside, which get numbers only when its message is put into a body. */
export class IntroducingPayload implements EncodedPayload {
  readonly #payload: EncodedPayload;
  readonly #desk: IntroductionDesk;
  readonly streamCount: number;
  readonly calls: readonly OutboundCall[];
  readonly #shapeBound: number;
  #introduced: Introduced[] = [];
  #owner: StreamOwner | undefined;

  constructor(payload: EncodedPayload, { desk, streamCount, calls, shapeBound }: IntroducingFacts) {
    this.#payload = payload;
    this.#desk = desk;
    this.streamCount = streamCount;
    this.calls = calls;
    this.#shapeBound = shapeBound;
  }

  get nodes(): number {
    return this.#payload.nodes;
  }

  get textBound(): number {
    return this.#payload.textBound + this.#shapeBound;
  }

  get segmentBytes(): number {
    return this.#payload.segmentBytes;
  }

  get hasReferences(): boolean {
    return true;
  }

  get blobs(): BlobReading | undefined {
    return this.#payload.blobs;
  }

  get owner(): StreamOwner | undefined {
    return this.#owner;
  }

  /** Set before the message is sent; until it has left, the payload itself counts as an open stream of its owner. */
  set owner(owner: StreamOwner) {
    this.#owner = owner;
    owner.streamOpened();
  }

  finish(body: OutgoingBody): string {
    const outer = this.#desk.current;
    this.#desk.current = this;
    try {
      return this.#payload.finish(body);
    } catch (error) {
      this.withdraw();
      throw error;
    } finally {
      this.#desk.current = outer;
    }
  }

  add(introduced: Introduced): void {
    this.#introduced.push(introduced);
  }

  /** The message stands in a body. */
  prime(): void {
    for (const each of this.#introduced) each.prime?.();
  }

  /** The message has left. */
  start(): void {
    for (const each of this.#takeIntroduced()) each.start?.();
  }

  /** The message will never leave; the newest number is given back first. */
  withdraw(): void {
    for (const each of this.#takeIntroduced().reverse()) each.withdraw();
  }

  #takeIntroduced(): Introduced[] {
    const introduced = this.#introduced;
    const owner = this.#owner;
    this.#introduced = [];
    this.#owner = undefined;
    owner?.streamEnded();
    return introduced;
  }
}
