import type { BlobReading } from "../serializers/payload.js";
import { Fifo } from "./fifo.js";

/** A result whose Blobs are to be read before it is said. */
export interface BlobAnswer {
  readonly blobs: BlobReading;
  /** The caller has not given up. */
  readonly isWanted: () => boolean;
  /** They were read, or nobody wants them any more. */
  readonly say: () => void;
  readonly unreadable: (error: unknown) => void;
}

/**
 * Answers that wait for the bytes of their Blobs. They are read one answer after another, and none while the line is
 * congested: a small frame may ask for many, and all at once they would be gigabytes.
 */
export class BlobAnswers {
  readonly #isCongested: () => boolean;
  readonly #waiting = new Fifo<BlobAnswer>();
  #isReading = false;

  constructor(isCongested: () => boolean) {
    this.#isCongested = isCongested;
  }

  add(answer: BlobAnswer): void {
    this.#waiting.push(answer);
    void this.pump();
  }

  /** Reads on: an answer was added, or there is room on the line again. Never rejects. */
  async pump(): Promise<void> {
    if (this.#isReading) return;
    this.#isReading = true;
    while (!this.#isCongested()) {
      const answer = this.#waiting.shift();
      if (answer === undefined) break;
      try {
        if (answer.isWanted()) await answer.blobs.read();
        answer.say();
      } catch (error) {
        answer.unreadable(error);
      }
    }
    this.#isReading = false;
  }

  /** Nobody wants them any more. */
  end(): void {
    for (let answer = this.#waiting.shift(); answer !== undefined; answer = this.#waiting.shift()) answer.say();
  }
}
