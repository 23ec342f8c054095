import { disposeAll } from "./disposal.js";
import type { UnobservedListener } from "./unobserved-listener.js";

/** Where a resource was tracked, for errors of its disposal. */
interface Place {
  readonly object: string;
  readonly member: string;
}

/** What called code asked to be disposed when the session is over. */
export class SessionResources {
  readonly #unobserved: UnobservedListener;
  /** Made on first use: few sessions have any. */
  #resources: Map<object, Place> | undefined;
  #isDisposed = false;

  constructor(unobserved: UnobservedListener) {
    this.#unobserved = unobserved;
  }

  /** Keeps a resource, once however often it is added; after the session's end it is disposed at once. */
  add(resource: object, place: Place): void {
    if (this.#isDisposed) void this.#dispose(resource, place);
    else (this.#resources ??= new Map()).set(resource, place);
  }

  /** Disposes all of them, the last one first. Never rejects. */
  async dispose(): Promise<void> {
    this.#isDisposed = true;
    const resources = [...(this.#resources ?? [])].reverse();
    this.#resources = undefined;
    for (const [resource, place] of resources) await this.#dispose(resource, place);
  }

  #dispose(resource: object, { object, member }: Place): Promise<void> {
    return disposeAll([resource], (error) => this.#unobserved(error, { object, member }));
  }
}
