import type { Clock } from "../session/clock.js";
import type { Backlog } from "./backlog.js";
import type { CompiledFilter } from "./compiled-filter.js";
import { NameTable } from "./name-table.js";
import type { NameChange, Registration } from "./registration.js";
import { Watcher } from "./watcher.js";
import { Watchers } from "./watchers.js";

/** Pages without a match that are looked at in one turn of the event loop. */
const PAGES_A_TURN = 4;

/** What is registered, with who lists it and who watches it. */
export class WatchedTable {
  readonly table: NameTable;
  readonly #watchers = new Watchers();
  readonly #clock: Clock;

  /** @param changed hears of every change too */
  constructor(clock: Clock, changed?: (after: Registration | undefined) => void) {
    this.#clock = clock;
    this.table = new NameTable((before, after) => {
      this.#watchers.changed(before, after);
      changed?.(after);
    });
  }

  /** What matches, in the order of names; of what changes meanwhile it shows one state. @throws LimitError */
  async *list(filter: CompiledFilter, backlog: Backlog): AsyncGenerator<Registration, void, void> {
    for await (const page of this.pages(filter)) yield* held(page, backlog);
  }

  /** What matches, and then every change; ends with the signal, or with `end`. @throws LimitError */
  async *watch(
    filter: CompiledFilter,
    { signal, backlog }: { readonly signal: AbortSignal | undefined; readonly backlog: Backlog },
  ): AsyncGenerator<NameChange, void, void> {
    const watcher = new Watcher(filter, backlog);
    this.#watchers.add(watcher);
    try {
      for await (const page of this.pages(filter, watcher)) {
        for (const registration of held(page, backlog)) yield { kind: "added", registration };
      }
      yield { kind: "listed" };
      while (await watcher.more(signal)) {
        for (let change = watcher.next(); change !== undefined; change = watcher.next()) yield change;
      }
    } finally {
      this.#watchers.delete(watcher);
      watcher.leave();
    }
  }

  /** Ends all who watch. */
  end(): void {
    this.#watchers.end();
  }

  /** @param watcher told how far the listing has come, in the turn in which a page is taken */
  async *pages(filter: CompiledFilter, watcher?: Watcher): AsyncGenerator<readonly Registration[], void, void> {
    let from: string | undefined = filter.prefix;
    for (let count = 1; from !== undefined; count += 1) {
      const page = this.table.page(filter, from);
      watcher?.listed(page.next);
      if (page.registrations.length > 0) yield page.registrations;
      else if (count % PAGES_A_TURN === 0) await this.#turn();
      from = page.next;
    }
  }

  #turn(): Promise<void> {
    return new Promise((resolve) => void this.#clock.after(0, resolve));
  }
}

/** A page, which is kept as a whole, with states that may be long past, until its reader has taken the last of it. */
function* held(page: readonly Registration[], backlog: Backlog): Generator<Registration, void, void> {
  const refusal = backlog.take(page.length);
  if (refusal !== undefined) throw refusal;
  try {
    yield* page;
  } finally {
    backlog.give(page.length);
  }
}
