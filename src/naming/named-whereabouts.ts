import type { Place, Whereabouts } from "../client/whereabouts.js";
import type { Clock } from "../session/clock.js";
import type { NameLookup } from "./name-lookup.js";
import { pickReplica, type PickTerms } from "./pick-replica.js";
import { PlaceWatch } from "./place-watch.js";
import type { Replica } from "./replica.js";
import type { ReplicaPolicy } from "./replica-policy.js";

/** How the places of a named address are found and chosen. */
export interface NamedWhereaboutsOptions {
  /** Whatever else two connections to one address must have in common. */
  readonly identity: string;
  readonly lookup: NameLookup;
  readonly picking: PickTerms;
  /** How long one search may take in ms, 0 = no limit. */
  readonly timeoutMs: number;
  readonly clock: Clock;
  /** Asked of each daemon. */
  readonly refusalOf: ReplicaPolicy;
}

/** How many daemons are remembered that did not do. */
const MOST_LEFT = 1_000;

/** The places of one named address, for the sessions of one line. */
export class NamedWhereabouts implements Whereabouts {
  readonly #options: NamedWhereaboutsOptions;
  /** Daemons that did not do since a session was open last. */
  readonly #left = new Set<string>();
  /** Others were found than the one that was given last. */
  #hasOthers = false;
  #search: AbortController | undefined;
  /** By daemon: a session that drains may be lost while the next is. */
  readonly #watches = new Map<string, PlaceWatch>();

  constructor(options: NamedWhereaboutsOptions) {
    this.#options = options;
  }

  get address(): string {
    return this.#options.picking.address;
  }

  get identity(): string {
    return this.#options.identity;
  }

  async next(): Promise<Place> {
    const { lookup, timeoutMs, picking } = this.#options;
    this.#hasOthers = false;
    const search = (this.#search = new AbortController());
    const found = this.#allowed(await lookup.find(timeoutMs, search.signal));
    const fresh = found.filter(({ daemonUrl }) => !this.#left.has(daemonUrl));
    if (fresh.length === 0) this.#left.clear();
    const candidates = fresh.length === 0 ? found : fresh;
    const place = pickReplica(candidates, picking)!;
    this.#hasOthers = candidates.some(({ daemonUrl }) => daemonUrl !== place.daemonUrl);
    return place;
  }

  cancel(): void {
    this.#search?.abort();
  }

  leave(daemonUrl: string): boolean {
    // Of a name server that lists ever new ones, not all are worth knowing.
    if (this.#left.size >= MOST_LEFT) this.#left.clear();
    this.#left.add(daemonUrl);
    return this.#hasOthers;
  }

  arrived(): void {
    this.#left.clear();
  }

  isLost(daemonUrl: string, tryAgain: () => void): boolean {
    const { clock } = this.#options;
    const watch = this.#watches.get(daemonUrl);
    if (watch !== undefined) return watch.isElsewhere;
    const listings = (signal: AbortSignal): AsyncIterable<readonly Replica[]> => this.#listings(signal);
    this.#watches.set(daemonUrl, new PlaceWatch({ daemonUrl, listings, clock, elsewhere: tryAgain }));
    return false;
  }

  settled(daemonUrl: string): void {
    this.#watches.get(daemonUrl)?.stop();
    this.#watches.delete(daemonUrl);
  }

  /** Those that may be dialled. @throws why the first may not, when there are none */
  #allowed(found: readonly Replica[]): readonly Replica[] {
    const { refusalOf } = this.#options;
    const refusals = found.map(({ daemonUrl }) => refusalOf(daemonUrl));
    const allowed = found.filter((_, index) => refusals[index] === undefined);
    if (allowed.length === 0) throw refusals[0];
    return allowed;
  }

  async *#listings(signal: AbortSignal): AsyncGenerator<readonly Replica[], void, void> {
    const { lookup, refusalOf } = this.#options;
    for await (const replicas of lookup.watch(signal)) {
      yield replicas.filter(({ daemonUrl }) => refusalOf(daemonUrl) === undefined);
    }
  }
}
