import type { Connection } from "./connection.js";

/** Whose proxies they are. */
export interface ProxyOwner {
  /** Undefined on a daemon, whose sessions are no connections of the program. */
  readonly connection: Connection | undefined;
  /** A call failed and nobody observed it. */
  unobserved(error: Error, call: { readonly object: string; readonly member: string }): void;
}
