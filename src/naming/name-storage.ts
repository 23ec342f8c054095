/** A registration as it is kept: plain data, the same in each storage. */
export interface StoredRegistration {
  readonly name: string;
  readonly address: string;
  readonly tags: readonly string[];
  readonly owner: string;
  readonly load: number;
  /** Milliseconds since 1970; undefined: it lives as long as its registrant's session. */
  readonly leaseEndsAtMs: number | undefined;
}

/**
 * Keeps registrations beyond the life of a name server. The server answers from memory: it reads everything once, and
 * waits for the storage only when something is to be kept. One server uses a storage at a time.
 */
export interface NameStorage {
  /** Everything that is kept, in any order. Called once, before anything else. */
  load(): Promise<readonly StoredRegistration[]>;
  /** Keeps a registration in the place of one with the same name and address; resolves when a crash would not lose it. */
  put(registration: StoredRegistration): Promise<void>;
  /** Forgets a registration; resolves when a crash would not bring it back. None of that name and address is no error. */
  delete(registration: Pick<StoredRegistration, "name" | "address">): Promise<void>;
  /** Lets go of files. Nothing is called after it, but itself. */
  close(): Promise<void>;
}
