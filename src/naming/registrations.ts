import type { Clock } from "../session/clock.js";
import { Deadlines } from "../session/deadlines.js";
import { NameEntry } from "./name-entry.js";
import { foreignName, sessionGone, takenName, tooMany } from "./name-errors.js";
import type { NameLimits } from "./name-limits.js";
import type { NameStorage, StoredRegistration } from "./name-storage.js";
import type { NameTable } from "./name-table.js";
import { NameWrites } from "./name-writes.js";
import type { Registrant } from "./registrant.js";
import type { Removals } from "./removals.js";
import { type Registration, registrationOf } from "./registration.js";

/** In which the registrants of a server that was started anew come back, in ms. */
const RESTART_LEASE_MS = 120_000;

/** Registrations that change or go in one turn of the event loop: each is told to all who watch. */
const CHANGED_A_TURN = 256;

/** Who registers, removes or tags. */
export interface NameOwner {
  readonly owner: string;
  /** May do with the names of others as with its own. */
  readonly isAdmin: boolean;
}

/** The same, with the session that it does it in. */
export interface NameRegistrant extends NameOwner {
  readonly registrant: Registrant;
}

/** A registration as it is asked for, checked. */
export interface RegistrationTerms {
  readonly name: string;
  readonly address: string;
  readonly tags: readonly string[] | undefined;
  readonly load: number | undefined;
  readonly leaseMs: number | undefined;
  readonly replica: boolean;
  readonly replace: boolean;
}

export interface RegistrationsOptions {
  readonly table: NameTable;
  readonly storage: NameStorage | undefined;
  readonly clock: Clock;
  readonly limits: NameLimits;
  /** Told what one session takes from another. */
  readonly removals: Removals;
  /** Takes what the storage failed with where no caller waits. */
  readonly failed: (error: unknown) => void;
}

/** Whose names are whose, how long they last, and what is kept of them. Memory changes at once, the storage after it. */
export class Registrations {
  readonly #options: RegistrationsOptions;
  readonly #table: NameTable;
  readonly #leases: Deadlines;
  readonly #writes: NameWrites;
  #isClosed = false;

  constructor(options: RegistrationsOptions) {
    this.#options = options;
    this.#table = options.table;
    this.#leases = new Deadlines(options.clock);
    this.#writes = new NameWrites(options.storage);
  }

