import { oneway } from "../../../src/client/oneway.js";
import { release } from "../../../src/client/proxy-functions.js";
import type { Remote } from "../../../src/client/remote.js";
import { Ledger, type LedgerReport, NOTHING_WRONG, together } from "./ledger.js";
import type { Works } from "./works.js";

/** How much of each kind. */
export interface ExactlyOnceTotals {
  readonly calls: number;
  readonly notes: number;
  readonly itemsUp: number;
  readonly itemsDown: number;
  readonly callbacks: number;
  /** Bodies that go in pieces, both ways. */
  readonly bodies: number;
  readonly references: number;
}

export type LoadKind = keyof ExactlyOnceTotals;

export interface ExactlyOnceProgress {
  /** How much has settled of what was asked for. */
  readonly settled: Readonly<Record<LoadKind, number>>;
  /** Promises that were made, and those of them that have settled. */
  readonly promises: { readonly made: number; readonly settled: number };
  readonly itemsDown: LedgerReport;
  readonly callbacks: LedgerReport;
  /** Answers that were not those of their calls. */
  readonly wrong: number;
  /** Calls that failed; none should. */
  readonly failures: number;
  readonly firstFailures: readonly string[];
  readonly isDone: boolean;
}

const LANES: Readonly<Record<LoadKind, number>> = {
  calls: 240,
  notes: 1,
  itemsUp: 4,
  itemsDown: 4,
  callbacks: 1,
  bodies: 1,
  references: 2,
};
const STREAM_ITEMS = 1_000;
const CALLBACK_CALLS = 500;
const NOTES_AT_ONCE = 50;
const BODY_BYTES = 300_000;
const MAX_FIRST_FAILURES = 3;

/** All kinds of traffic at once over one session, of which nothing may be lost, doubled or reordered. */
export class ExactlyOnceLoad {
  readonly #works: Remote<Works>;
  readonly #totals: ExactlyOnceTotals;
  readonly #settled: Record<LoadKind, number>;
  readonly #begun: Record<LoadKind, number>;
  readonly #heard = new Ledger();
  readonly #firstFailures: string[] = [];
  #itemsDown = NOTHING_WRONG;
  #made = 0;
  #promisesSettled = 0;
  #wrong = 0;
  #failures = 0;
  #isDone = false;

  constructor(works: Remote<Works>, totals: ExactlyOnceTotals) {
    this.#works = works;
    this.#totals = totals;
    const none = { calls: 0, notes: 0, itemsUp: 0, itemsDown: 0, callbacks: 0, bodies: 0, references: 0 };
    this.#settled = { ...none };
    this.#begun = { ...none };
  }

  get progress(): ExactlyOnceProgress {
    return {
      settled: { ...this.#settled },
      promises: { made: this.#made, settled: this.#promisesSettled },
      itemsDown: this.#itemsDown,
      callbacks: this.#heard.report(this.#settled.callbacks),
      wrong: this.#wrong,
      failures: this.#failures,
      firstFailures: [...this.#firstFailures],
      isDone: this.#isDone,
    };
  }

  /** Resolves when all has settled. */
  async run(): Promise<void> {
    const steps: { readonly [Kind in LoadKind]: readonly [size: number, step: Step] } = {
      calls: [1, (number) => this.#call(number)],
      notes: [NOTES_AT_ONCE, (from, count) => this.#note(from, count)],
      itemsUp: [STREAM_ITEMS, (_from, count) => this.#up(count)],
      itemsDown: [STREAM_ITEMS, (_from, count) => this.#down(count)],
      callbacks: [CALLBACK_CALLS, (from, count) => this.#callBack(from, count)],
      bodies: [1, (number) => this.#body(number)],
      references: [1, () => this.#reference()],
    };
    const lanes = (Object.keys(steps) as LoadKind[]).flatMap((kind) =>
      Array.from({ length: LANES[kind] }, () => this.#lane(kind, ...steps[kind])),
    );
    await Promise.all(lanes);
    this.#isDone = true;
  }

  async #lane(kind: LoadKind, size: number, step: Step): Promise<void> {
    while (this.#begun[kind] < this.#totals[kind]) {
      const from = this.#begun[kind];
      const count = Math.min(size, this.#totals[kind] - from);
      this.#begun[kind] += count;
      try {
        await step(from, count);
      } catch (error) {
        this.#failures += 1;
        if (this.#firstFailures.length < MAX_FIRST_FAILURES) this.#firstFailures.push(`${kind}: ${String(error)}`);
      }
      this.#settled[kind] += count;
    }
  }

  async #settling<T>(promise: PromiseLike<T>): Promise<T> {
    this.#made += 1;
    try {
      return await promise;
    } finally {
      this.#promisesSettled += 1;
    }
  }

  #expect(isRight: boolean): void {
    if (!isRight) this.#wrong += 1;
  }

  async #call(number: number): Promise<void> {
    this.#expect((await this.#settling(this.#works.step(number))) === number * 2 + 1);
  }

  async #note(from: number, count: number): Promise<void> {
    const sender = oneway(this.#works);
    for (let number = from; number < from + count; number++) sender.note(number);
    // What is sent and not answered must not pile up: this is answered after them.
    await this.#reference();
  }

  async #up(count: number): Promise<void> {
    const items = async function* (): AsyncGenerator<number, void, void> {
      for (let number = 0; number < count; number++) yield number;
    };
    this.#expect((await this.#settling(this.#works.up(items(), count))) === count);
  }

  async #down(count: number): Promise<void> {
    const ledger = new Ledger();
    const read = async (): Promise<void> => {
      for await (const number of this.#works.down(count)) ledger.take(number);
    };
    await this.#settling(read());
    this.#itemsDown = together([this.#itemsDown, ledger.report(count)]);
  }

  async #callBack(from: number, count: number): Promise<void> {
    const listener = (number: number): number => {
      this.#heard.take(number);
      return number + 1;
    };
    this.#expect((await this.#settling(this.#works.callBack(listener, { from, count }))) === count);
  }

  async #body(number: number): Promise<void> {
    const bytes = Uint8Array.from({ length: BODY_BYTES }, (_, index) => (index * 7 + number) % 251);
    const mirrored = await this.#settling(this.#works.mirrored(bytes));
    this.#expect(Buffer.compare(mirrored, bytes.toReversed()) === 0);
  }

  async #reference(): Promise<void> {
    const grain = await this.#settling(this.#works.grain());
    this.#expect((await this.#settling(grain.weigh())) === 1);
    release(grain);
  }
}

type Step = (from: number, count: number) => Promise<void>;
