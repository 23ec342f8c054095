import type { CompiledFilter } from "./compiled-filter.js";
import type { NameEntry } from "./name-entry.js";
import { type Registration, registrationOf } from "./registration.js";
import { SortedNames } from "./sorted-names.js";

/** Names that a page looks at, so that a listing of few among many lets others have their turn. */
const PAGE_NAMES = 512;
/** A page ends with the name that brings it to so many: it is kept for as long as its reader likes. */
const PAGE_REGISTRATIONS = 128;

/** Hears of every change, before anything else happens. */
export type TableListener = (before: Registration | undefined, after: Registration | undefined) => void;

/** What may change of a registration. */
export type RegistrationChanges = Partial<Pick<Registration, "tags" | "load" | "leaseEndsAt" | "awayUntil">>;

/** Part of a listing. */
export interface ListedPage {
  readonly registrations: readonly Registration[];
  /** Where the next page begins; undefined: this was the last. */
  readonly next: string | undefined;
}

/** What is registered: by name, and in the order of names. */
export class NameTable {
  /** Lists are replaced rather than changed: whoever reads one goes on with that. */
  readonly #byName = new Map<string, readonly NameEntry[]>();
  readonly #names = new SortedNames();
  /** How many each owner has; undefined is zero. */
  readonly #byOwner = new Map<string, number>();
  readonly #changed: TableListener;
  #size = 0;

  constructor(changed: TableListener) {
    this.#changed = changed;
  }

  get size(): number {
    return this.#size;
  }

  /** Entries of a name, at least one; undefined when it is not registered. */
  get(name: string): readonly NameEntry[] | undefined {
    return this.#byName.get(name);
  }

  /** How many registrations an owner has. */
  countOf(owner: string): number {
    return this.#byOwner.get(owner) ?? 0;
  }

  /** Adds an entry whose name and address no other has. */
  add(entry: NameEntry): void {
    const entries = this.#byName.get(entry.name);
    if (entries === undefined) this.#names.add(entry.name);
    this.#byName.set(entry.name, entries === undefined ? [entry] : [...entries, entry]);
    this.#count(entry.owner, 1);
    this.#changed(undefined, entry.registration);
  }

  /** Changes what is told of an entry: all but its name, its address and its owner. */
  change(entry: NameEntry, changes: RegistrationChanges): void {
    const before = entry.registration;
    entry.registration = registrationOf({ ...before, ...changes });
    this.#changed(before, entry.registration);
  }

  /** Takes an entry out; returns whether it was there. */
  delete(entry: NameEntry): boolean {
    const entries = this.#byName.get(entry.name);
    if (entries === undefined || !entries.includes(entry)) return false;
    if (entries.length > 1) {
      this.#byName.set(
        entry.name,
        entries.filter((other) => other !== entry),
      );
    } else {
      this.#byName.delete(entry.name);
      this.#names.delete(entry.name);
    }
    this.#count(entry.owner, -1);
    this.#changed(entry.registration, undefined);
    return true;
  }

  /** The next part of what matches, in the order of names. @param from `filter.prefix`, or `next` of the page before */
  page(filter: CompiledFilter, from: string): ListedPage {
    const names = filter.name === undefined ? this.#names.slice(from, PAGE_NAMES) : [filter.name];
    const registrations: Registration[] = [];
    for (const name of names) {
      if (!name.startsWith(filter.prefix)) return { registrations, next: undefined };
      for (const { registration } of this.#byName.get(name) ?? []) {
        if (filter.matches(registration)) registrations.push(registration);
      }
      if (registrations.length >= PAGE_REGISTRATIONS && filter.name === undefined) {
        return { registrations, next: `${name}\0` };
      }
    }
    const last = names.length < PAGE_NAMES ? undefined : names.at(-1);
    return { registrations, next: last === undefined ? undefined : `${last}\0` };
  }

  #count(owner: string, step: 1 | -1): void {
    this.#size += step;
    const count = this.countOf(owner) + step;
    if (count === 0) this.#byOwner.delete(owner);
    else this.#byOwner.set(owner, count);
  }
}