  /** Reads what the storage has. Those that were bound to a session get a lease, in which their registrants come back. */
  async load(): Promise<void> {
    const stored = (await this.#options.storage?.load()) ?? [];
    const nowMs = this.#options.clock.now();
    for (const one of stored) {
      const leaseEndsAtMs = one.leaseEndsAtMs ?? nowMs + RESTART_LEASE_MS;
      if (leaseEndsAtMs <= nowMs) this.#forget([one]);
      else if (this.#find(one) === undefined) this.#restore(one, leaseEndsAtMs);
    }
  }

  /** @throws NamingError `HW_NAME_TAKEN` @throws LimitError @throws whatever the storage does */
  async register(terms: RegistrationTerms, by: NameRegistrant): Promise<Registration> {
    // It would never be removed.
    if (by.registrant.isOver) throw sessionGone();
    const { name, replica, replace } = terms;
    const entries = this.#table.get(name) ?? [];
    this.requireOwner(entries, by);
    const same = this.#find(terms);
    const isAlone = replace || (same === undefined && !replica);
    const displaced = isAlone ? entries.filter((entry) => entry !== same) : [];
    if (!replace && displaced.some((entry) => entry.registrant?.isHere === true)) throw takenName(name);
    const owner = (displaced.length === entries.length ? undefined : entries[0]?.owner) ?? by.owner;
    if (same === undefined) this.#requireRoom(owner, { entries, displaced });
    for (const entry of displaced) {
      if (replace) this.#tellRemoval(entry, by);
      this.#drop(entry);
    }
    const entry = same ?? this.#add(terms, { owner, registrant: by.registrant });
    if (same !== undefined) this.#renew(same, terms, by.registrant);
    const { registration } = entry;
    try {
      await this.#keep(entry, same === undefined);
    } finally {
      // One that was registered again meanwhile is there.
      const gone = displaced.filter((one) => this.#find(one) === undefined);
      await Promise.all(gone.map((one) => this.#writes.delete(one)));
    }
    return registration;
  }

  /** Removes entries, and forgets them. @param by who wants that; undefined: it is their end */
  async remove(entries: readonly NameEntry[], by?: NameRegistrant): Promise<number> {
    const deleted: Promise<void>[] = [];
    for (const [index, entry] of entries.entries()) {
      if (index > 0 && index % CHANGED_A_TURN === 0) await this.#turn();
      if (this.#isClosed) break;
      if (by !== undefined) this.#tellRemoval(entry, by);
      if (this.#drop(entry)) deleted.push(this.#writes.delete(entry));
    }
    await Promise.all(deleted);
    return deleted.length;
  }

  /** Gives entries other tags. */
  async tag(
    entries: readonly NameEntry[],
    tagsOf: (tags: readonly string[]) => readonly string[],
  ): Promise<Registration[]> {
    const tags = entries.map((entry) => tagsOf(entry.registration.tags));
    for (const [index, entry] of entries.entries()) this.#table.change(entry, { tags: tags[index] ?? [] });
    const changed = entries.map(({ registration }) => registration);
    await Promise.all(entries.map((entry) => this.#keep(entry, false)));
    return changed;
  }

  /** Its session has lost its line, or has one again: of what is bound to it that is told. */
  async lineChanged(registrant: Registrant): Promise<void> {
    const { awayUntil } = registrant;
    for (const [index, entry] of [...registrant.entries].entries()) {
      if (index > 0 && index % CHANGED_A_TURN === 0) await this.#turn();
      if (this.#isClosed || registrant.awayUntil !== awayUntil) return;
      if (entry.registrant !== registrant || !entry.isBoundToSession) continue;
      if (entry.registration.awayUntil !== awayUntil) this.#table.change(entry, { awayUntil });
    }
  }

  /** Its session is over: what was bound to it ends. */
  async leave(registrant: Registrant): Promise<void> {
    if (this.#isClosed) return;
    await this.remove([...registrant.entries].filter(({ isBoundToSession }) => isBoundToSession));
  }

  /** @throws NamingError `HW_NAME_TAKEN` when the entries of a name are somebody else's */
  requireOwner([first]: readonly NameEntry[], { owner, isAdmin }: NameOwner): void {
    if (first !== undefined && first.owner !== owner && !isAdmin) throw foreignName(first.name);
  }

  /** What ends from now on stays in the storage; resolves when that has everything. */
  async close(): Promise<void> {
    this.#isClosed = true;
    this.#leases.clear();
    await this.#writes.settled();
    await this.#options.storage?.close();
  }

  #find({ name, address }: Pick<Registration, "name" | "address">): NameEntry | undefined {
    return this.#table.get(name)?.find((entry) => entry.address === address);
  }

  #requireRoom(
    owner: string,
    { entries, displaced }: { readonly entries: readonly NameEntry[]; readonly displaced: readonly NameEntry[] },
  ): void {
    const { limits } = this.#options;
    const freed = displaced.length;
    const own = this.#table.countOf(owner) - (displaced[0]?.owner === owner ? freed : 0);
    if (own >= limits.maxRegistrationsPerOwner) throw tooMany("maxRegistrationsPerOwner", limits);
    if (this.#table.size - freed >= limits.maxRegistrations) throw tooMany("maxRegistrations", limits);
    if (entries.length - freed >= limits.maxReplicas) throw tooMany("maxReplicas", limits);
  }

  #add(
    { name, address, tags = [], load = 0, leaseMs }: RegistrationTerms,
    { owner, registrant }: { readonly owner: string; readonly registrant: Registrant },
  ): NameEntry {
    const isBoundToSession = leaseMs === undefined;
    const leaseEndsAt = this.#leaseEnd(leaseMs);
    const awayUntil = isBoundToSession ? registrant.awayUntil : undefined;
    const registration = registrationOf({ name, address, tags, owner, load, leaseEndsAt, awayUntil });
    return this.#enter(new NameEntry(registration, { registrant, isBoundToSession, expired: this.#expired }));
  }

  #restore(
    { name, address, tags: given, owner, load, leaseEndsAtMs: lease }: StoredRegistration,
    endsAtMs: number,
  ): void {
    const leaseEndsAt = new Date(endsAtMs);
    const isBoundToSession = lease === undefined;
    const tags = Object.isFrozen(given) ? given : Object.freeze([...given]);
    const awayUntil = isBoundToSession ? leaseEndsAt : undefined;
    const registration = registrationOf({ name, address, tags, owner, load, leaseEndsAt, awayUntil });
    const entry = new NameEntry(registration, { registrant: undefined, isBoundToSession, expired: this.#expired });
    entry.kept = entry.stored;
    this.#enter(entry);
  }

  #enter(entry: NameEntry): NameEntry {
    entry.registrant?.entries.add(entry);
    if (entry.registration.leaseEndsAt !== undefined) this.#leases.add(entry);
    this.#table.add(entry);
    return entry;
  }

  /** What was not said again stays, but the lease: it is what this registration says. */
  #renew(entry: NameEntry, { tags, load, leaseMs }: RegistrationTerms, registrant: Registrant): void {
    entry.registrant?.entries.delete(entry);
    entry.registrant = registrant;
    registrant.entries.add(entry);
    entry.isBoundToSession = leaseMs === undefined;
    this.#leases.remove(entry);
    const { registration: old } = entry;
    const leaseEndsAt = this.#leaseEnd(leaseMs);
    const awayUntil = entry.isBoundToSession ? registrant.awayUntil : undefined;
    const isAsLong = leaseEndsAt === old.leaseEndsAt && awayUntil === old.awayUntil;
    const isSame = isAsLong && tags === undefined && (load ?? old.load) === old.load;
    if (!isSame) this.#table.change(entry, { tags: tags ?? old.tags, load: load ?? old.load, leaseEndsAt, awayUntil });
    if (leaseEndsAt !== undefined) this.#leases.add(entry);
  }

  #leaseEnd(leaseMs: number | undefined): Date | undefined {
    return leaseMs === undefined ? undefined : new Date(this.#options.clock.now() + leaseMs);
  }

  #drop(entry: NameEntry): boolean {
    this.#leases.remove(entry);
    entry.registrant?.entries.delete(entry);
    return this.#table.delete(entry);
  }

  #tellRemoval({ registrant, registration }: NameEntry, by: NameRegistrant): void {
    if (registrant === undefined || registrant === by.registrant) return;
    this.#options.removals.tell(registrant, { registration, by: by.owner });
  }

  #turn(): Promise<void> {
    return new Promise((resolve) => void this.#options.clock.after(0, resolve));
  }

  /** Writes an entry, unless the storage has all of it that matters. @param isNew it goes when it can't be kept */
  async #keep(entry: NameEntry, isNew: boolean): Promise<void> {
    const { stored } = entry;
    if (this.#options.storage === undefined || isKept(entry.kept, stored)) return;
    // What is being written now may be another state than the one that it has again.
    entry.kept = undefined;
    try {
      await this.#writes.put(stored);
      if (!this.#writes.areUnderWay(entry)) entry.kept = stored;
    } catch (error) {
      if (isNew) this.#drop(entry);
      throw error;
    }
  }

  #forget(registrations: readonly Pick<StoredRegistration, "name" | "address">[]): void {
    for (const one of registrations) this.#writes.delete(one).catch(this.#options.failed);
  }

  readonly #expired = (entry: NameEntry): void => {
    this.#drop(entry);
    this.#forget([entry]);
  };
}

/** A load is of the moment: it is not worth a write. */
function isKept(kept: StoredRegistration | undefined, stored: StoredRegistration): boolean {
  return (
    kept !== undefined &&
    kept.leaseEndsAtMs === stored.leaseEndsAtMs &&
    kept.owner === stored.owner &&
    kept.tags.join() === stored.tags.join()
  );
}
