/** `Symbol.asyncDispose`, also where the host has none: without it the method's name would become `"undefined"`. */
export const asyncDisposeSymbol: typeof Symbol.asyncDispose =
  Symbol.asyncDispose ?? (Symbol.for("Symbol.asyncDispose") as typeof Symbol.asyncDispose);
