import { MAX_PAYLOAD_DEPTH } from "../wire/constants.js";
import type { ReferenceLeaf, StreamLeaf } from "../wire/message.js";
import { CALLED_BY_THE_LANGUAGE, FORBIDDEN_KEY_RULE, isForbiddenKey, isJsonObject } from "./annotation.js";
import { readAnnotations, spendNode, type AnnotationTree } from "./annotation-tree.js";
import { isBlobLeaf, reviveBlob } from "./blob.js";
import { isBytesType, reviveBytes } from "./bytes.js";
import type { Dialect } from "./dialect.js";
import { errorFromLeaf, type ErrorSource } from "./error-reader.js";
import { nodesOfNumberKeys } from "./number-keys.js";
import { PayloadError, type IncomingBody, type NodeBudget, type Payload } from "./payload.js";
import { reviveScalar } from "./scalar.js";

const BYTES_RULE =
  'bytes are written as [segment, type], [segment, "Blob", type] or [segment, "File", type, name, lastModified]';

/**
 * Stands between `JSON.parse` and every value of a peer: one walk checks the JSON and its annotations by the rules of
 * protocol.md section 7, and revives in place. superjson itself never sees what a peer sent: unchecked, 96 bytes kept it
 * busy for 34 s. Every message names the rule that was broken, never the content.
 */
export class Gate implements ErrorSource {
  readonly #dialect: Dialect;
  readonly #incoming: IncomingBody;
  readonly #budget: NodeBudget;

  constructor(dialect: Dialect, incoming: IncomingBody) {
    this.#dialect = dialect;
    this.#incoming = incoming;
    this.#budget = incoming.budget;
  }

  /**
   * Rule 1, and all others inside.
   * @param depth containers around the payload: an error's `data` goes on counting.
   * @throws PayloadError
   */
  payload(payload: Payload, depth: number): unknown {
    if (!isJsonObject(payload)) throw new PayloadError("a payload is an object");
    for (const key of Object.keys(payload)) {
      if (key !== "json" && key !== "meta") throw new PayloadError("a payload has no other keys than json and meta");
    }
    const { json } = payload;
    const annotations = Object.hasOwn(payload, "meta") ? this.#meta(payload["meta"]) : undefined;
    if (!Object.hasOwn(payload, "json")) {
      if (annotations !== undefined) throw new PayloadError("a payload without json has no annotations");
      return undefined;
    }
    if (annotations !== undefined) return this.#revive(json, annotations, depth, undefined);
    this.#check(json, depth);
    return json;
  }

  knows(tag: string): boolean {
    return this.#dialect.types.tagged(tag) !== undefined;
  }

  get isSpent(): boolean {
    return this.#budget.nodes < 0;
  }

  enterRecord(depth: number): void {
    spendNode(this.#budget);
    checkDepth(depth);
  }

  #meta(meta: unknown): AnnotationTree | undefined {
    if (!isJsonObject(meta) || meta["v"] !== 1) throw new PayloadError("meta is an object whose v is 1");
    for (const key of Object.keys(meta)) {
      // Shared references arrive as copies: the JSON holds the value in each place.
      if (key !== "values" && key !== "v" && key !== "referentialEqualities") {
        throw new PayloadError("meta has no other keys than values, referentialEqualities and v");
      }
    }
    return Object.hasOwn(meta, "values") ? readAnnotations(meta["values"], this.#dialect, this.#budget) : undefined;
  }

  /** JSON without annotations; nothing in it changes. */
  #check(json: unknown, depth: number): void {
    spendNode(this.#budget);
    this.#checkCounted(json, depth);
  }

  #checkCounted(json: unknown, depth: number): void {
    if (typeof json === "number") {
      if (!Number.isFinite(json)) throw new PayloadError("a number is finite");
    } else if (typeof json === "object" && json !== null) {
      checkDepth(depth);
      if (Array.isArray(json)) {
        for (const item of json) this.#check(item, depth + 1);
      } else {
        for (const key of Object.keys(json)) {
          checkKey(key);
          this.#check((json as Readonly<Record<string, unknown>>)[key], depth + 1);
        }
      }
    }
  }

