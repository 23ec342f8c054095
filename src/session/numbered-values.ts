import { PayloadError } from "../serializers/payload.js";
import type { ReferenceKind, ReferenceLeaf, ShapeLeaf, StreamLeaf } from "../wire/message.js";
import type { ArrivedBody, IncomingValues } from "./arrived-body.js";
import { referenceGone } from "./call-errors.js";
import type { ExportedReferences } from "./exported-references.js";
import { type ImportedReferences, isId } from "./imported-references.js";
import type { Streams } from "./streams.js";

export interface NumberedValuesOptions {
  readonly exports: ExportedReferences;
  readonly imports: ImportedReferences;
  readonly streams: Streams;
}

/** Revives the references and streams that payloads of the peer name. The leaves are as hostile as the peer. */
export class NumberedValues implements IncomingValues {
  readonly #options: NumberedValuesOptions;

  constructor(options: NumberedValuesOptions) {
    this.#options = options;
  }

  reference(leaf: ReferenceLeaf, body: ArrivedBody): unknown {
    if (!Array.isArray(leaf)) throw new PayloadError("a reference is no array");
    const [origin, id, kind, shape] = leaf as readonly unknown[];
    if (!isId(id)) throw new PayloadError("a reference has no id");
    if (origin === 0) {
      if (!isReferenceKind(kind) || leaf.length > 4) throw new PayloadError(`reference ${id} has no kind`);
      const held = this.#options.imports.import({ id, kind, shape: shape as ShapeLeaf | undefined });
      body.bring(held);
      return held.proxy;
    }
    if (leaf.length !== 2) throw new PayloadError(`reference ${id} has too many elements`);
    if (origin === 1) return this.#comingHome(id);
    if (origin === 2) return body.pendingResult(id);
    throw new PayloadError(`reference ${id} comes from nowhere`);
  }

  stream(leaf: StreamLeaf, body: ArrivedBody): unknown {
    return this.#options.streams.import(leaf, body);
  }

  #comingHome(id: number): object {
    const value = this.#options.exports.get(id);
    if (value !== undefined) return value;
    throw new PayloadError(`reference ${id} is not held by the peer`, { cause: referenceGone(id) });
  }
}

function isReferenceKind(kind: unknown): kind is ReferenceKind {
  return kind === "function" || kind === "object" || kind === "writable";
}
