import { type LimitError, ProtocolError } from "../errors/hearthwire-error.js";
import type { MemberShape, ReferenceKind, ReferenceLeaf } from "../wire/message.js";
import type { Introduced } from "./introducing-payload.js";
import { type LiveReference, liveReference } from "./live-reference.js";
import { ToldShapes } from "./told-shapes.js";

/** An object of this side that the peer holds. */
class ExportedReference implements Introduced {
  readonly #table: ExportedReferences;
  readonly id: number;
  readonly value: object;
  readonly kind: ReferenceKind;
  /** Where it was first given, if that is traced. */
  readonly createdAt: string | undefined;
  /** Of an object, as they were told last. */
  members: readonly MemberShape[] | undefined = undefined;
  /** Appearances in payloads, less what was released. */
  count = 0;

  constructor(
    table: ExportedReferences,
    { id, value, kind, createdAt }: Pick<ExportedReference, "id" | "value" | "kind" | "createdAt">,
  ) {
    this.#table = table;
    this.id = id;
    this.value = value;
    this.kind = kind;
    this.createdAt = createdAt;
  }

  /** One appearance will not be sent. */
  withdraw(): void {
    if (this.#table.get(this.id) === this.value) this.#table.release(this.id, 1);
  }
}

/**
 * What this side has given to the peer by reference: one id per object while the peer holds it, each appearance in a
 * payload counted. Ids are never reused in a session.
 */
export class ExportedReferences {
  readonly #byId = new Map<number, ExportedReference>();
  readonly #byValue = new Map<object, ExportedReference>();
  readonly #shapes = new ToldShapes();
  readonly #membersOf: (value: object) => readonly MemberShape[];
  #nextId = 1;

  /** @param membersOf the members of an object that the peer may use */
  constructor(membersOf: (value: object) => readonly MemberShape[]) {
    this.#membersOf = membersOf;
  }

  get size(): number {
    return this.#byId.size;
  }

  has(value: object): boolean {
    return this.#byValue.has(value);
  }

  /** The object behind an id; undefined when the peer doesn't hold it any more. */
  get(id: number): object | undefined {
    return this.#byId.get(id)?.value;
  }

  /** What the peer holds now. */
  list(): LiveReference[] {
    return [...this.#byId.values()].map(({ kind, id, count, members, createdAt }) =>
      liveReference({ direction: "given", kind, id, count, members, createdAt }),
    );
  }

  /** Makes room for the members of an object that is to be given. @returns why there is none */
  admitMembers(members: readonly MemberShape[], isRelayed: boolean): LimitError | undefined {
    return this.#shapes.admit(members, isRelayed);
  }

  /**
   * Numbers one appearance of a value in a payload.
   * `introduce` is told what to undo if the payload is not sent.
   * @throws LimitError when its members changed since room for them was made, and there is none
   */
  export(value: object, { kind, introduce, createdAt }: ExportOptions): ReferenceLeaf {
    let reference = this.#byValue.get(value);
    if (reference === undefined) {
      reference = new ExportedReference(this, { id: this.#nextId++, value, kind, createdAt });
      this.#byId.set(reference.id, reference);
      this.#byValue.set(value, reference);
    }
    reference.count++;
    introduce(reference);
    if (kind !== "object") return [0, reference.id, kind];
    reference.members = this.#membersOf(value);
    return [0, reference.id, kind, this.#shapes.leaf(reference.members, introduce)];
  }

  /**
   * Takes back appearances; at none the entry goes.
   * @returns the object when the peer now holds it no more
   * @throws ProtocolError when the peer holds fewer
   */
  release(id: number, count: number): object | undefined {
    const reference = this.#byId.get(id);
    if (reference === undefined || count > reference.count) {
      throw new ProtocolError(`release: ${count} of reference ${id}, of which ${reference?.count ?? 0} are held`);
    }
    reference.count -= count;
    if (reference.count > 0) return undefined;
    this.#byId.delete(id);
    this.#byValue.delete(reference.value);
    return reference.value;
  }

  /** Forgets everything; returns what the peer held. */
  clear(): readonly object[] {
    const values = [...this.#byValue.keys()];
    this.#byId.clear();
    this.#byValue.clear();
    this.#shapes.clear();
    return values;
  }
}

export interface ExportOptions {
  readonly kind: ReferenceKind;
  readonly introduce: (introduced: Introduced) => void;
  /** Where the program gave it, if that is traced. */
  readonly createdAt?: string | undefined;
}
