import { writeSync } from "node:fs";
import type { Remote } from "../../../src/client/remote.js";
import { callContext } from "../../../src/objects/call-context.js";
import { expose } from "../../../src/objects/expose.js";
import { Ledger, type LedgerReport, NOTHING_WRONG, together } from "./ledger.js";

/** Callbacks that run at once. */
const CALLBACK_WINDOW = 32;

export class Grain {
  weigh(): number {
    return 1;
  }
}
expose(Grain, ["weigh"]);

/** What the soak calls. It notes what comes, so that both ends can be compared. */
export class Works {
  readonly #calls = new Ledger();
  readonly #notes = new Ledger();
  #itemsUp: LedgerReport = NOTHING_WRONG;
  #wrongAnswers = 0;
  /** How often each call of a round has run. */
  readonly #rounds = new Map<string, Uint8Array>();
  /** Where each call that hangs is noted at once. */
  startedFile: number | undefined;

  step(number: number): number {
    this.#calls.take(number);
    return number * 2 + 1;
  }

  note(number: number): void {
    this.#notes.take(number);
  }

  async *down(count: number): AsyncGenerator<number, void, void> {
    for (let number = 0; number < count; number++) yield number;
  }

  /** Gives how many came; what was wrong with them is in `faults`. */
  async up(items: AsyncIterable<number>, count: number): Promise<number> {
    const ledger = new Ledger();
    for await (const number of items) ledger.take(number);
    this.#itemsUp = together([this.#itemsUp, ledger.report(count)]);
    return ledger.size;
  }

  /** Calls back with `from`, `from + 1`, ... */
  async callBack(
    listener: Remote<(number: number) => number>,
    range: { readonly from: number; readonly count: number },
  ): Promise<number> {
    using heard = listener;
    let next = range.from;
    const end = range.from + range.count;
    const lane = async (): Promise<void> => {
      while (next < end) {
        const number = next++;
        if ((await heard(number)) !== number + 1) this.#wrongAnswers += 1;
      }
    };
    await Promise.all(Array.from({ length: CALLBACK_WINDOW }, lane));
    return range.count;
  }

  mirrored(bytes: Uint8Array): Uint8Array {
    return bytes.toReversed();
  }

  grain(): Grain {
    return new Grain();
  }

  /** One call of a round, which may be lost with its session but never run twice. */
  run(round: string, number: number): number {
    const ran = this.#rounds.get(round) ?? new Uint8Array(256);
    this.#rounds.set(round, ran);
    ran[number]! += 1;
    return number;
  }

  /** How often each call of a round has run; the round is over. */
  settle(round: string): Uint8Array {
    return this.#rounds.get(round) ?? new Uint8Array(256);
  }

  forget(round: string): void {
    this.#rounds.delete(round);
  }

  fail(number: number): never {
    throw Object.assign(new RangeError(`no ${number}`), { code: "E_SOAK" });
  }

  /** Never answers, and ends when nobody waits any more: till then it counts among the session's calls. */
  hang(client: string, number: number): Promise<never> {
    if (this.startedFile !== undefined) writeSync(this.startedFile, `${client} ${number}\n`);
    const { signal } = callContext();
    return new Promise<never>((_resolve, reject) => {
      signal.addEventListener("abort", () => reject(signal.reason as Error), { once: true });
    });
  }

  /** Rounds that are not over. */
  get openRounds(): number {
    return this.#rounds.size;
  }

  /** What was wrong with what came. */
  faults(totals: { readonly calls: number; readonly notes: number }): {
    readonly calls: LedgerReport;
    readonly notes: LedgerReport;
    readonly itemsUp: LedgerReport;
    readonly wrongAnswers: number;
  } {
    return {
      calls: this.#calls.report(totals.calls),
      notes: this.#notes.report(totals.notes),
      itemsUp: this.#itemsUp,
      wrongAnswers: this.#wrongAnswers,
    };
  }
}
expose(Works, {
  members: { note: { oneway: true } },
  only: ["step", "note", "down", "up", "callBack", "mirrored", "grain", "run", "settle", "forget", "fail", "hang"],
});
