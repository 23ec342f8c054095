import {
  PayloadError,
  type IncomingBody,
  type OutgoingBody,
  type OutgoingValues,
  type PayloadSerializer,
  type ReferenceLeaf,
  type StreamLeaf,
} from "../../src/serializers/payload.js";
import { MAX_PAYLOAD_NODES } from "../../src/wire/constants.js";
import { parseJson } from "../../src/wire/parse-json.js";

/** Stands for an instance of an exposed class. */
export class Exposed {
  readonly label: string;

  constructor(label: string) {
    this.label = label;
  }
}

/** Stands for a proxy that can't be used any more. */
export class Released {}

/** Stands for the result of an earlier call of the same body. */
export class PendingResult {
  readonly callId: number;

  constructor(callId: number) {
    this.callId = callId;
  }
}

export const travelling: OutgoingValues = {
  travels(value) {
    if (value instanceof Released) return { refused: "this proxy was released" };
    if (typeof value === "function" || value instanceof Exposed || value instanceof PendingResult) return "reference";
    return Symbol.asyncIterator in value ? "stream" : undefined;
  },
};

/** A world without a session: nothing travels by reference. */
export const nothingTravels: OutgoingValues = { travels: () => undefined };

/** The body that a value goes into and comes out of: references come home as the very objects. */
export class LoopBody implements OutgoingBody, IncomingBody {
  readonly segments: Uint8Array[] = [];
  readonly objects: object[] = [];
  readonly #taken = new Set<number>();
  readonly budget = { nodes: MAX_PAYLOAD_NODES };

  segment(bytes: Uint8Array): number;
  segment(index: number): Uint8Array;
  segment(bytesOrIndex: Uint8Array | number): number | Uint8Array {
    if (typeof bytesOrIndex !== "number") return this.segments.push(bytesOrIndex) - 1;
    const bytes = this.segments[bytesOrIndex];
    if (bytes === undefined || this.#taken.has(bytesOrIndex)) throw new PayloadError("a segment is named once");
    this.#taken.add(bytesOrIndex);
    return bytes;
  }

  peek(index: unknown): Uint8Array | undefined {
    return typeof index === "number" && !this.#taken.has(index) ? this.segments[index] : undefined;
  }

  reference(value: object): ReferenceLeaf;
  reference(leaf: ReferenceLeaf): object;
  reference(value: object): ReferenceLeaf | object {
    if (Array.isArray(value)) return this.#object(value);
    if (value instanceof PendingResult) return [2, value.callId];
    return [0, this.objects.push(value), typeof value === "function" ? "function" : "object"];
  }

  stream(value: object): StreamLeaf;
  stream(leaf: StreamLeaf): object;
  stream(value: object): StreamLeaf | object {
    if (Array.isArray(value)) return this.#object([0, value[0]]);
    return [this.objects.push(value), "iterable"];
  }

  #object(leaf: readonly unknown[]): object {
    const object = typeof leaf[1] === "number" ? this.objects[leaf[1] - 1] : undefined;
    if (object === undefined) throw new PayloadError("an unknown reference");
    return object;
  }
}

/** How trees that are written by hand become payloads of a byte serializer. */
const packs = new WeakMap<PayloadSerializer, (tree: unknown) => Uint8Array>();

/** A byte serializer, with what packs trees written by hand for it. */
export function packedBy(serializer: PayloadSerializer, pack: (tree: unknown) => Uint8Array): PayloadSerializer {
  packs.set(serializer, pack);
  return serializer;
}

/** A tree written by hand, as the payload of a message. */
export function payloadOf(serializer: PayloadSerializer, tree: unknown, body: LoopBody): unknown {
  const pack = packs.get(serializer);
  return pack === undefined ? tree : body.segment(pack(tree));
}

/** Encodes a value and gives the JSON of its payload, as it stands in a message. */
export function sent(serializer: PayloadSerializer, value: unknown, body = new LoopBody()): unknown {
  return parseJson(serializer.encode(value, travelling, "args").finish(body));
}

/** A value on the other side. */
export function arrived(serializer: PayloadSerializer, value: unknown): unknown {
  const body = new LoopBody();
  return serializer.decode(sent(serializer, value, body), body);
}

/** Decodes a payload written by hand. */
export function admitted(serializer: PayloadSerializer, tree: unknown, body = new LoopBody()): unknown {
  return serializer.decode(payloadOf(serializer, tree, body), body);
}

/** An error on the other side. */
export function thrownThere(
  serializer: PayloadSerializer,
  error: unknown,
  options: { readonly exposeStacks?: boolean; readonly isRefusal?: boolean } = {},
): unknown {
  const body = new LoopBody();
  const record = parseJson(
    serializer.encodeError(error, travelling, { exposeStacks: false, ...options }).finish(body),
  ) as { readonly thrown: unknown };
  return serializer.decodeError(record, body, {});
}
