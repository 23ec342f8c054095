import { ConfigError } from "../errors/hearthwire-error.js";
import type { Replica } from "./replica.js";

/** Which of several replicas a session is begun at. */
export type Pick = "random" | "round-robin" | "least-busy";

/** What picking goes by. */
export interface PickTerms {
  readonly pick: Pick;
  /** From 0 up to 1. */
  readonly random: () => number;
  /** Whose turns are taken: of one program, for one address. */
  readonly turns: Turns;
  /** The named address. */
  readonly address: string;
}

/** How many addresses a program takes turns at; the one that it used longest ago is forgotten. */
const MAX_TURNS = 1_000;

/** Which replica came last, for each named address. */
export class Turns {
  readonly #last = new Map<string, string>();

  /** The next in the order of their own addresses, after the one that came last. */
  next(address: string, replicas: readonly Replica[]): Replica | undefined {
    const last = this.#last.get(address);
    const sorted = replicas.toSorted((a, b) => (a.address < b.address ? -1 : 1));
    const next = sorted.find((one) => last === undefined || one.address > last) ?? sorted[0];
    if (next !== undefined) this.#note(address, next.address);
    return next;
  }

  get size(): number {
    return this.#last.size;
  }

  #note(address: string, last: string): void {
    this.#last.delete(address);
    this.#last.set(address, last);
    const [oldest] = this.#last.keys();
    if (this.#last.size > MAX_TURNS && oldest !== undefined) this.#last.delete(oldest);
  }
}

/** @throws ConfigError `HW_OPTION_INVALID` */
export function checkedPick(pick: unknown = "random"): Pick {
  if (pick === "random" || pick === "round-robin" || pick === "least-busy") return pick;
  throw new ConfigError("HW_OPTION_INVALID", '"pick" must be "random", "round-robin" or "least-busy"');
}

/** One of several replicas; undefined of none. */
export function pickReplica(replicas: readonly Replica[], terms: PickTerms): Replica | undefined {
  const { pick, random, turns, address } = terms;
  if (pick === "round-robin") return turns.next(address, replicas);
  const least = pick === "least-busy" ? Math.min(...replicas.map(({ load }) => load)) : Infinity;
  // Of several that are as idle any one: all clients see the same loads.
  const candidates = replicas.filter(({ load }) => load <= least);
  return candidates[Math.floor(random() * candidates.length)];
}
