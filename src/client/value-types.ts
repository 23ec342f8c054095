/**
 * Classes with methods whose instances travel by value, by any name. Empty here; programs add theirs:
 *
 * ```ts
 * declare module "hearthwire" {
 *   interface ValueTypes {
 *     money: Money;
 *   }
 * }
 * ```
 *
 * An entry must pass this file on with `export *`: an augmentation reaches an interface through a star, not through a
 * named export.
 */
// oxlint-disable-next-line typescript/no-empty-interface, typescript/no-empty-object-type
export interface ValueTypes {}
