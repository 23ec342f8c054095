import { jsonSerializer } from "../../src/serializers/json-serializer.js";
import type { PayloadSerializer } from "../../src/serializers/payload.js";
import { superjsonSerializer } from "../../src/serializers/superjson-serializer.js";
import { toMessagePack } from "../serializers/byte-serializers.js";
import { money } from "../serializers/values.js";
import { fuzzedPayload } from "./fuzzed-payload.js";
import { MEMBERS } from "./fuzzed-objects.js";
import { EDGE_NUMBERS, HOSTILE_NAMES, NAUGHTY_TEXTS } from "./hostile-values.js";
import { hostileJson, hostileName, mutateJson, record, textOf } from "./mutate-json.js";
import type { Random } from "./random.js";

/** The body of one DATA frame, in JSON values. */
export interface FuzzedBody {
  /** Text of the head. */
  readonly head: string;
  /** In hex. */
  readonly segments: readonly string[];
}

/** What earlier frames of a case made possible: ids that are in use, more or less. */
export interface Dialogue {
  readonly random: Random;
  /** 1 superjson, 2 json, 3 MessagePack */
  readonly serializerId: number;
  nextCall: number;
  nextGiven: number;
  /** It is the daemon that speaks: it answers, rather than asks. @default false */
  readonly answers?: boolean;
}

const writers: Readonly<Record<number, PayloadSerializer>> = {
  1: superjsonSerializer({ types: [money] }),
  2: jsonSerializer(),
  3: superjsonSerializer({ types: [money] }),
};

/** A body of one or several messages, most of them well-formed, with payloads that are or are not. */
export function fuzzedBody(dialogue: Dialogue): FuzzedBody {
  const { random } = dialogue;
  const segments: string[] = random.list(random.pick([0, 0, 0, 1, 2]), () => hex(random.bytes(8 * random.below(4))));
  const count = random.oneIn(40) ? random.between(20, 60) : random.between(1, 4);
  const maker = new MessageMaker(dialogue, segments);
  let messages: unknown = random.list(count, () => maker.message());
  if (random.oneIn(8)) messages = mutateJson(messages, random);
  return { head: textOf(messages, random), segments };
}

export function hex(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString("hex");
}

/** As the body stands in a frame. */
export function bodyBytes({ head, segments }: FuzzedBody): Uint8Array {
  const parts = segments.map((segment) => Buffer.from(segment, "hex"));
  const text = Buffer.from(head);
  const lengths = Buffer.alloc(2 + 4 * parts.length);
  lengths.writeUInt16BE(parts.length);
  parts.forEach((part, index) => lengths.writeUInt32BE(part.length, 2 + 4 * index));
  const size = Buffer.alloc(4);
  size.writeUInt32BE(text.length);
  return new Uint8Array(Buffer.concat([size, text, lengths, ...parts]));
}

class MessageMaker {
  readonly #dialogue: Dialogue;
  readonly #random: Random;
  readonly #segments: string[];
  /** Ids of calls that stand in this body. */
  readonly #calls: number[] = [];

  constructor(dialogue: Dialogue, segments: string[]) {
    this.#dialogue = dialogue;
    this.#random = dialogue.random;
    this.#segments = segments;
  }

