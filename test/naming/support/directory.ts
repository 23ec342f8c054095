import { callContext } from "../../../src/objects/call-context.js";
import { refusal } from "../../../src/session/refusal.js";
import { NamingError } from "../../../src/errors/hearthwire-error.js";
import type { NameChange, NameFilter, Registration } from "../../../src/naming/registration.js";
import { expose } from "../../../src/objects/expose.js";

interface Signal {
  readonly promise: Promise<void>;
  readonly resolve: () => void;
}

function signal(): Signal {
  let resolve!: () => void;
  const promise = new Promise<void>((done) => (resolve = done));
  return { promise, resolve };
}

/** A name server as clients see it, which the test itself fills. */
export class Directory {
  readonly #registrations = new Map<string, Registration>();
  #changed = signal();
  /** How often each was called. */
  readonly counts = { lookup: 0, watch: 0, watching: 0 };

  /** Registers a place, or another load of it. */
  add(name: string, address: string, facts: Partial<Pick<Registration, "tags" | "load" | "awayUntil">> = {}): void {
    const registration = { name, address, tags: [], load: 0, owner: "key:test", leaseEndsAt: undefined, ...facts };
    this.#registrations.set(`${name} ${address}`, registration);
    this.#tell();
  }

  remove(name: string, address: string): void {
    this.#registrations.delete(`${name} ${address}`);
    this.#tell();
  }

  async lookup(name: string, { waitMs = 0 }: { waitMs?: number } = {}): Promise<readonly Registration[]> {
    this.counts.lookup += 1;
    const endsAt = Date.now() + waitMs;
    for (;;) {
      const found = this.#matching({ glob: name });
      if (found.length > 0) return found;
      const leftMs = endsAt - Date.now();
      if (leftMs <= 0) throw refusal(new NamingError("HW_NAME_UNKNOWN", `nothing is registered under "${name}"`));
      const { promise, resolve } = signal();
      const timer = setTimeout(resolve, leftMs);
      await Promise.race([this.#changed.promise, promise]);
      clearTimeout(timer);
    }
  }

  async *watch(filter: NameFilter = {}): AsyncGenerator<NameChange, void, void> {
    this.counts.watch += 1;
    this.counts.watching += 1;
    const { signal: callSignal } = callContext();
    const aborted = new Promise<void>((resolve) => callSignal.addEventListener("abort", () => resolve()));
    try {
      let known = new Map<string, Registration>();
      for (let isFirst = true; ; isFirst = false) {
        const changed = this.#changed.promise;
        const now = new Map(this.#matching(filter).map((one) => [`${one.name} ${one.address}`, one]));
        for (const [key, registration] of known) if (!now.has(key)) yield { kind: "removed", registration };
        for (const [key, registration] of now) {
          if (known.get(key) !== registration) yield { kind: known.has(key) ? "changed" : "added", registration };
        }
        if (isFirst) yield { kind: "listed" };
        known = now;
        await Promise.race([changed, aborted]);
        if (callSignal.aborted) return;
      }
    } finally {
      this.counts.watching -= 1;
    }
  }

  #matching({ glob, tags = [] }: NameFilter): readonly Registration[] {
    return [...this.#registrations.values()].filter(
      (one) => (glob === undefined || one.name === glob) && tags.every((tag) => one.tags.includes(tag)),
    );
  }

  #tell(): void {
    this.#changed.resolve();
    this.#changed = signal();
  }
}
expose(Directory, { only: ["lookup", "watch"], members: { lookup: { idempotent: true } } });
