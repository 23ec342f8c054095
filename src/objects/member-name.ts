/** Stands in the type of an exposed class's instances for the names that were listed; never present at run time. */
export declare const EXPOSED: unique symbol;

export type AnyFunction = (...args: never[]) => unknown;
export type Constructor<T = unknown> = abstract new (...args: never[]) => T;

/** Names that no class can expose, whatever the list says. `isForbiddenName` is its twin at run time. */
export type ForbiddenName =
  | `_${string}`
  | "constructor"
  | "prototype"
  | "then"
  | "toJSON"
  | "toString"
  | "toLocaleString"
  | "valueOf"
  | "hasOwnProperty"
  | "isPrototypeOf"
  | "propertyIsEnumerable";

/**
 * The members of `T` that a peer could be given: named by strings, public, not forbidden, narrowed when `expose` returned
 * `T`. Functions and classes have none: of their properties nothing crosses.
 */
export type MemberName<T> = T extends { readonly [EXPOSED]?: infer K extends string } & object
  ? typeof EXPOSED extends keyof T
    ? Exclude<K, undefined>
    : StringKeys<T>
  : StringKeys<T>;

type StringKeys<T> = T extends AnyFunction
  ? never
  : keyof { [K in keyof T as K extends string ? (K extends ForbiddenName ? never : K) : never]: 1 } & string;

/** What the type of an exposed class's instances says of it: the names that were listed. */
export interface Exposes<out K extends string> {
  readonly [EXPOSED]?: K;
}

/** A class whose exposed members are known to the type system: what `expose(Class, [...])` returns. */
export type ExposedClass<C extends Constructor, K extends string> = Omit<C, "prototype"> &
  (C extends abstract new (...args: infer A) => infer I ? new (...args: A) => I & Exposes<K> : never);
