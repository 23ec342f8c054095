import { isError } from "../errors/error-record.js";
import { CannotSendError } from "../errors/hearthwire-error.js";
import type { Payload } from "../wire/message.js";
import { CALLED_BY_THE_LANGUAGE, isForbiddenKey, type OwnLeaf } from "./annotation.js";
import { takeBytes, type TakenBytes } from "./bytes.js";
import type { Dialect } from "./dialect.js";
import { blobClassOf, factsOfBlob, whyNotBlob } from "./blob.js";
import {
  BlobPlace,
  BytesPlace,
  encodedPayload,
  type PayloadCounts,
  ReferencePlace,
  StreamPlace,
  type NumberedLeaf,
} from "./encoded-payload.js";
import { inUtf8 } from "./error-texts.js";
import { errorRecord, type ErrorScope, type ErrorWay } from "./error-writer.js";
import { PayloadDraft } from "./payload-draft.js";
import type { EncodedPayload, OutgoingValues } from "./payload.js";
import { whyNot } from "./refusal.js";
import { INVALID_DATE, isSendableBigint, isSendableUrl, keepsInUtf8, MAX_BIGINT_DIGITS } from "./scalar.js";
import type { ValueType } from "./value-type.js";

const STRICT: ErrorWay = { exposeStacks: false, isLenient: false, isRefusal: false };

/** Makes a payload of a checked tree. */
export type Completion = (tree: unknown, counts: PayloadCounts) => EncodedPayload;

/**
 * One walk over a value that checks it, counts it as the gate does, and gives its JSON: plain data stays what it is,
 * without a copy; what JSON can't say is replaced, and annotated in superjson's grammar. Used once.
 */
export class ValueEncoder implements ErrorScope {
  readonly #dialect: Dialect;
  readonly #values: OutgoingValues;
  readonly #draft: PayloadDraft;
  /** The registered type whose encoding is being walked. */
  #encoding: ValueType<unknown> | undefined;
  #takesBlobs = true;

  constructor(dialect: Dialect, values: OutgoingValues, root: string) {
    this.#dialect = dialect;
    this.#values = values;
    this.#draft = new PayloadDraft(root);
  }

  /** @throws CannotSendError */
  encode(value: unknown, complete: Completion = encodedPayload): EncodedPayload {
    try {
      return complete(this.payload(value), this.#draft);
    } catch (error) {
      if (error instanceof CannotSendError) throw error;
      // Code of the program: a getter, a proxy's trap, a registered type's `encode`.
      throw this.#draft.refusal("it can't be read", error);
    }
  }

  /** @throws CannotSendError only for a thrown value that is no error. */
  encodeError(error: unknown, way: ErrorWay): EncodedPayload {
    this.#takesBlobs = false;
    return encodedPayload(errorRecord(this, error, way), this.#draft);
  }

  payload(value: unknown): Payload {
    // Plain JSON has no undefined, but a payload may have no `json`.
    if (value === undefined && this.#isPlainJson) return {};
    return this.#draft.payload(() => this.#walk(value));
  }

  attempt<T>(part: () => T): T | undefined {
    const encoding = this.#encoding;
    const result = this.#draft.attempt(part);
    this.#encoding = encoding;
    return result;
  }

  canCross(value: unknown): boolean {
    const encoding = this.#encoding;
    const can = this.#draft.canTake(() => this.payload(value));
    this.#encoding = encoding;
    return can;
  }

  enter(error: object): void {
    this.#draft.count();
    this.#draft.enter(error);
  }

  at(key: string | undefined): void {
    this.#draft.at(key);
  }

  leave(): void {
    this.#draft.leave();
  }

  isRegistered(value: object): boolean {
    return this.#dialect.types.of(Object.getPrototypeOf(value)) !== undefined;
  }

  registered(value: object): Payload {
    const type = this.#dialect.types.of(Object.getPrototypeOf(value))!;
    return this.#draft.payload(() => {
      this.#draft.count();
      return this.#registered(type, value);
    });
  }

  /** Counts a value and gives its JSON. */
  #walk(value: unknown): unknown {
    this.#draft.count();
    return this.#json(value);
  }

