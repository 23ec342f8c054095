import { LimitError } from "../errors/hearthwire-error.js";
import type { Clock } from "../session/clock.js";
import type { Backlog } from "./backlog.js";
import type { CompiledFilter } from "./compiled-filter.js";
import { NameEntry } from "./name-entry.js";
import { DEFAULT_NAME_LIMITS } from "./name-limits.js";
import { type NameChange, type Registration, registrationOf } from "./registration.js";
import { WatchedTable } from "./watched-table.js";

/** Registrations that are kept: a name server may tell of new ones without end. As many as one has by default. */
const MOST_MIRRORED = DEFAULT_NAME_LIMITS.maxRegistrations;

/** What a name server tells one who watches, kept for any number who watch the same here. */
export class MirroredNames {
  readonly #changes: AsyncIterator<NameChange, void>;
  readonly #names: WatchedTable;
  readonly #over: () => void;
  /** Settles when everything was listed. */
  readonly #listed: Promise<void>;
  #readers = 0;
  #isOver = false;

  /** @param over nobody watches any more, or the name server tells no more */
  constructor(changes: AsyncIterator<NameChange, void>, clock: Clock, over: () => void) {
    this.#changes = changes;
    this.#names = new WatchedTable(clock);
    this.#over = over;
    this.#listed = this.#list();
    // Each reader rejects with it.
    this.#listed.catch(() => undefined);
  }

  get isOver(): boolean {
    return this.#isOver;
  }

  /** As `NameServer.watch`. @throws LimitError @throws what the name server's stream failed with before it had listed */
  async *watch(
    filter: CompiledFilter,
    options: { readonly signal: AbortSignal | undefined; readonly backlog: Backlog },
  ): AsyncGenerator<NameChange, void, void> {
    this.#readers += 1;
    try {
      await this.#listed;
      if (this.#isOver) return;
      yield* this.#names.watch(filter, options);
    } finally {
      this.#readers -= 1;
      if (this.#readers === 0) this.#end();
    }
  }

  async #list(): Promise<void> {
    try {
      for (;;) {
        const step = await this.#changes.next();
        if (step.done === true) return this.#end();
        if (step.value.kind === "listed") break;
        this.#take(step.value);
      }
    } catch (error) {
      this.#end();
      throw error;
    }
    void this.#follow();
  }

  async #follow(): Promise<void> {
    try {
      for (let step = await this.#changes.next(); step.done !== true; step = await this.#changes.next()) {
        if (step.value.kind !== "listed") this.#take(step.value);
      }
    } catch {
      // Whoever watches begins anew, and hears then what is wrong.
    }
    this.#end();
  }

  /** Both steps in one turn: who watches sees one change. */
  #take({ kind, registration }: Exclude<NameChange, { kind: "listed" }>): void {
    const { table } = this.#names;
    if (table.size >= MOST_MIRRORED) throw tooMany();
    const before = table.get(registration.name)?.find(({ address }) => address === registration.address);
    if (before !== undefined) table.delete(before);
    if (kind !== "removed") table.add(entryOf(registration));
  }

  #end(): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#over();
    this.#names.end();
    this.#changes.return?.().catch(() => undefined);
  }
}

function tooMany(): LimitError {
  const message = `a daemon passes on ${MOST_MIRRORED} registrations at most, and its name server has more that match`;
  return new LimitError(message, { limit: "mirroredNames", allowed: MOST_MIRRORED });
}

function entryOf(registration: Registration): NameEntry {
  // What a name server says besides is not kept.
  return new NameEntry(registrationOf(registration), {
    registrant: undefined,
    isBoundToSession: false,
    expired: () => undefined,
  });
}
