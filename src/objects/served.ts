import type { Instances } from "./instances-of.js";

/** Stands in a type for the objects that it serves; never present at run time. */
export declare const SERVED: unique symbol;

/**
 * What may be served: an instance of an exposed class, a class (one instance per session), `instancesOf(Class, ...)`, an
 * object literal of functions, a function.
 */
export type Servable = object;

/** The objects of a served record as a client sees them: `openConnection<Served<typeof objects>>(url)`. */
export type Served<O> = O extends { readonly [SERVED]?: infer S }
  ? NonNullable<S>
  : {
      [K in keyof O]: O[K] extends Instances<infer T>
        ? T
        : O[K] extends abstract new (...args: never[]) => infer T
          ? T
          : O[K];
    };
