import { LimitError } from "../errors/hearthwire-error.js";
import { PayloadError } from "../serializers/payload.js";
import type { MemberShape, ReferenceKind, ShapeLeaf } from "../wire/message.js";
import { MAX_MEMBER_LENGTH } from "../wire/object-id.js";
import { CollectionHint } from "./collection-hint.js";
import type { Discardable } from "./inbound-call.js";
import { type LiveReference, liveReference } from "./live-reference.js";
import type { CallMaker, ImportedReference } from "./outbound-call.js";
import { SHAPE_BOUNDS, shapeUnits } from "./shape-bounds.js";

/** Members that are called, which alone may be marked as idempotent. */
const CALLED: ReadonlySet<unknown> = new Set(["method", "stream", "oneway"]);
const MEMBER_KINDS: ReadonlySet<unknown> = new Set([...CALLED, "get", "get set"]);

export interface ImportedReferencesOptions {
  /** The session, as proxies know it. */
  readonly maker: CallMaker;
  /** Makes the local stand-in of a reference. */
  readonly create: (reference: ImportedReference) => object;
  /** Tells the peer that it may take back so many appearances. */
  readonly released: (id: number, count: number) => void;
  /** References held at most. */
  readonly max: number;
  /** Where what is being revived comes from, if that is traced. */
  readonly place: () => string | undefined;
}

/** How a reference of the peer stands in a payload. */
export interface ReferenceFacts {
  readonly id: number;
  readonly kind: ReferenceKind;
  readonly shape: ShapeLeaf | undefined;
}

/** What the table knows of a reference; it holds the reference itself weakly. */
interface Entry {
  readonly id: number;
  count: number;
  held: WeakRef<HeldReference>;
  readonly createdAt: string | undefined;
}

/**
 * What the peer has given to this side by reference. The same id again is the same proxy while it is held. Whoever can
 * still use a reference holds it strongly (its proxy, a bound member, a call under way); when nobody does, the garbage
 * collector may release it early, and the session's end does so in any case.
 */
export class ImportedReferences {
  readonly #options: ImportedReferencesOptions;
  readonly #entries = new Map<number, Entry>();
  readonly #shapes = new Map<number, readonly MemberShape[]>();
  #shapeUnits = 0;
  #isOver = false;
  readonly #hint: CollectionHint;
  #collected: FinalizationRegistry<Entry> | undefined;

  constructor(options: ImportedReferencesOptions) {
    this.#options = options;
    this.#hint = new CollectionHint(options.max);
  }

  get size(): number {
    return this.#entries.size;
  }

  /** What somebody on this side can still use; what waits to be collected is none of it. */
  list(): LiveReference[] {
    const listed: LiveReference[] = [];
    for (const { id, count, held, createdAt } of this.#entries.values()) {
      const reference = held.deref();
      if (reference === undefined) continue;
      const { kind, members } = reference;
      listed.push(liveReference({ direction: "held", kind, id, count, members, createdAt }));
    }
    return listed;
  }

