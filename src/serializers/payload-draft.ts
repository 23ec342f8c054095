import { CannotSendError } from "../errors/hearthwire-error.js";
import { MAX_ANNOTATION_DEPTH, MAX_PAYLOAD_DEPTH, MAX_PAYLOAD_NODES } from "../wire/constants.js";
import type { Payload } from "../wire/message.js";
import { joinPath, type AnnotationNode, type AnnotationPaths } from "./annotation.js";
import { ReadableBlob } from "./blob.js";
import type { PayloadCounts } from "./encoded-payload.js";
import { KEYS_PER_NODE, nodesOfNumberKeys } from "./number-keys.js";
import { describePath, type PathKey } from "./refusal.js";

const NO_BLOBS: readonly ReadableBlob[] = Object.freeze([]);

/** A payload being written: where the walk is, what it counted, and the annotations so far. */
export class PayloadDraft implements PayloadCounts {
  readonly #root: string;
  /** The key at each level from the root down; undefined where a level is only on the wire. */
  readonly #path: PathKey[] = [];
  /** The container at each level. */
  readonly #containers: object[] = [];
  /** The level where the current payload begins: an error's `data` is a payload inside another. */
  #base = 0;
  /** The annotations of the current payload: by path, or the one of its root. */
  #annotations: Record<string, AnnotationNode> | AnnotationNode | undefined;
  /** Maps and sets of the current payload around the walk. */
  #collections = 0;
  /** Nodes looked at, also in parts that were left out: what is tried again and again must come to an end. */
  #steps = 0;
  nodes = 0;
  leaves = 0;
  segmentBytes = 0;
  hasReferences = false;
  #blobs: ReadableBlob[] | undefined;

  constructor(root: string) {
    this.#root = root;
  }

  /** Takes what `walk` gives as a payload of its own. */
  payload(walk: () => unknown): Payload {
    const outer = { base: this.#base, annotations: this.#annotations, collections: this.#collections };
    this.#base = this.#path.length;
    this.#annotations = undefined;
    this.#collections = 0;
    const json = walk();
    const values: AnnotationPaths | AnnotationNode | undefined = this.#annotations;
    this.#base = outer.base;
    this.#annotations = outer.annotations;
    this.#collections = outer.collections;
    return values === undefined ? { json } : { json, meta: { values, v: 1 } };
  }

  /** Runs a part that may be left out: undefined when it throws, and then nothing of it is left. */
  attempt<T>(part: () => T): T | undefined {
    const undo = this.#undo();
    try {
      return part();
    } catch {
      undo();
      return undefined;
    }
  }

  /** Runs a part only to see whether it throws. */
  canTake(part: () => unknown): boolean {
    const undo = this.#undo();
    try {
      part();
      return true;
    } catch {
      return false;
    } finally {
      undo();
    }
  }

  /** Remembers everything but the steps. */
  #undo(): () => void {
    const levels = this.#path.length;
    const [base, annotations, collections] = [this.#base, this.#annotations, this.#collections];
    const { nodes, leaves, segmentBytes, hasReferences } = this;
    const blobs = this.blobs.length;
    return () => {
      this.#path.length = this.#containers.length = levels;
      this.#base = base;
      this.#annotations = annotations;
      this.#collections = collections;
      Object.assign(this, { nodes, leaves, segmentBytes, hasReferences });
      if (this.#blobs !== undefined) this.#blobs.length = blobs;
    };
  }

  /** One level deeper. `at` then names each thing in the container, before it is looked at. */
  enter(container: object): void {
    if (this.#containers.includes(container)) throw this.refusal("a cycle can't be sent");
    if (this.#path.length >= MAX_PAYLOAD_DEPTH) {
      throw this.refusal(`a payload nests at most ${MAX_PAYLOAD_DEPTH} levels deep`);
    }
    this.#containers.push(container);
    this.#path.push(undefined);
  }

  at(key: PathKey): void {
    this.#path[this.#path.length - 1] = key;
  }

  leave(): void {
    this.#containers.pop();
    this.#path.pop();
  }

  /** The key under which the walk is: a string in objects, a number in arrays. */
  get key(): PathKey {
    return this.#path.at(-1);
  }

  /** Takes what `walk` gives as the contents of a map or set, and annotates it: paths in it start inside of it. */
  collection(type: "map" | "set", { container, walk }: { container: object; walk: () => unknown[] }): unknown {
    const outer = { base: this.#base, annotations: this.#annotations };
    this.#base = this.#path.length;
    this.#annotations = undefined;
    this.enter(container);
    this.#collections++;
    const json = walk();
    this.#collections--;
    this.leave();
    const inside: AnnotationPaths | AnnotationNode | undefined = this.#annotations;
    this.#base = outer.base;
    this.#annotations = outer.annotations;
    // Each thing in a map or set stands at a path, so what is inside is never an annotation of the whole.
    this.annotate(inside === undefined ? [type] : [type, inside as AnnotationPaths]);
    return json;
  }

  /** Counts a JSON value, an annotation, or an error's record. */
  count(): void {
    if (++this.#steps > MAX_PAYLOAD_NODES) throw this.refusal(`a payload holds at most ${MAX_PAYLOAD_NODES} values`);
    this.nodes++;
  }

  /** Counts what the numbers and bigints among the keys of a map or set cost the peer. */
  countNumberKeys(keys: Iterable<unknown>): void {
    const nodes = nodesOfNumberKeys(keys);
    this.#steps += nodes;
    this.nodes += nodes;
    if (this.#steps > MAX_PAYLOAD_NODES) {
      throw this.refusal(
        `the number keys of this map or set count as ${nodes} values more (their square by ${KEYS_PER_NODE}), and a ` +
          `payload holds at most ${MAX_PAYLOAD_NODES}; send an array`,
      );
    }
  }

  countAnnotation(): void {
    this.count();
    if (this.#collections >= MAX_ANNOTATION_DEPTH) {
      throw this.refusal(`at most ${MAX_ANNOTATION_DEPTH - 1} maps and sets may stand around such a value`);
    }
  }

  /** Annotates the place where the walk is. */
  annotate(node: AnnotationNode): void {
    if (this.#path.length === this.#base) {
      this.#annotations = node;
    } else {
      this.#annotations ??= {};
      (this.#annotations as Record<string, AnnotationNode>)[joinPath(this.#path.slice(this.#base))] = node;
    }
  }

  get blobs(): readonly ReadableBlob[] {
    return this.#blobs ?? NO_BLOBS;
  }

  /** Takes a Blob, whose bytes will be read later. */
  addBlob(blob: Blob): ReadableBlob {
    const readable = new ReadableBlob(blob, this.place);
    (this.#blobs ??= []).push(readable);
    this.segmentBytes += blob.size;
    return readable;
  }

  /** Where the walk is, as a program would write it. */
  get place(): string {
    return describePath(this.#root, this.#path);
  }

  /** @param sentence what can't be sent, and what to do instead. */
  refusal(sentence: string, cause?: unknown): CannotSendError {
    const path = this.place;
    return new CannotSendError(`${path}: ${sentence}`, { path, ...(cause !== undefined && { cause }) });
  }
}
