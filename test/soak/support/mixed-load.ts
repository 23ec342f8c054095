import { release, withOptions } from "../../../src/client/proxy-functions.js";
import type { Remote } from "../../../src/client/remote.js";
import { RemoteError } from "../../../src/errors/hearthwire-error.js";
import { Random } from "../../fuzz/random.js";
import { ErrorTally } from "./error-tally.js";
import type { Works } from "./works.js";

const ROUND_CALLS = 256;
const BODY_BYTES = 100_000;
/** Between two tries to learn what a round did, in ms. */
const RETRY_PAUSE_MS = 100;
const DEADLINE_MS = 3;

export interface MixedProgress {
  readonly rounds: number;
  readonly promises: { readonly made: number; readonly settled: number };
  /** Calls of rounds by what became of them. */
  readonly ok: number;
  /** Calls that failed though they ran, or ran twice, or were said not to have been sent. */
  readonly wrong: readonly string[];
  readonly kinds: ReadonlyMap<string, number>;
  readonly untyped: readonly string[];
  readonly isDone: boolean;
}

/** What a program of one's own aborts with. */
class GivenUp extends Error {}

/**
 * All that programs do, in rounds, over a line that may lose its session. A call may fail, but never run twice, never run
 * after it was said not to have been sent, and never fail by anything but a typed error.
 */
export class MixedLoad {
  readonly #works: Remote<Works>;
  readonly #name: string;
  readonly #random: Random;
  readonly #tally = new ErrorTally();
  readonly #wrong: string[] = [];
  #rounds = 0;
  #made = 0;
  #settled = 0;
  #ok = 0;
  #isStopping = false;
  #isDone = false;

  constructor(works: Remote<Works>, { name, seed }: { readonly name: string; readonly seed: number }) {
    this.#works = works;
    this.#name = name;
    this.#random = new Random(seed, name);
  }

  get progress(): MixedProgress {
    return {
      rounds: this.#rounds,
      promises: { made: this.#made, settled: this.#settled },
      ok: this.#ok,
      wrong: this.#wrong.slice(0, 5),
      kinds: this.#tally.kinds,
      untyped: this.#tally.untyped,
      isDone: this.#isDone,
    };
  }

  stop(): void {
    this.#isStopping = true;
  }

  /** Resolves when it was stopped and all has settled. */
  async run(): Promise<void> {
    while (!this.#isStopping) {
      const others = Array.from({ length: 6 }, () => this.#random.pick(this.#kinds)());
      await Promise.all([this.#callsOfRound(`${this.#name}/${this.#rounds}`), ...others]);
      this.#rounds += 1;
    }
    this.#isDone = true;
  }

  readonly #kinds: readonly (() => Promise<void>)[] = [
    () => this.#tried(this.#down(this.#random.below(400))),
    () => this.#tried(this.#up(this.#random.below(400))),
    () => this.#tried(this.#callBack(this.#random.below(100))),
    () => this.#tried(this.#mirrored(this.#random.below(BODY_BYTES))),
    () => this.#tried(this.#reference()),
    () => this.#tried(this.#aborted()),
    () => this.#tried(Promise.resolve(withOptions(this.#works, { timeoutMs: DEADLINE_MS }).hang("", 0))),
    () => this.#tried(this.#thrown()),
  ];

  /** Waits for what may fail, as long as it says so by a type. */
  async #tried(promise: Promise<unknown>): Promise<void> {
    this.#made += 1;
    await promise.then(
      () => (this.#ok += 1),
      (error: unknown) => {
        if (!(error instanceof GivenUp)) this.#tally.note(error);
      },
    );
    this.#settled += 1;
  }

  async #callsOfRound(round: string): Promise<void> {
    const count = this.#random.between(1, ROUND_CALLS);
    const outcomes: ("ok" | "not-sent" | "unknown")[] = [];
    const call = async (number: number): Promise<void> => {
      this.#made += 1;
      try {
        const answer = await this.#works.run(round, number);
        if (answer !== number) this.#isWrong(`call ${number} was answered ${answer}`);
        outcomes[number] = "ok";
        this.#ok += 1;
      } catch (error) {
        this.#tally.note(error);
        outcomes[number] = (error as { delivery?: string }).delivery === "not-sent" ? "not-sent" : "unknown";
      }
      this.#settled += 1;
    };
    await Promise.all(Array.from({ length: count }, (_, number) => call(number)));
    const ran = await this.#untilAnswered(() => this.#works.settle(round));
    for (const [number, outcome] of outcomes.entries()) {
      const times = ran[number]!;
      if (times > 1) this.#isWrong(`call ${number} of ${round} ran ${times} times`);
      if (outcome === "ok" && times !== 1) this.#isWrong(`call ${number} of ${round} was answered and did not run`);
      if (outcome === "not-sent" && times !== 0) this.#isWrong(`call ${number} of ${round} was not sent, and ran`);
    }
    await this.#untilAnswered(() => this.#works.forget(round));
  }

  /** Asks again until there is an answer: what it asks for may be asked for twice. */
  async #untilAnswered<T>(ask: () => PromiseLike<T>): Promise<T> {
    for (;;) {
      this.#made += 1;
      try {
        return await ask();
      } catch (error) {
        this.#tally.note(error);
        await new Promise((resolve) => setTimeout(resolve, RETRY_PAUSE_MS));
      } finally {
        this.#settled += 1;
      }
    }
  }

  #isWrong(what: string): void {
    this.#wrong.push(what);
  }

  async #down(count: number): Promise<void> {
    let next = 0;
    const stopsAt = this.#random.oneIn(3) ? this.#random.below(count + 1) : count;
    for await (const number of this.#works.down(count)) {
      if (number !== next) this.#isWrong(`item ${number} came instead of ${next}`);
      if ((next += 1) >= stopsAt) break;
    }
    if (next < Math.min(stopsAt, count)) this.#isWrong(`${next} items came instead of ${count}`);
  }

  async #up(count: number): Promise<void> {
    const items = async function* (): AsyncGenerator<number, void, void> {
      for (let number = 0; number < count; number++) yield number;
    };
    const taken = await this.#works.up(items(), count);
    if (taken !== count) this.#isWrong(`${taken} items arrived of ${count}`);
  }

  async #callBack(count: number): Promise<void> {
    let next = 0;
    const listener = (number: number): number => {
      if (number !== next) this.#isWrong(`callback ${number} came instead of ${next}`);
      next += 1;
      return number + 1;
    };
    await this.#works.callBack(listener, { from: 0, count });
    if (next !== count) this.#isWrong(`${next} callbacks came of ${count}`);
  }

  async #mirrored(length: number): Promise<void> {
    const bytes = Uint8Array.from({ length }, (_, index) => index % 251);
    const mirrored = await this.#works.mirrored(bytes);
    if (Buffer.compare(mirrored, bytes.toReversed()) !== 0) this.#isWrong(`${length} bytes came back changed`);
  }

  async #reference(): Promise<void> {
    const grain = await this.#works.grain();
    try {
      await grain.weigh();
    } finally {
      release(grain);
    }
  }

  async #aborted(): Promise<void> {
    const abort = new AbortController();
    const hanging = withOptions(this.#works, { signal: abort.signal }).hang("", 0);
    setImmediate(() => abort.abort(new GivenUp("given up")));
    await hanging;
  }

  async #thrown(): Promise<void> {
    try {
      await this.#works.fail(7);
    } catch (error) {
      if (error instanceof RemoteError && (error.name !== "RangeError" || error.code !== "E_SOAK")) {
        this.#isWrong(`a RangeError arrived as ${error.name} ${error.code}`);
      }
      throw error;
    }
  }
}
