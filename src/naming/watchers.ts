import type { Registration } from "./registration.js";
import type { Watcher } from "./watcher.js";

/** All who watch. Those of one name are found by it: a change of another costs nothing for them. */
export class Watchers {
  readonly #ofName = new Map<string, Set<Watcher>>();
  readonly #ofMany = new Set<Watcher>();

  add(watcher: Watcher): void {
    const { name } = watcher.filter;
    if (name === undefined) {
      this.#ofMany.add(watcher);
      return;
    }
    const watchers = this.#ofName.get(name);
    if (watchers === undefined) this.#ofName.set(name, new Set([watcher]));
    else watchers.add(watcher);
  }

  delete(watcher: Watcher): void {
    const { name } = watcher.filter;
    this.#ofMany.delete(watcher);
    if (name === undefined) return;
    const watchers = this.#ofName.get(name);
    watchers?.delete(watcher);
    if (watchers?.size === 0) this.#ofName.delete(name);
  }

  /** Tells those whom it may concern. */
  changed(before: Registration | undefined, after: Registration | undefined): void {
    const registration = after ?? before;
    if (registration === undefined) return;
    const { name, address } = registration;
    // One text for all of them, however many keep it.
    const change = { key: `${name} ${address}`, registration, before, after };
    for (const watcher of this.#ofName.get(name) ?? []) watcher.changed(change);
    for (const watcher of this.#ofMany) watcher.changed(change);
  }

  end(): void {
    for (const watchers of this.#ofName.values()) for (const watcher of watchers) watcher.end();
    for (const watcher of this.#ofMany) watcher.end();
  }
}