  /**
   * JSON that its node of the tree has counted.
   * @param key the name of the property whose value this is; undefined outside of objects.
   */
  #revive(json: unknown, tree: AnnotationTree, depth: number, key: string | undefined): unknown {
    const { type, customName, children } = tree;
    if (customName === "bytes" || customName === "ref" || customName === "stream") {
      return this.#leaf(customName, json, key);
    }
    if (customName === "error") return errorFromLeaf(this, json, depth);
    if (children === undefined) this.#checkCounted(json, depth);
    else this.#reviveChildren(json, children, depth);
    if (type === undefined) return json;
    if (customName !== undefined) return this.#registered(customName, json);
    if (type === "set") return reviveSet(json, this.#budget);
    return type === "map" ? reviveMap(json, this.#budget) : reviveScalar(type, json);
  }

  /** Rule 3: each step of a path is an own key of a plain object or a canonical index of an array. */
  #reviveChildren(json: unknown, children: ReadonlyMap<string, AnnotationTree>, depth: number): void {
    let found = 0;
    if (Array.isArray(json)) {
      checkDepth(depth);
      for (let index = 0; index < json.length; index++) {
        const child = children.get(String(index));
        if (child === undefined) {
          this.#check(json[index], depth + 1);
        } else {
          found++;
          json[index] = this.#revive(json[index], child, depth + 1, undefined);
        }
      }
    } else if (isJsonObject(json)) {
      checkDepth(depth);
      for (const key of Object.keys(json)) {
        checkKey(key);
        const child = children.get(key);
        if (child === undefined) {
          this.#check(json[key], depth + 1);
        } else {
          found++;
          json[key] = this.#revive(json[key], child, depth + 1, key);
        }
      }
    }
    if (found !== children.size) throw new PayloadError("a path leads to something that is not there");
  }

  /** Rule 6 for references and streams; the session knows what they stand for. */
  #leaf(name: "bytes" | "ref" | "stream", json: unknown, key: string | undefined): unknown {
    if (name === "bytes") {
      if (!Array.isArray(json) || !Number.isSafeInteger(json[0])) throw new PayloadError(BYTES_RULE);
      if (isBlobLeaf(json)) return reviveBlob(this.#incoming.segment(json[0]), json);
      if (json.length !== 2 || !isBytesType(json[1])) throw new PayloadError(BYTES_RULE);
      return reviveBytes(this.#incoming.segment(json[0] as number), json[1]);
    }
    if (key !== undefined && CALLED_BY_THE_LANGUAGE.has(key)) {
      throw new PayloadError("nothing callable stands under a name that the language calls by itself");
    }
    return name === "ref" ? this.#incoming.reference(json as ReferenceLeaf) : this.#incoming.stream(json as StreamLeaf);
  }

  #registered(tag: string, json: unknown): unknown {
    let value: unknown;
    try {
      value = this.#dialect.types.tagged(tag)!.decode(json);
    } catch (error) {
      throw new PayloadError(`the registered type ${tag} refused its value`, { cause: error });
    }
    if (typeof value === "function") throw new PayloadError(`the registered type ${tag} must not decode to a function`);
    return value;
  }
}

function checkDepth(depth: number): void {
  if (depth >= MAX_PAYLOAD_DEPTH) throw new PayloadError(`a payload nests at most ${MAX_PAYLOAD_DEPTH} deep`);
}

function checkKey(key: string): void {
  if (isForbiddenKey(key)) throw new PayloadError(FORBIDDEN_KEY_RULE);
}

function reviveSet(json: unknown, budget: NodeBudget): Set<unknown> {
  if (!Array.isArray(json)) throw new PayloadError("a set is written as an array");
  spendNode(budget, nodesOfNumberKeys(json));
  return new Set(json);
}

function reviveMap(json: unknown, budget: NodeBudget): Map<unknown, unknown> {
  if (!Array.isArray(json) || !json.every((pair) => Array.isArray(pair) && pair.length === 2)) {
    throw new PayloadError("a map is written as an array of pairs");
  }
  const pairs = json as readonly [unknown, unknown][];
  spendNode(budget, nodesOfNumberKeys(pairs.map(([key]) => key)));
  return new Map(pairs);
}
