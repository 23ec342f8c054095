import { Violation } from "./fuzz-target.js";

/** What every program of the process relies on. */
const WATCHED: readonly (readonly [name: string, object: object])[] = [
  ["Object.prototype", Object.prototype],
  ["Array.prototype", Array.prototype],
  ["Function.prototype", Function.prototype],
  ["String.prototype", String.prototype],
  ["Number.prototype", Number.prototype],
  ["Boolean.prototype", Boolean.prototype],
  ["Map.prototype", Map.prototype],
  ["Set.prototype", Set.prototype],
  ["Date.prototype", Date.prototype],
  ["RegExp.prototype", RegExp.prototype],
  ["Error.prototype", Error.prototype],
  ["Promise.prototype", Promise.prototype],
  ["URL.prototype", URL.prototype],
  ["Uint8Array.prototype", Uint8Array.prototype],
  ["typed arrays", Object.getPrototypeOf(Uint8Array.prototype) as object],
  ["Object", Object],
  ["Array", Array],
  ["JSON", JSON],
  ["Reflect", Reflect],
  ["Symbol", Symbol],
];

/** How many of them are looked at after every input. */
const FIRST_LOOKED_AT = 2;

type Properties = ReadonlyMap<PropertyKey, PropertyDescriptor>;

/** Remembers the properties of all built-in prototypes, and notices when one is added, removed or replaced. */
export class BuiltIns {
  readonly #before: readonly Properties[] = WATCHED.map(([, object]) => propertiesOf(object));

  /**
   * @param isThorough looks at every property; else at those of Object.prototype and Array.prototype
   * @throws Violation naming what was changed, after it was put back
   */
  check(isThorough: boolean): void {
    for (const [index, [name, object]] of WATCHED.entries()) {
      if (!isThorough && index >= FIRST_LOOKED_AT) return;
      const changed = difference(object, this.#before[index]!);
      if (changed === undefined) continue;
      restore(object, this.#before[index]!);
      throw new Violation(`${name} was changed: ${String(changed)}`);
    }
  }
}

function propertiesOf(object: object): Properties {
  return new Map(Reflect.ownKeys(object).map((key) => [key, Object.getOwnPropertyDescriptor(object, key)!]));
}

function difference(object: object, before: Properties): PropertyKey | undefined {
  const keys = Reflect.ownKeys(object);
  if (keys.length !== before.size) {
    return keys.find((key) => !before.has(key)) ?? [...before.keys()].find((key) => !Object.hasOwn(object, key));
  }
  return keys.find((key) => {
    const known = before.get(key);
    const now = Object.getOwnPropertyDescriptor(object, key)!;
    return known === undefined || !Object.is(known.value, now.value) || known.get !== now.get || known.set !== now.set;
  });
}

function restore(object: object, before: Properties): void {
  for (const key of Reflect.ownKeys(object)) if (!before.has(key)) Reflect.deleteProperty(object, key);
  for (const [key, descriptor] of before) Reflect.defineProperty(object, key, descriptor);
}