  /** Takes one appearance of a reference. @throws PayloadError when its shape or kind is wrong, or there is no room */
  import({ id, kind, shape }: ReferenceFacts): HeldReference {
    const members = kind === "object" ? this.#membersOf(shape) : undefined;
    let entry = this.#entries.get(id);
    const known = entry?.held.deref();
    if (known !== undefined && known.kind !== kind) throw new PayloadError(`reference ${id} changed its kind`);
    if (entry === undefined && this.#entries.size >= this.#options.max) throw tooMany(this.#options.max);
    const held = known ?? new HeldReference(this, { id, kind, members });
    if (entry === undefined) {
      this.#hint.added(this.#entries.size);
      entry = { id, count: 0, held: new WeakRef(held), createdAt: this.#options.place() };
      this.#entries.set(id, entry);
    }
    entry.count++;
    if (known === undefined) {
      entry.held = new WeakRef(held);
      (this.#collected ??= new FinalizationRegistry(this.#dropCollected)).register(held, entry);
      held.proxy = this.#options.create(held);
    }
    return held;
  }

  /** The session that these references belong to. */
  get maker(): CallMaker {
    return this.#options.maker;
  }

  /** Whether this side still holds it. */
  holds(reference: HeldReference): boolean {
    return this.#entries.get(reference.id)?.held.deref() === reference;
  }

  /** Gives back all of it. A second time does nothing, also when its id has come again since. */
  release(reference: HeldReference): void {
    const entry = this.#entries.get(reference.id);
    if (entry?.held.deref() === reference) this.#drop(entry);
  }

  /** Gives back one appearance, that of a payload whose value nobody gets. */
  giveBack(reference: HeldReference): void {
    const entry = this.#entries.get(reference.id);
    if (entry?.held.deref() !== reference) return;
    if (entry.count === 1) {
      this.#drop(entry);
    } else {
      entry.count--;
      this.#options.released(entry.id, 1);
    }
  }

  /** Whether the session is over, and so all of its references gone. */
  get isOver(): boolean {
    return this.#isOver;
  }

  /** The session is over: forgets everything; nobody is told. */
  end(): void {
    this.#isOver = true;
    this.#entries.clear();
    this.#shapes.clear();
  }

  /** The id may have come again since: then the entry holds its successor. */
  readonly #dropCollected = (entry: Entry): void => {
    if (entry.held.deref() !== undefined || this.#entries.get(entry.id) !== entry) return;
    this.#hint.collected();
    this.#drop(entry);
  };

  #drop(entry: Entry): void {
    this.#entries.delete(entry.id);
    this.#options.released(entry.id, entry.count);
  }

  #membersOf(shape: ShapeLeaf | undefined): readonly MemberShape[] {
    if (!Array.isArray(shape)) throw new PayloadError("a reference to an object has no shape");
    const [number, members] = shape as readonly [unknown, unknown?];
    if (!isId(number)) throw new PayloadError("a shape's number is no integer above 0");
    const known = this.#shapes.get(number);
    if (shape.length === 1) {
      if (known === undefined) throw new PayloadError(`shape ${number} was never told`);
      return known;
    }
    if (known !== undefined) throw new PayloadError(`shape ${number} is told a second time`);
    if (this.#shapes.size >= SHAPE_BOUNDS.shapes) {
      throw new PayloadError(`the peer told more than ${SHAPE_BOUNDS.shapes} shapes in this session`);
    }
    if (shape.length !== 2 || !isMemberList(members)) throw new PayloadError(`shape ${number} is no list of members`);
    const units = this.#shapeUnits + shapeUnits(members);
    if (units > SHAPE_BOUNDS.units) throw new PayloadError("the shapes of this session have too many members");
    this.#shapeUnits = units;
    this.#shapes.set(number, members);
    return members;
  }
}

/** A reference of the peer that this side holds. */
export class HeldReference implements ImportedReference, Discardable {
  readonly #table: ImportedReferences;
  readonly id: number;
  readonly kind: ReferenceKind;
  readonly members: readonly MemberShape[] | undefined;
  /** The local stand-in; set when it was made. */
  proxy: object | undefined = undefined;
  #isReleased = false;

  constructor(table: ImportedReferences, { id, kind, members }: Pick<ImportedReference, "id" | "kind" | "members">) {
    this.#table = table;
    this.id = id;
    this.kind = kind;
    this.members = members;
  }

  get session(): CallMaker {
    return this.#table.maker;
  }

  get isReleased(): boolean {
    return this.#isReleased;
  }

  get isGone(): boolean {
    return this.#table.isOver;
  }

  release(): void {
    this.#isReleased = true;
    this.#table.release(this);
  }

  /** The payload that brought it is given up. */
  discard(): void {
    this.#table.giveBack(this);
    if (!this.#table.holds(this)) this.#isReleased = true;
  }
}

/** Whether a value out of JSON can be an id: 1..2^53-1. */
export function isId(value: unknown): value is number {
  return Number.isSafeInteger(value) && (value as number) > 0;
}

function isMemberList(members: unknown): members is readonly MemberShape[] {
  return Array.isArray(members) && members.length <= SHAPE_BOUNDS.members && members.every(isMember);
}

function isMember(member: unknown): boolean {
  if (!Array.isArray(member) || member.length < 2 || member.length > 3) return false;
  const [name, kind, isIdempotent] = member as readonly unknown[];
  if (typeof name !== "string" || name === "" || name.length > MAX_MEMBER_LENGTH) return false;
  return MEMBER_KINDS.has(kind) && (member.length === 2 || (CALLED.has(kind) && isIdempotent === 1));
}

function tooMany(allowed: number): PayloadError {
  const message = `the peer sent more than ${allowed} references that are still held here; release some first`;
  return new PayloadError(message, { cause: new LimitError(message, { limit: "maxReferences", allowed }) });
}
