import type { AttemptFailure } from "../client/attempts.js";
import type { Place, Whereabouts } from "../client/whereabouts.js";
import { ConnectionError } from "../errors/hearthwire-error.js";
import type { Clock } from "../session/clock.js";
import type { NameLookup } from "./name-lookup.js";
import { formatAddress } from "../wire/address.js";
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
/** How many of them an error speaks of. */
const MOST_TOLD = 8;

/** The places of one named address, for the sessions of one line. */
export class NamedWhereabouts implements Whereabouts {
  readonly #options: NamedWhereaboutsOptions;
  /** Daemons that did not do since a session was open last. */
  readonly #left = new Set<string>();
  /** Why they did not: what was tried without one that did. */
  readonly #failures = new Map<string, Error>();
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
    if (fresh.length === 0) this.#forgetTries();
    const candidates = fresh.length === 0 ? found : fresh;
    // Those that are away may be there all the same: their own line to the name server broke.
    const present = candidates.filter(({ isAway }) => !isAway);
    const place = pickReplica(present.length === 0 ? candidates : present, picking)!;
    this.#hasOthers = candidates.some(({ daemonUrl }) => daemonUrl !== place.daemonUrl);
    return place;
  }

  failed({ daemonUrl, objectId }: Place, failure: AttemptFailure): AttemptFailure {
    const { error } = failure;
    this.leave(daemonUrl);
    const hasOthers = this.#hasOthers;
    if (!(error instanceof ConnectionError)) return { ...failure, hasOthers };
    this.#failures.set(formatAddress(daemonUrl, objectId), error);
    return { ...failure, error: unreached(this.address, this.#failures, error), hasOthers };
  }

  cancel(): void {
    this.#search?.abort();
  }

  leave(daemonUrl: string): void {
    // Of a name server that lists ever new ones, not all are worth knowing.
    if (this.#left.size >= MOST_LEFT) this.#forgetTries();
    this.#left.add(daemonUrl);
  }

  arrived(): void {
    this.#forgetTries();
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

  #forgetTries(): void {
    this.#left.clear();
    this.#failures.clear();
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

/** None of what is registered did: what was tried, and why each did not. The last one's code says what may be done. */
function unreached(address: string, failures: ReadonlyMap<string, Error>, last: ConnectionError): ConnectionError {
  const tried = [...failures].slice(0, MOST_TOLD).map(([place, { message }]) => `${place} (${message})`);
  const more = failures.size - tried.length;
  const list = `${tried.join(", ")}${more > 0 ? ` and ${more} more` : ""}`;
  const message = `${address} could not be reached: ${failures.size === 1 ? "" : "none of "}${list}`;
  const { code, retryable, peer } = last;
  return new ConnectionError(code, message, { peer, retryable, cause: last });
}
