import { describeStandIn } from "./stand-in.js";

/** Under this name Node's `util.inspect` looks for a value's own way to be shown. */
export const INSPECT: unique symbol = Symbol.for("nodejs.util.inspect.custom") as never;

/**
 * The traps that all proxies share: nothing can be listed, written, added or removed, none of it reaches the peer, and
 * nothing of what stands behind the proxy shows through.
 */
export const closedTraps = {
  set(_standIn: object, key: string | symbol): never {
    const name = String(key);
    throw new TypeError(
      `"${name}" can't be set on a remote object: write an accessor by await assign(proxy, { ${name}: value })`,
    );
  },
  defineProperty: refuseChange,
  deleteProperty: refuseChange,
  setPrototypeOf: (): boolean => false,
  // The stand-in must stay extensible, or the engine would hold its fields against the other traps.
  preventExtensions: (): boolean => false,
  ownKeys: (): string[] => [],
  getOwnPropertyDescriptor: (): undefined => undefined,
};

/** `Symbol.toPrimitive` of every proxy: `String(proxy)` and `${proxy}` say what it is. */
export function toPrimitive(this: unknown): string {
  return describeStandIn(this);
}

function refuseChange(_standIn: object, key: string | symbol): never {
  throw new TypeError(`"${String(key)}" can't be changed on a remote object`);
}
