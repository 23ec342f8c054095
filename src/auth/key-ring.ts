import { ConfigError } from "../errors/hearthwire-error.js";
import { Emitter } from "../observe/emitter.js";
import { Key, type KeyUse, scheduleOf } from "./key.js";
import { type Lookup, LookupTurns, MAX_LOOKUPS } from "./lookup-turns.js";
import { isWithinValidity } from "./validity.js";

/**
 * Finds the key of an id that a peer named, in a database or a secret store; undefined when there is none. It is asked
 * before the peer has proved anything, so the id may be anybody's guess: 1..64 of `[A-Za-z0-9._-]`.
 */
export type KeyProvider = (id: string) => Key | undefined | Promise<Key | undefined>;

/** What a ring is told beside its keys. */
export interface KeyRingOptions {
  /** Asked at each handshake; without it handshakes are answered at once. */
  readonly find?: KeyProvider | undefined;
}

/** What a daemon knows of the id that a peer named. */
export interface KeyLookup {
  readonly key: Key | undefined;
  /** Why the answer of `find` doesn't count, for whoever runs the daemon. */
  readonly fault?: string;
}

/** Calls a task after some ms, unless it is cancelled. */
export type RunLater = (delayMs: number, task: () => void) => { cancel(): void };

/** How long a handshake waits for `find`, in ms (protocol.md section 4). */
export const FIND_TIMEOUT_MS = 1_000;

/**
 * The keys that a daemon accepts, or that a client chooses from. Changes take effect at once.
 *
 * With `find` a daemon asks it for **every** id that a peer names, also for those that the ring holds itself, so that
 * the time of an answer doesn't tell which ids there are. It is waited for at most 1 s; when it throws, is late, or gives
 * anything but a `Key` of that id, the id is unknown. A key that the ring holds goes before the one that `find` gives.
 * At most 64 answers of `find` are awaited at once, later lookups wait for their turn within their 1 s: one that never
 * settles takes up a place for good, so give it a deadline of its own.
 *
 * @example
 * const keys = new KeyRing([Key.generate({ id: "alice" })]);
 * const stored = new KeyRing([], { find: async (id) => keyOf(await database.keys.get(id)) });
 */
export class KeyRing implements Iterable<Key> {
  readonly #keys = new Map<string, Key>();
  readonly #events = new Emitter<{ removed: [id: string] }>();
  readonly #find: KeyProvider | undefined;
  readonly #turns = new LookupTurns();

  /** @throws ConfigError `HW_KEY_INVALID` when two keys have the same id; `HW_OPTION_INVALID` when `find` is no function. */
  constructor(keys: Iterable<Key> = [], options: KeyRingOptions = {}) {
    const { find } = options;
    if (find !== undefined && typeof find !== "function") {
      throw new ConfigError("HW_OPTION_INVALID", `"find" of a KeyRing must be a function, got ${typeof find}`);
    }
    this.#find = find;
    for (const key of keys) this.add(key);
  }

  /**
   * @throws ConfigError `HW_KEY_INVALID` when it is no `Key`, or one that can't be read (`keyFromCryptoKey`), or when one of
   * that id is in the ring: remove that first.
   */
  add(key: Key): this {
    if (!(key instanceof Key)) {
      const remedy = "make it by Key.from(bytes, { id }) of the same copy of this package";
      throw new ConfigError("HW_KEY_INVALID", `"keys" must hold keys, got a value of type ${typeof key}: ${remedy}`);
    }
    if (this.#keys.has(key.id)) {
      throw new ConfigError("HW_KEY_INVALID", `"keys" already has a key with the id "${key.id}"; remove it first`);
    }
    // A first HELLO that is slower than one of an unknown id would tell that the ring has its key.
    scheduleOf(key).prepare();
    this.#keys.set(key.id, key);
    return this;
  }

