import { LimitError } from "../errors/hearthwire-error.js";
import type { MemberShape, ShapeLeaf } from "../wire/message.js";
import type { Introduced } from "./introducing-payload.js";
import { SHAPE_BOUNDS, shapeUnits } from "./shape-bounds.js";

/** A list of members that has room. */
interface Shape {
  readonly text: string;
  /** Undefined until it is told. */
  number: number | undefined;
}

interface Room {
  shapes: number;
  units: number;
}

const ALL: Readonly<Room> = SHAPE_BOUNDS;
/** What other peers gave, and a daemon passes on, takes a quarter: no client can use up what the daemon's own needs. */
const RELAYED: Readonly<Room> = { shapes: ALL.shapes / 4, units: ALL.units / 4 };

/**
 * Lists of members, numbered, so that each crosses once in a session. Equal lists have one number; handlers give the
 * same array for the same class, whose text is then made once. The peer keeps them until the session ends, so what was
 * given room is never given up.
 */
export class ToldShapes {
  readonly #byText = new Map<string, Shape>();
  #byMembers = new WeakMap<readonly MemberShape[], Shape>();
  readonly #used: Room = { shapes: 0, units: 0 };
  readonly #usedByRelayed: Room = { shapes: 0, units: 0 };
  #lastNumber = 0;

  /**
   * Makes room for a list, before anything is numbered.
   * @param isRelayed it is of an object that another peer gave
   * @returns why there is none
   */
  admit(members: readonly MemberShape[], isRelayed: boolean): LimitError | undefined {
    if (this.#find(members) !== undefined) return undefined;
    const refusal = this.#refusal(members, isRelayed);
    if (refusal !== undefined) return refusal;
    const shape: Shape = { text: JSON.stringify(members), number: undefined };
    this.#byText.set(shape.text, shape);
    this.#byMembers.set(members, shape);
    const units = shapeUnits(members);
    take(this.#used, units);
    if (isRelayed) take(this.#usedByRelayed, units);
    return undefined;
  }

  /** @throws LimitError when the list came to be after its room was asked for, and there is none */
  leaf(members: readonly MemberShape[], introduce: (introduced: Introduced) => void): ShapeLeaf {
    const refusal = this.admit(members, false);
    if (refusal !== undefined) throw refusal;
    const shape = this.#find(members)!;
    if (shape.number !== undefined) return [shape.number];
    const number = (shape.number = ++this.#lastNumber);
    introduce({ withdraw: () => this.#withdraw(shape) });
    return [number, members];
  }

  clear(): void {
    this.#byText.clear();
    this.#byMembers = new WeakMap();
  }

  #withdraw(shape: Shape): void {
    if (shape.number === this.#lastNumber) this.#lastNumber--;
    shape.number = undefined;
  }

  #find(members: readonly MemberShape[]): Shape | undefined {
    const known = this.#byMembers.get(members);
    if (known !== undefined) return known;
    const equal = this.#byText.get(JSON.stringify(members));
    if (equal !== undefined) this.#byMembers.set(members, equal);
    return equal;
  }

  #refusal(members: readonly MemberShape[], isRelayed: boolean): LimitError | undefined {
    const { length } = members;
    if (length > SHAPE_BOUNDS.members) {
      const message = `an object of ${length} members can't be sent, ${SHAPE_BOUNDS.members} are allowed; expose fewer`;
      return new LimitError(message, { limit: "members", allowed: SHAPE_BOUNDS.members, delivery: "not-sent" });
    }
    const units = shapeUnits(members);
    return full(this.#used, { bound: ALL, units }) ?? (isRelayed ? this.#refusalOfRelayed(units) : undefined);
  }

  #refusalOfRelayed(units: number): LimitError | undefined {
    return full(this.#usedByRelayed, { bound: RELAYED, units, ofWhat: " of objects that other peers gave" });
  }
}

function take(room: Room, units: number): void {
  room.shapes++;
  room.units += units;
}

function full(
  used: Readonly<Room>,
  { bound, units, ofWhat = "" }: { bound: Readonly<Room>; units: number; ofWhat?: string },
): LimitError | undefined {
  const isCountFull = used.shapes >= bound.shapes;
  if (!isCountFull && used.units + units <= bound.units) return undefined;
  const allowed = isCountFull ? bound.shapes : bound.units;
  const what = isCountFull ? `${allowed} different lists of members` : `${allowed} units of members`;
  const message =
    `a session tells ${what}${ofWhat} at most, which the peer keeps until it ends; ` +
    "an object of a class that it knows can still be sent, one of a new class over a new connection";
  return new LimitError(message, { limit: isCountFull ? "shapes" : "shapeUnits", allowed, delivery: "not-sent" });
}
