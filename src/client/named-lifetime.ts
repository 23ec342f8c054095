import type { Lifetime } from "./stand-in.js";

/** How long a named object's proxy and its views are held. */
export class NamedLifetime implements Lifetime {
  #isReleased = false;
  readonly #released: (() => void) | undefined;

  /** @param released told once */
  constructor(released?: () => void) {
    this.#released = released;
  }

  get isReleased(): boolean {
    return this.#isReleased;
  }

  release(): void {
    if (this.#isReleased) return;
    this.#isReleased = true;
    this.#released?.();
  }
}
