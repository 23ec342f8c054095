type Listener = (...args: readonly unknown[]) => unknown;

interface Entry<Event> {
  /** Undefined: all of them go to `listener`, their names first. */
  readonly event: Event | undefined;
  readonly listener: Listener;
}

const NOBODY: readonly never[] = Object.freeze([]);

/**
 * Typed events. A listener that throws, or whose promise rejects, harms neither the other listeners nor whoever emits,
 * and never ends the process: its error goes to `console.error`.
 */
export class Emitter<Events extends { [E in keyof Events]: readonly unknown[] }> {
  /** Replaced rather than changed: whoever emits goes on with those of before. A list, since few listen and most emit little. */
  #entries: readonly Entry<keyof Events>[] = NOBODY;

  /** Adds a listener and returns the function that removes it. The same function twice counts twice. */
  on<E extends keyof Events>(event: E, listener: (...args: Events[E]) => void): () => void {
    return this.#add({ event, listener: listener as unknown as Listener });
  }

  /** Passes all events on to another emitter; returns the function that ends that. */
  forward(to: Emitter<Events>): () => void {
    return this.#add({ event: undefined, listener: to.emit.bind(to) as unknown as Listener });
  }

  #add(entry: Entry<keyof Events>): () => void {
    this.#entries = this.#entries.concat(entry);
    return () => {
      this.#entries = this.#entries.filter((other) => other !== entry);
    };
  }

  emit<E extends keyof Events>(event: E, ...args: Events[E]): void {
    for (const entry of this.#entries) {
      if (entry.event !== event && entry.event !== undefined) continue;
      try {
        const result = entry.event === undefined ? entry.listener(event, ...args) : entry.listener(...args);
        if (result instanceof Promise) result.catch((error: unknown) => report(event, error));
      } catch (error) {
        report(event, error);
      }
    }
  }

  hasListeners(event: keyof Events): boolean {
    return this.#entries.some((entry) => entry.event === event || entry.event === undefined);
  }
}

function report(event: PropertyKey, error: unknown): void {
  console.error(`hearthwire: a listener of "${String(event)}" threw`, error);
}
