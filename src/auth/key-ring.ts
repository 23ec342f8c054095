import { ConfigError } from "../errors/hearthwire-error.js";
import { Emitter } from "../observe/emitter.js";
import { Key, scheduleOf } from "./key.js";

/** The keys that a daemon accepts, or that a client chooses from. Changes take effect at once. */
export class KeyRing implements Iterable<Key> {
  readonly #keys = new Map<string, Key>();
  readonly #events = new Emitter<{ removed: [key: Key] }>();

  /** @throws ConfigError `HW_KEY_INVALID` when two keys have the same id. */
  constructor(keys: Iterable<Key> = []) {
    for (const key of keys) this.add(key);
  }

  /** @throws ConfigError `HW_KEY_INVALID` when it is no `Key`, or one of that id is in the ring: remove that first. */
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

  /** Takes a key out and ends the sessions that it proved; false when there is none of that id. */
  remove(id: string): boolean {
    const key = this.#keys.get(id);
    if (key === undefined) return false;
    this.#keys.delete(id);
    this.#events.emit("removed", key);
    return true;
  }

  find(id: string): Key | undefined {
    return this.#keys.get(id);
  }

  /**
   * The key to connect with: the first one of that use.
   * @throws ConfigError `HW_CREDENTIALS_MISSING` when there is none.
   */
  get primary(): Key {
    for (const key of this) if (key.use === "connect") return key;
    throw new ConfigError(
      "HW_CREDENTIALS_MISSING",
      '"keys" has no key to connect with; add one, such as Key.generate()',
    );
  }

  /** Calls the listener with each key that is removed; returns the function that removes the listener. */
  onRemoved(listener: (key: Key) => void): () => void {
    return this.#events.on("removed", listener);
  }

  /** In the order in which they were added. */
  [Symbol.iterator](): Iterator<Key> {
    return this.#keys.values();
  }
}
