import { SuperJSON } from "superjson";

import type { AnnotationNode } from "./annotation.js";

/** A leaf that superjson takes as a custom: its JSON is ready. */
export class CustomLeaf {
  readonly name: string;
  readonly json: unknown;

  constructor(name: string, json: unknown) {
    this.name = name;
    this.json = json;
  }
}

/** An invalid Date as superjson can write it: by itself it takes one for no Date at all, and loses it. */
export function invalidDate(): Date {
  return Object.assign(new Date(0), { toISOString: () => "invalid" });
}

/**
 * Writes maps and sets, whose contents have annotations of their own, by superjson itself: by an instance of ours, as the
 * default one is shared with every other library in the process.
 */
export class CollectionWriter {
  readonly #superjson = new SuperJSON();

  /** @param names of all customs: ours and the registered types. */
  constructor(names: Iterable<string>) {
    for (const name of names) {
      this.#superjson.registerCustom<CustomLeaf, never>(
        {
          isApplicable: (value): value is CustomLeaf => value instanceof CustomLeaf && value.name === name,
          serialize: (leaf) => leaf.json as never,
          deserialize: (json) => new CustomLeaf(name, json),
        },
        name,
      );
    }
  }

  /**
   * @param collection one whose contents were checked: what superjson would lose stands in it as `CustomLeaf`.
   * @returns `json` is made of new arrays and objects, which hold the JSON of custom leaves as it is.
   */
  write(collection: ReadonlyMap<unknown, unknown> | ReadonlySet<unknown>): {
    json: unknown;
    annotations: AnnotationNode;
  } {
    // Shared objects are copies on the wire: `referentialEqualities` are left out, receivers never read them.
    const { json, meta } = this.#superjson.serialize(collection);
    return { json, annotations: meta?.values as unknown as AnnotationNode };
  }
}
