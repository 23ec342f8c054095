import { ConfigError } from "../errors/hearthwire-error.js";
import { SerializerId } from "../wire/constants.js";
import type { PayloadSerializer } from "./payload.js";
import { TypeTable, type ValueType } from "./value-type.js";

/** What an endpoint says about its values. */
export interface ValueOptions {
  readonly serializers?: readonly PayloadSerializer[] | undefined;
  readonly types?: readonly ValueType<never>[] | undefined;
}

/** Ids are one byte of HELLO; 0 names nothing. */
const MAX_SERIALIZER_ID = 255;
/** HELLO counts them 1 to 8. */
const MAX_SERIALIZERS = 8;

/**
 * Checks both, without making the serializer that stands where nothing is said.
 * @throws ConfigError `HW_OPTION_INVALID` for both options at once, a list that HELLO can't hold, something that is no
 * serializer, an id used twice, and unusable types.
 */
export function checkValueOptions({ serializers, types }: ValueOptions): void {
  if (types !== undefined && !Array.isArray(types)) {
    throw invalid(`"types" must be an array of what valueType() gives, got ${typeof types}`);
  }
  if (serializers === undefined) return void new TypeTable(types);
  if (types !== undefined) {
    throw invalid(
      '"types" goes with the default serializer alone; beside "serializers" give it to each of them, such as superjsonSerializer({ types })',
    );
  }
  if (!Array.isArray(serializers) || serializers.length < 1 || serializers.length > MAX_SERIALIZERS) {
    throw invalid(`"serializers" must be an array of 1..${MAX_SERIALIZERS} serializers, got ${describe(serializers)}`);
  }
  const ids = new Set<number>();
  for (const serializer of serializers as readonly unknown[]) {
    const id = idOf(serializer);
    if (ids.has(id)) throw invalid(`"serializers" has two with the id ${id}; give each an id of its own`);
    ids.add(id);
  }
}

/** The ids that are offered to a peer, in the order of preference. */
export function offeredIds({ serializers }: ValueOptions): readonly number[] {
  return serializers?.map(({ id }) => id) ?? [SerializerId.SUPERJSON];
}

function idOf(serializer: unknown): number {
  const { id, encode } = (serializer ?? {}) as Partial<PayloadSerializer>;
  if (
    typeof encode === "function" &&
    typeof id === "number" &&
    Number.isInteger(id) &&
    id >= 1 &&
    id <= MAX_SERIALIZER_ID
  ) {
    return id;
  }
  throw invalid(
    `"serializers" must hold serializers with an id 1..${MAX_SERIALIZER_ID}, such as superjsonSerializer() or customSerializer({...}) give, got ${typeof encode === "function" ? `the id ${String(id)}` : typeof serializer}`,
  );
}

function describe(list: unknown): string {
  return Array.isArray(list) ? `${list.length}` : typeof list;
}

function invalid(sentence: string): ConfigError {
  return new ConfigError("HW_OPTION_INVALID", sentence);
}
