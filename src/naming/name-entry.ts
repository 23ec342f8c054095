import type { Expiring } from "../session/deadlines.js";
import type { StoredRegistration } from "./name-storage.js";
import type { Registration } from "./registration.js";

/** Whose session registers. */
export interface EntryHolder {
  /** Its session has a line. */
  readonly isHere: boolean;
  /** Its session has lost its line, and waits so long for another. */
  readonly awayUntil: Date | undefined;
  /** What it registered last. */
  readonly entries: Set<NameEntry>;
}

/** One registration in the server's memory: what is told of it, and who keeps it. */
export class NameEntry implements Expiring {
  /** Replaced when something of it changes. */
  registration: Registration;
  /** Ends with its session; a lease is there only while nobody has come for it after a restart. */
  isBoundToSession: boolean;
  /** Whose session registered it last; undefined: it was read from a storage, and nobody has come for it. */
  registrant: EntryHolder | undefined;
  /** What the storage has of it. */
  kept: StoredRegistration | undefined = undefined;
  heapIndex = -1;
  readonly #expired: (entry: NameEntry) => void;

  constructor(
    registration: Registration,
    {
      registrant,
      isBoundToSession,
      expired,
    }: {
      readonly registrant: EntryHolder | undefined;
      readonly isBoundToSession: boolean;
      readonly expired: (entry: NameEntry) => void;
    },
  ) {
    this.registration = registration;
    this.registrant = registrant;
    this.isBoundToSession = isBoundToSession;
    this.#expired = expired;
  }

  get name(): string {
    return this.registration.name;
  }

  get address(): string {
    return this.registration.address;
  }

  get owner(): string {
    return this.registration.owner;
  }

  get deadlineAtMs(): number {
    return this.registration.leaseEndsAt?.getTime() ?? Infinity;
  }

  /** What is kept of it beyond the server's life. */
  get stored(): StoredRegistration {
    const { name, address, tags, owner, load, leaseEndsAt } = this.registration;
    return {
      name,
      address,
      tags,
      owner,
      load,
      leaseEndsAtMs: this.isBoundToSession ? undefined : leaseEndsAt?.getTime(),
    };
  }

  expired(): void {
    this.#expired(this);
  }
}