  message(): unknown {
    const random = this.#random;
    const id = (): number => this.#someId();
    const { answers = false } = this.#dialogue;
    return random.weighted<unknown>([
      [answers ? 6 : 30, () => this.#call()],
      [4, () => this.#optional(["get", this.#callId(), this.#target(), this.#member()], this.#options())],
      [3, () => ["set", this.#callId(), this.#target(), this.#member(), this.#payload()]],
      [3, () => this.#optional(["look", this.#callId(), this.#target()], random.oneIn(3) ? 1 : undefined)],
      [3, () => ["cancel", id()]],
      [answers ? 20 : 1, () => this.#optional(["ok", id()], random.oneIn(2) ? this.#payload() : undefined)],
      [answers ? 10 : 1, () => ["err", id(), this.#error()]],
      [8, () => ["item", id(), this.#payload()]],
      [3, () => ["credit", id(), random.pick([1, 16, 1024, random.pick(EDGE_NUMBERS)])]],
      [3, () => this.#optional(["end", id()], random.oneIn(3) ? this.#payload() : undefined)],
      [3, () => ["fail", id(), this.#error()]],
      [3, () => this.#optional(["stop", id()], random.oneIn(3) ? this.#error() : undefined)],
      [1, () => ["release", id(), random.pick([1, 1, 2, random.pick(EDGE_NUMBERS)])]],
      [2, () => ["ping", random.below(9)]],
      [1, () => ["pong", random.below(9)]],
      [1, () => ["drain", 1000]],
      [1, () => ["piece", random.between(1, 2), random.pick([0, 0, 1, 2])]],
      [random.oneIn(20) ? 2 : 0, () => ["bye", random.pick(["done", "protocol", "x"]), "why", 1]],
      [random.oneIn(10) ? 2 : 0, () => [random.pick(["open", "ready", ...HOSTILE_NAMES]), hostileJson(random, 1)]],
    ]);
  }

  #call(): unknown {
    const message = ["call", this.#callId(), this.#target(), this.#member(), this.#arguments()];
    return this.#optional(message, this.#options());
  }

  #optional(message: unknown[], last: unknown): unknown[] {
    return last === undefined ? message : [...message, last];
  }

  #callId(): number {
    const id = this.#random.oneIn(40) ? this.#someId() : this.#dialogue.nextCall++;
    this.#calls.push(id);
    return id;
  }

  #someId(): number {
    return this.#random.oneIn(12) ? this.#random.pick(EDGE_NUMBERS) : this.#random.between(1, 5);
  }

  #target(): unknown {
    const random = this.#random;
    return random.weighted<unknown>([
      [20, () => "fuzzed"],
      [2, () => "greet"],
      [5, () => random.between(1, 4)],
      [this.#calls.length > 1 ? 4 : 0, () => [random.pick(this.#calls.slice(0, -1))]],
      [1, () => random.pick(["$daemon", "__proto__", "constructor", "toString", "then", random.pick(NAUGHTY_TEXTS)])],
      [random.oneIn(4) ? 1 : 0, () => hostileJson(random, 1)],
    ]);
  }

  #member(): unknown {
    const random = this.#random;
    return random.weighted<unknown>([
      [20, () => random.pick(MEMBERS)],
      [1, () => random.pick(HOSTILE_NAMES)],
      [1, () => random.pick(NAUGHTY_TEXTS)],
    ]);
  }

  #options(): unknown {
    const random = this.#random;
    if (!random.oneIn(4)) return undefined;
    const option = random.pick([
      "d",
      "c",
      "t",
      "a",
      "w",
      this.#calls.length > 1 ? "o" : "d",
      random.oneIn(4) ? "x" : "d",
    ]);
    const right = { d: random.pick([1, 50, 10_000]), c: "c", t: "t", a: { b: "c" }, w: 1, o: random.between(1, 2) };
    const value = random.oneIn(8) ? hostileJson(random, 1) : right[option as keyof typeof right];
    return record([[option, value ?? 1]]);
  }

  #arguments(): unknown {
    const random = this.#random;
    if (random.oneIn(12)) return this.#payload();
    if (random.oneIn(3)) return this.#placed(this.#given());
    const payload = fuzzedPayload(random, writers[this.#dialogue.serializerId]!);
    return this.#placed(asArguments(payload));
  }

  #payload(): unknown {
    return this.#placed(fuzzedPayload(this.#random, writers[this.#dialogue.serializerId]!));
  }

  /** For byte serializers a payload is a segment's index. */
  #placed(payload: unknown): unknown {
    if (this.#dialogue.serializerId !== 3 || this.#random.oneIn(20)) return payload;
    try {
      return this.#segments.push(hex(toMessagePack(payload))) - 1;
    } catch {
      return payload;
    }
  }

  /** Arguments that bring functions, objects and streams of the peer, or results of earlier calls. */
  #given(): unknown {
    const random = this.#random;
    const id = random.oneIn(4) ? random.between(1, 4) : this.#dialogue.nextGiven++;
    const earlier = this.#calls.length > 1 ? random.pick(this.#calls.slice(0, -1)) : id;
    const [name, leaf] = random.pick<readonly [string, unknown]>([
      ["ref", [0, id, "function"]],
      ["ref", [0, id, "object", [id, [["echo", "method"]]]]],
      ["ref", [0, id, "writable"]],
      ["ref", [1, random.between(1, 4)]],
      ...(this.#calls.length > 1 ? [["ref", [2, earlier]] as const] : []),
      ["stream", [id, "iterable"]],
      ["stream", [id, "readable"]],
      ["stream", [id, "signal"]],
      ["bytes", [0, "Uint8Array"]],
    ]);
    return { json: [leaf, 1], meta: { values: { 0: [["custom", name]] }, v: 1 } };
  }

  #error(): unknown {
    const random = this.#random;
    return random.weighted<unknown>([
      [3, () => ({ name: hostileName(random), message: "m", data: this.#payload() })],
      [2, () => ({ thrown: this.#payload() })],
      [1, () => ({ name: "E", message: "m", code: "HW_LIMIT", wire: 1, cause: { thrown: this.#payload() } })],
      [1, () => mutateJson({ name: "E", message: "m", errors: [{ name: "F", message: "n", stack: "s" }] }, random)],
    ]);
  }
}

/** A payload as the first of several arguments: its paths begin one step further out. */
function asArguments(payload: unknown): unknown {
  if (typeof payload !== "object" || payload === null || !Object.hasOwn(payload, "json")) return payload;
  const { json, meta } = payload as { readonly json: unknown; readonly meta?: { readonly values?: unknown } };
  const values: unknown = typeof meta === "object" && meta !== null ? meta.values : undefined;
  if (typeof values !== "object" || values === null) return { ...payload, json: [json] };
  const moved = Array.isArray(values)
    ? { 0: values as unknown }
    : record(Object.entries(values).map(([path, node]) => [`0.${path}`, node]));
  return { json: [json], meta: { ...meta, values: moved } };
}
