import { CallError } from "../errors/hearthwire-error.js";
import { asyncDisposeSymbol, disposeSymbol } from "../session/dispose-symbols.js";
import type { ViewSettings } from "./call-options.js";
import { closedTraps, toPrimitive } from "./closed-traps.js";
import { type Held, HeldStandIn } from "./held-stand-in.js";
import { prepareCall } from "./pending-call.js";
import { callMember, openMember, pendingProxy } from "./pending-proxy.js";
import type { Shape } from "./shape.js";
import { objectName, STAND_IN, standInOf } from "./stand-in.js";

/** Behind the proxy of an object. While its members are not known, each name is both a method and an accessor. */
export class ObjectStandIn extends HeldStandIn {
  /** Its members, when they are known. */
  readonly shape: Shape | undefined;
  readonly #members = new Map<string, unknown>();
  readonly proxy: object = new Proxy(this, handler);

  constructor(held: Held, shape?: Shape) {
    super(held);
    this.shape = shape;
  }

  withView(view: ViewSettings): ObjectStandIn {
    return new ObjectStandIn({ ...heldOf(this), view }, this.shape);
  }

  withShape(shape: Shape): ObjectStandIn {
    return new ObjectStandIn(heldOf(this), shape);
  }

  /** A method is the same function each time; an accessor is a promise of its own each time, read when it is awaited. */
  member(name: string): unknown {
    if (this.shape === undefined) return openMember(this, this.#members, name);
    const known = this.#members.get(name);
    if (known !== undefined) return known;
    const kind = this.shape.get(name)?.[1];
    if (kind === undefined) return undefined;
    if (kind === "get" || kind === "get set") return pendingProxy(prepareCall(this, { kind: "get", member: name }));
    const isRefused = this.view.isOneway === true && kind !== "oneway";
    const method = isRefused
      ? () => this.#refuseOneway(name)
      : (...args: readonly unknown[]): unknown => callMember(this, name, args);
    this.#members.set(name, method);
    return method;
  }

  /** The peer would not run it, and have nobody to tell. */
  #refuseOneway(member: string): void {
    const remedy = "declare it one-way where it is exposed, or call it without oneway()";
    const error = new CallError("HW_NO_SUCH_MEMBER", `"${member}" is no one-way member: ${remedy}`, {
      delivery: "not-sent",
      member,
    });
    this.owner.unobserved(error, { object: objectName(this.callTarget), member });
  }

  has(name: string): boolean {
    return this.shape?.has(name) === true;
  }
}

/** The parts that a new stand-in for the same object is made of. */
function heldOf({ owner, maker, callTarget, view, lifetime }: Held): Held {
  return { owner, maker, callTarget, view, lifetime };
}

const handler: ProxyHandler<ObjectStandIn> = {
  ...closedTraps,
  get(standIn, key) {
    if (typeof key === "string") return standIn.member(key);
    return key === STAND_IN ? standIn : symbols[key as keyof typeof symbols];
  },
  has: (standIn, key) => (typeof key === "string" ? standIn.has(key) : Object.hasOwn(symbols, key)),
  getPrototypeOf: () => Object.prototype,
};

const symbols = {
  [disposeSymbol](this: unknown): void {
    standInOf(this)?.lifetime.release();
  },
  async [asyncDisposeSymbol](this: unknown): Promise<void> {
    standInOf(this)?.lifetime.release();
  },
  [Symbol.toPrimitive]: toPrimitive,
};
