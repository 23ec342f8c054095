type Listener = (...args: readonly unknown[]) => unknown;

/**
 * Typed events. A listener that throws, or whose promise rejects, harms neither the other listeners nor whoever emits,
 * and never ends the process: its error goes to `console.error`.
 */
export class Emitter<Events extends { [E in keyof Events]: readonly unknown[] }> {
  readonly #listeners = new Map<keyof Events, Set<Listener>>();

  /** Adds a listener and returns the function that removes it. The same function twice counts twice. */
  on<E extends keyof Events>(event: E, listener: (...args: Events[E]) => void): () => void {
    const entry: Listener = (...args) => listener(...(args as Events[E]));
    let set = this.#listeners.get(event);
    if (set === undefined) this.#listeners.set(event, (set = new Set()));
    set.add(entry);
    return () => void set.delete(entry);
  }

  emit<E extends keyof Events>(event: E, ...args: Events[E]): void {
    const set = this.#listeners.get(event);
    if (set === undefined) return;
    const report = (error: unknown): void => console.error(`hearthwire: a listener of "${String(event)}" threw`, error);
    for (const listener of [...set]) {
      try {
        const result = listener(...args);
        if (result instanceof Promise) result.catch(report);
      } catch (error) {
        report(error);
      }
    }
  }

  hasListeners(event: keyof Events): boolean {
    return (this.#listeners.get(event)?.size ?? 0) > 0;
  }
}
