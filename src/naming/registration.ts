/** Where an object is to be found under a name. A name has one of these for each of its replicas. */
export interface Registration {
  /** 1 to 128 characters of `A-Z a-z 0-9 . _ ~ / -`, the first a letter or digit. */
  readonly name: string;
  /** What the daemon's `url(objectId)` gave: `ws:`, `wss:` or `ws+unix:`, canonical. */
  readonly address: string;
  /** At most 32, each 1 to 64 characters of `A-Z a-z 0-9 . _ : ~ -`; sorted, none twice. */
  readonly tags: readonly string[];
  /** Whose name it is: the id of a principal, such as `key:alice`; `program` of what the server's own program registered. */
  readonly owner: string;
  /** How busy its registrant last said to be; the unit is the same among the replicas of a name, such as calls in flight. */
  readonly load: number;
  /** Undefined: it lives as long as its registrant's session. */
  readonly leaseEndsAt: Date | undefined;
  /**
   * Its registrant is not there, and has so long to come back: its session has lost its line, or the name server was started
   * anew. Absent while it is there, and of a lease, which nobody has to be there for.
   */
  readonly awayUntil?: Date | undefined;
}

/**
 * Its own copy of a registration, frozen. Literals: a hundred thousand of what spreads make take 30 MiB more (measured).
 */
export function registrationOf(registration: Registration): Registration {
  const { name, address, tags, owner, load, leaseEndsAt, awayUntil } = registration;
  return Object.freeze(
    awayUntil === undefined
      ? { name, address, tags, owner, load, leaseEndsAt }
      : { name, address, tags, owner, load, leaseEndsAt, awayUntil },
  );
}

/** Which registrations are meant: those that fulfil all that is given. */
export interface NameFilter {
  /** What names begin with. */
  readonly prefix?: string | undefined;
  /** A pattern for whole names: `*` stands for any characters but `/`, `**` for any, `?` for one that is no `/`. */
  readonly glob?: string | undefined;
  /** All of these tags. */
  readonly tags?: readonly string[] | undefined;
  /** At least one of these tags. */
  readonly anyTags?: readonly string[] | undefined;
}

/** What `watch` tells. Everything that is registered is `added` first; after `listed` come changes, without a gap. */
export type NameChange =
  | { readonly kind: "added" | "changed" | "removed"; readonly registration: Registration }
  | { readonly kind: "listed" };
