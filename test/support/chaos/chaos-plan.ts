import type { Random } from "../../fuzz/random.js";
import { CHAOS_FAULTS, type ChaosFault, type ChaosRates } from "./chaos-faults.js";

/** Which fault comes next and how far away it is, in the unit of the rates. Distances are those of chance: exponential. */
export class ChaosPlan {
  readonly #random: Random;
  readonly #weights: readonly (readonly [number, ChaosFault])[];
  readonly #sum: number;

  constructor(random: Random, rates: ChaosRates = {}) {
    this.#random = random;
    this.#weights = CHAOS_FAULTS.map((fault) => [rates[fault] ?? 0, fault] as const).filter(([rate]) => rate > 0);
    this.#sum = this.#weights.reduce((sum, [rate]) => sum + rate, 0);
  }

  /** `Infinity` when there are no faults. */
  distance(): number {
    return this.#sum === 0 ? Infinity : -Math.log(1 - this.#random.below(2 ** 32) / 2 ** 32) / this.#sum;
  }

  fault(): ChaosFault {
    let at = (this.#random.below(2 ** 32) / 2 ** 32) * this.#sum;
    for (const [rate, fault] of this.#weights) if ((at -= rate) < 0) return fault;
    return this.#weights.at(-1)![1];
  }
}
