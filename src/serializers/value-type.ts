import { ConfigError } from "../errors/hearthwire-error.js";
import { OWN_LEAVES } from "./annotation.js";

/**
 * A class whose instances travel by value: how they become plain JSON, and how they come back. Both ends register it
 * under the same `tag`.
 */
export interface ValueType<in out T> {
  /** Its name on the wire. */
  readonly tag: string;
  readonly Class: abstract new (...args: never[]) => T;
  /** Gives plain JSON: no Date, Map, bytes or functions inside. */
  encode(value: T): unknown;
  /** Takes what a peer sent under the tag: check it, as any input. */
  decode(encoded: unknown): T;
}

/**
 * Describes a class that travels by value, for the option `types`.
 *
 * @example
 * const money = valueType({
 *   tag: "money",
 *   Class: Money,
 *   encode: (value) => value.cents,
 *   decode: (cents) => new Money(cents),
 * });
 */
export function valueType<T, E>(definition: {
  tag: string;
  Class: abstract new (...args: never[]) => T;
  encode: (value: T) => E;
  decode: (encoded: E) => T;
}): ValueType<never> {
  return definition as unknown as ValueType<never>;
}

const MAX_TAG_LENGTH = 128;

/** The registered types of one endpoint. Peer strings are only ever keys of a Map. */
export class TypeTable {
  readonly #byTag = new Map<string, ValueType<unknown>>();
  readonly #byPrototype = new Map<object, ValueType<unknown>>();

  /** @throws ConfigError `HW_OPTION_INVALID` for an unusable or doubled tag or class. */
  constructor(types: readonly ValueType<never>[] = []) {
    for (const type of types as readonly unknown[] as readonly ValueType<unknown>[]) {
      const { tag, Class } = type;
      if (typeof tag !== "string" || tag.length < 1 || tag.length > MAX_TAG_LENGTH) {
        throw invalid(`a tag is a string of 1..${MAX_TAG_LENGTH} characters, got ${describe(tag)}`);
      }
      if (OWN_LEAVES.has(tag)) throw invalid(`the tag "${tag}" is taken by hearthwire itself; choose another`);
      if (this.#byTag.has(tag)) throw invalid(`the tag "${tag}" is registered twice`);
      if (typeof Class !== "function") throw invalid(`"Class" of the tag "${tag}" must be a class`);
      if (typeof type.encode !== "function" || typeof type.decode !== "function") {
        throw invalid(`"encode" and "decode" of the tag "${tag}" must be functions`);
      }
      if (this.#byPrototype.has(Class.prototype)) throw invalid(`the class of the tag "${tag}" is registered twice`);
      this.#byTag.set(tag, type);
      this.#byPrototype.set(Class.prototype, type);
    }
  }

  tagged(tag: string): ValueType<unknown> | undefined {
    return this.#byTag.get(tag);
  }

  /** The type of exactly this class: an instance of a subclass would come back as something else. */
  of(prototype: object | null): ValueType<unknown> | undefined {
    return prototype === null ? undefined : this.#byPrototype.get(prototype);
  }
}

function describe(tag: unknown): string {
  return typeof tag === "string" ? `${tag.length} characters` : typeof tag;
}

function invalid(sentence: string): ConfigError {
  return new ConfigError("HW_OPTION_INVALID", `"types": ${sentence}`);
}