  /**
   * Takes a key out and ends the sessions and handshakes that rest on an id, also when `find` gave its key: remove it
   * there first.
   * @returns whether the ring held it itself
   */
  remove(id: string): boolean {
    const wasHeld = this.#keys.delete(id);
    if (wasHeld || this.#find !== undefined) this.#events.emit("removed", id);
    return wasHeld;
  }

  /** The key of that id among those that the ring holds itself. */
  find(id: string): Key | undefined {
    return this.#keys.get(id);
  }

  /** The key of an id that a peer named: at once without a provider, else always as a promise, which never rejects. */
  lookup(id: string, after: RunLater = runLater): KeyLookup | Promise<KeyLookup> {
    if (this.#find === undefined) return { key: this.#keys.get(id) };
    return this.#ask(this.#find, { id, after });
  }

  /**
   * The key to connect with: the first one of that use that is valid now.
   * @throws ConfigError `HW_CREDENTIALS_MISSING` when there is none.
   */
  get primary(): Key {
    const key = this.choose("connect", Date.now());
    if (key !== undefined) return key;
    throw new ConfigError(
      "HW_CREDENTIALS_MISSING",
      '"keys" has no key to connect with that is valid now; add one, such as Key.generate()',
    );
  }

  /** The first key of a use that is valid; one that only the skew of clocks allows comes after all others. */
  choose(use: KeyUse, nowMs: number): Key | undefined {
    const keys = [...this].filter((key) => key.use === use);
    return keys.find((key) => isWithinValidity(key, nowMs, 0)) ?? keys.find((key) => isWithinValidity(key, nowMs));
  }

  /** Calls the listener with the id of each key that is removed; returns the function that removes the listener. */
  onRemoved(listener: (id: string) => void): () => void {
    return this.#events.on("removed", listener);
  }

  /** Those that the ring holds itself, in the order in which they were added. */
  [Symbol.iterator](): Iterator<Key> {
    return this.#keys.values();
  }

  async #ask(find: KeyProvider, { id, after }: { readonly id: string; readonly after: RunLater }): Promise<KeyLookup> {
    let answer!: (found: KeyLookup) => void;
    const answered = new Promise<KeyLookup>((resolve) => (answer = resolve));
    const notAsked = (): void => answer({ key: undefined, fault: tooMany(id) });
    const lookup: Lookup = { begin: async () => answer(await askProvider(find, id)), crowdedOut: notAsked };
    const timer = after(FIND_TIMEOUT_MS, () => {
      if (this.#turns.leave(lookup)) notAsked();
      else answer({ key: undefined, fault: `it gave no answer for "${id}" within ${FIND_TIMEOUT_MS} ms` });
    });
    this.#turns.enter(lookup);
    const found = await answered;
    timer.cancel();
    // Looked for now: it may have been added or removed meanwhile.
    const held = this.#keys.get(id);
    return held === undefined ? found : { key: held };
  }
}

/** By the timers of the host. */
export const runLater: RunLater = (delayMs, task) => {
  const timer = setTimeout(task, delayMs);
  return { cancel: () => clearTimeout(timer) };
};

function tooMany(id: string): string {
  return `it was not asked for "${id}": ${MAX_LOOKUPS} earlier lookups had not settled`;
}

/** Never rejects. */
async function askProvider(find: KeyProvider, id: string): Promise<KeyLookup> {
  try {
    const key: unknown = await find(id);
    const fault = key === undefined ? undefined : whyUnusable(key, id);
    return fault === undefined ? { key: key as Key | undefined } : { key: undefined, fault };
  } catch (error) {
    return { key: undefined, fault: `it failed for "${id}": ${thrownText(error)}` };
  }
}

/** Whatever it is must not throw in its turn. */
function thrownText(error: unknown): string {
  try {
    if (error instanceof Error) return error.message;
  } catch {
    // Its getters or traps are the program's.
  }
  return typeof error === "string" ? error : `it threw a value of type ${typeof error}`;
}

function whyUnusable(key: unknown, id: string): string | undefined {
  if (!(key instanceof Key)) return `it gave a value of type ${typeof key} for "${id}" instead of a Key`;
  if (key.id !== id) return `it gave the key "${key.id}" for "${id}"`;
  // Throws for a key that can't be read.
  void scheduleOf(key);
  return undefined;
}
