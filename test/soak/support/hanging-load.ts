import type { Connection } from "../../../src/client/connection.js";
import { ErrorTally } from "./error-tally.js";
import type { Works } from "./works.js";

/** How a call ended that its daemon never answered. */
export interface HangingOutcome {
  readonly number: number;
  readonly delivery: string | undefined;
  /** After the epoch, so that processes can compare. */
  readonly atMs: number;
}

export interface HangingOutcomes {
  readonly outcomes: readonly HangingOutcome[];
  readonly pending: number;
  readonly untyped: readonly string[];
  readonly kinds: ReadonlyMap<string, number>;
}

/** Calls that a daemon takes and never answers. */
export class HangingLoad {
  readonly #tally = new ErrorTally();
  readonly #outcomes: HangingOutcome[] = [];
  #pending = 0;

  begin(
    connection: Connection<{ works: Works }>,
    { name, count }: { readonly name: string; readonly count: number },
  ): void {
    const works = connection.object("works");
    for (let number = 0; number < count; number++) {
      this.#pending += 1;
      void works.hang(name, number).then(
        () => this.#settled(number, new Error("a call that hangs was answered")),
        (error: unknown) => this.#settled(number, error),
      );
    }
  }

  get outcomes(): HangingOutcomes {
    const { untyped, kinds } = this.#tally;
    return { outcomes: [...this.#outcomes], pending: this.#pending, untyped, kinds };
  }

  #settled(number: number, error: unknown): void {
    this.#pending -= 1;
    this.#tally.note(error);
    const { delivery } = error as { readonly delivery?: string };
    this.#outcomes.push({ number, delivery, atMs: Date.now() });
  }
}
