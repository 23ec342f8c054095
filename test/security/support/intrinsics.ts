/** What a peer that pollutes prototypes would change. */
const WATCHED: Readonly<Record<string, object>> = {
  globalThis,
  "Object.prototype": Object.prototype,
  "Function.prototype": Function.prototype,
  "Array.prototype": Array.prototype,
  "String.prototype": String.prototype,
  "Number.prototype": Number.prototype,
  "Boolean.prototype": Boolean.prototype,
  "BigInt.prototype": BigInt.prototype,
  "Symbol.prototype": Symbol.prototype,
  "Date.prototype": Date.prototype,
  "RegExp.prototype": RegExp.prototype,
  "Error.prototype": Error.prototype,
  "Promise.prototype": Promise.prototype,
  "Map.prototype": Map.prototype,
  "Set.prototype": Set.prototype,
  "WeakMap.prototype": WeakMap.prototype,
  "Uint8Array.prototype": Uint8Array.prototype,
  "TypedArray.prototype": Object.getPrototypeOf(Uint8Array.prototype) as object,
  "ArrayBuffer.prototype": ArrayBuffer.prototype,
  "AsyncGenerator.prototype": Object.getPrototypeOf(async function* () {}.prototype) as object,
  "URL.prototype": URL.prototype,
  Object,
  Function,
  Array,
  Promise,
  JSON,
  Math,
  Reflect,
};

/**
 * Remembers the properties of what every program stands on.
 *
 * @returns a function that names what differs from then, such as `Object.prototype.polluted`
 */
export function watchIntrinsics(): () => readonly string[] {
  const before = new Map(Object.entries(WATCHED).map(([name, object]) => [name, descriptors(object)]));
  return () =>
    Object.entries(WATCHED).flatMap(([name, object]) => {
      const then = before.get(name)!;
      const now = descriptors(object);
      const keys = new Set([...then.keys(), ...now.keys()]);
      return [...keys].filter((key) => !isSame(then.get(key), now.get(key))).map((key) => `${name}.${String(key)}`);
    });
}

function descriptors(object: object): ReadonlyMap<PropertyKey, PropertyDescriptor | undefined> {
  return new Map(Reflect.ownKeys(object).map((key) => [key, Object.getOwnPropertyDescriptor(object, key)]));
}

function isSame(one: PropertyDescriptor | undefined, other: PropertyDescriptor | undefined): boolean {
  if (one === undefined || other === undefined) return one === other;
  // An accessor of globalThis loads what it stands for when it is first read, and becomes a plain property.
  if (one.get !== undefined && other.get === undefined) return one.configurable === true;
  return (["value", "get", "set", "writable", "enumerable"] as const).every((part) =>
    Object.is(one[part], other[part]),
  );
}