  #json(value: unknown): unknown {
    switch (typeof value) {
      case "string":
        return this.#dialect.isUtf8 && !keepsInUtf8(value) ? this.#scalar("text", JSON.stringify(value)) : value;
      case "boolean":
        return value;
      case "number":
        return this.#number(value);
      case "undefined":
        return this.#scalar("undefined", null);
      case "bigint":
        return this.#bigint(value);
      case "symbol":
        throw this.#draft.refusal("a symbol can't be sent");
      default:
        if (value === null) return null;
        return Array.isArray(value) ? this.#array(value) : this.#object(value as object);
    }
  }

  #number(value: number): unknown {
    if (Number.isFinite(value) && !Object.is(value, -0)) return value;
    // JSON has no -0 either, but who sends plain JSON means 0.
    if (value === 0 && this.#isPlainJson) return 0;
    return this.#scalar("number", value === 0 ? "-0" : String(value));
  }

  #bigint(value: bigint): unknown {
    const digits = String(value);
    if (!isSendableBigint(digits))
      throw this.#draft.refusal(`a bigint of more than ${MAX_BIGINT_DIGITS} digits can't be sent`);
    return this.#scalar("bigint", digits);
  }

  #array(array: readonly unknown[]): unknown {
    const draft = this.#draft;
    draft.enter(array);
    // `JSON.stringify` would call an array's own `toJSON`.
    let copy: unknown[] | undefined = "toJSON" in array ? [] : undefined;
    for (let index = 0; index < array.length; index++) {
      draft.at(index);
      const item = array[index];
      if (item === undefined && !(index in array)) {
        throw draft.refusal("a hole in an array can't be sent; use null or undefined");
      }
      const json = this.#walk(item);
      if (copy === undefined && json !== item) copy = Array.from({ length: index }, (_, at) => array[at]);
      copy?.push(json);
    }
    draft.leave();
    return copy ?? array;
  }

  #object(value: object): unknown {
    const way = this.#values.travels(value);
    if (typeof way === "object") throw this.#draft.refusal(way.refused);
    if (way !== undefined) return this.#numbered(way === "stream" ? "stream" : "ref", value);
    if (typeof value === "function") throw this.#draft.refusal("a function can't be sent here");

    const prototype: object | null = Object.getPrototypeOf(value);
    // The third test knows the plain objects of other realms, such as those of Node's own modules under Jest.
    if (prototype === Object.prototype || prototype === null || Object.getPrototypeOf(prototype) === null) {
      return this.#record(value as Readonly<Record<string, unknown>>);
    }
    const type = this.#dialect.types.of(prototype);
    if (type !== undefined) return isError(value) ? this.#error(value) : this.#registered(type, value);
    // Exactly these classes: a subclass would come back as less than it was.
    switch (prototype) {
      case Date.prototype:
        return this.#date(value as Date);
      case Map.prototype:
        return this.#map(value as ReadonlyMap<unknown, unknown>);
      case Set.prototype:
        return this.#set(value as ReadonlySet<unknown>);
      case URL.prototype:
        return this.#url(value as URL);
      case RegExp.prototype:
        return this.#regExp(value as RegExp);
      default:
        return (
          this.#bytes(value) ?? (blobClassOf(prototype) === undefined ? this.#error(value) : this.#blob(value as Blob))
        );
    }
  }

  #record(object: Readonly<Record<string, unknown>>): unknown {
    const draft = this.#draft;
    draft.enter(object);
    // As with arrays; one that no key shows, since no function would pass.
    let copy: Record<string, unknown> | undefined = "toJSON" in object ? { ...object } : undefined;
    for (const key of Object.keys(object)) {
      draft.at(key);
      if (isForbiddenKey(key)) throw draft.refusal(`a property named ${key} can't be sent`);
      if (this.#dialect.isUtf8 && !keepsInUtf8(key)) throw draft.refusal("a name that is no UTF-8 can't be sent here");
      const value = object[key];
      if (value === undefined && this.#isPlainJson) continue;
      const json = this.#walk(value);
      if (copy === undefined && json !== value) copy = { ...object };
      if (copy !== undefined) copy[key] = json;
    }
    draft.leave();
    return copy ?? object;
  }

  #date(date: Date): unknown {
    return this.#scalar("Date", Number.isNaN(date.valueOf()) ? INVALID_DATE : date.toISOString());
  }

  #url(url: URL): unknown {
    if (!isSendableUrl(url)) throw this.#draft.refusal(`a URL with the protocol ${url.protocol} can't be sent`);
    return this.#scalar("URL", url.href);
  }

  #regExp(value: RegExp): unknown {
    if (!this.#dialect.allowsRegExp) throw this.#draft.refusal('a RegExp can\'t be sent unless "allowRegExp" is set');
    return this.#scalar("regexp", String(value));
  }

  /** On the wire an array of pairs: a path has the pair's index, then 0 for its key and 1 for its value. */
  #map(map: ReadonlyMap<unknown, unknown>): unknown {
    if (this.#isPlainJson) throw this.#notPlain("a Map");
    const draft = this.#draft;
    draft.countAnnotation();
    draft.countNumberKeys(map.keys());
    const walk = (): unknown[] => {
      const pairs: unknown[] = [];
      for (const pair of map) {
        draft.at(pairs.length);
        draft.count();
        draft.enter(pair);
        draft.at(0);
        const key = this.#walk(pair[0]);
        draft.at(1);
        pairs.push([key, this.#walk(pair[1])]);
        draft.leave();
      }
      return pairs;
    };
    return draft.collection("map", { container: map, walk });
  }

  #set(set: ReadonlySet<unknown>): unknown {
    if (this.#isPlainJson) throw this.#notPlain("a Set");
    const draft = this.#draft;
    draft.countAnnotation();
    draft.countNumberKeys(set);
    const walk = (): unknown[] => {
      const items: unknown[] = [];
      for (const item of set) {
        draft.at(items.length);
        items.push(this.#walk(item));
      }
      return items;
    };
    return draft.collection("set", { container: set, walk });
  }

  #registered(type: ValueType<unknown>, value: object): unknown {
    if (this.#encoding !== undefined) throw this.#notPlain(`a value of type ${type.tag}`);
    this.#encoding = type;
    const json = this.#json(type.encode(value));
    this.#encoding = undefined;
    return this.#custom(type.tag, json);
  }

  #bytes(value: object): unknown {
    let taken: TakenBytes | undefined;
    try {
      taken = takeBytes(value);
    } catch (error) {
      throw this.#draft.refusal("the bytes of a detached ArrayBuffer can't be sent", error);
    }
    if (taken === undefined) return undefined;
    this.#draft.segmentBytes += taken.bytes.length;
    return this.#leaf("bytes", new BytesPlace(taken.bytes, taken.type));
  }

  #blob(blob: Blob): unknown {
    const draft = this.#draft;
    // An error is told at once, so nothing in it can wait to be read.
    const why = this.#takesBlobs ? whyNotBlob(blob, draft.segmentBytes) : "no Blob travels with a thrown error";
    if (why !== undefined) throw draft.refusal(why);
    return this.#leaf("bytes", new BlobPlace(draft.addBlob(blob), factsOfBlob(blob)));
  }

  #numbered(name: "ref" | "stream", value: object): unknown {
    const { key } = this.#draft;
    if (typeof key === "string" && CALLED_BY_THE_LANGUAGE.has(key)) {
      throw this.#draft.refusal("nothing callable can be sent under this name, which the language calls by itself");
    }
    this.#draft.hasReferences = true;
    return this.#leaf(name, name === "ref" ? new ReferencePlace(value) : new StreamPlace(value));
  }

  #leaf(name: OwnLeaf, leaf: NumberedLeaf): unknown {
    this.#draft.leaves++;
    return this.#custom(name, leaf);
  }

  #error(value: object): unknown {
    if (!isError(value)) throw this.#draft.refusal(whyNot(value));
    const record = errorRecord(this, value, STRICT);
    return this.#custom("error", this.#dialect.isUtf8 ? inUtf8(record) : record);
  }

  /** A value that superjson knows. */
  #scalar(type: string, json: unknown): unknown {
    if (this.#isPlainJson)
      throw this.#notPlain(type === "number" ? `the number ${String(json)}` : `a value of type ${type}`);
    this.#draft.countAnnotation();
    this.#draft.annotate([type]);
    return json;
  }

  /** One of our leaves, or an instance of a registered type. */
  #custom(name: string, json: unknown): unknown {
    if (this.#encoding !== undefined) throw this.#notPlain(`a value of type ${name}`);
    this.#draft.countAnnotation();
    this.#draft.annotate([["custom", name]]);
    return json;
  }

  /** Whether only JSON itself may stand here, without annotations of superjson's. */
  get #isPlainJson(): boolean {
    return this.#encoding !== undefined || !this.#dialect.hasSuperjsonTypes;
  }

  #notPlain(what: string): CannotSendError {
    return this.#draft.refusal(
      this.#encoding === undefined
        ? `${what} can't be sent by the serializer "${this.#dialect.name}"`
        : `the type ${this.#encoding.tag} must encode to plain JSON, and ${what} is not`,
    );
  }
}
