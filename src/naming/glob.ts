/** Bits in an element of a mask. */
const WORD = 32;

/**
 * A pattern for whole names: `*` stands for any number of characters but `/`, `**` for any number of any, `?` for one that
 * is no `/`. It is run as an automaton that is in many states at once, a bit for each: a name takes at most its length times
 * a 32nd of the pattern's, whatever the pattern, where engines that try one way after another may take for ever.
 *
 * @example
 * ```ts
 * new Glob("shop/*").matches("shop/cart"); // true
 * new Glob("shop/*").matches("shop/cart/1"); // false
 * new Glob("shop/**").matches("shop/cart/1"); // true
 * ```
 */
export class Glob {
  /** What every name that matches begins with. */
  readonly prefix: string;
  /** No wildcard stands in it: the prefix is the one name that matches. */
  readonly isLiteral: boolean;
  /** How many tokens there are: with so many behind it a name matches. */
  readonly #end: number;
  /** The states it is in: how many tokens are behind it. */
  readonly #states: Uint32Array;
  /** Those that a character leads on from. */
  readonly #literals = new Map<string, Uint32Array>();
  readonly #anyOne: Uint32Array;
  readonly #anyNumber: Uint32Array;
  readonly #anyNumberOfAny: Uint32Array;
  readonly #none: Uint32Array;
  /** What was asked last is often asked again: of the state of a name before a change and after it, and of its replicas. */
  #lastName: string | undefined;
  #didMatch = false;

  constructor(pattern: string) {
    // Two wildcards of any number never stand side by side.
    const tokens: readonly string[] = pattern.match(/\*{2,}|[\s\S]/g) ?? [];
    this.prefix = /^[^*?]*/.exec(pattern)?.[0] ?? "";
    this.isLiteral = this.prefix === pattern;
    this.#end = tokens.length;
    const mask = (is: (token: string) => boolean): Uint32Array => maskOf(tokens, is);
    this.#states = mask(() => false);
    this.#none = mask(() => false);
    this.#anyOne = mask((token) => token === "?");
    this.#anyNumber = mask((token) => token.startsWith("*"));
    this.#anyNumberOfAny = mask((token) => token.startsWith("**"));
    for (const literal of new Set(tokens)) {
      if (literal === "?" || literal.startsWith("*")) continue;
      this.#literals.set(
        literal,
        mask((token) => token === literal || (token === "?" && literal !== "/")),
      );
    }
  }

  matches(name: string): boolean {
    if (name !== this.#lastName) {
      this.#lastName = name;
      this.#didMatch = this.#run(name);
    }
    return this.#didMatch;
  }

  #run(name: string): boolean {
    if (!name.startsWith(this.prefix)) return false;
    if (this.isLiteral) return name === this.prefix;
    this.#states.fill(0);
    setBit(this.#states, this.prefix.length);
    // Standing for nothing.
    if (hasBit(this.#anyNumber, this.prefix.length)) setBit(this.#states, this.prefix.length + 1);
    for (let index = this.prefix.length; index < name.length; index += 1) {
      if (!this.#take(name.charAt(index))) return false;
    }
    return hasBit(this.#states, this.#end);
  }

  /** Returns whether it is in any state then. */
  #take(character: string): boolean {
    const isSlash = character === "/";
    const leaving = this.#literals.get(character) ?? (isSlash ? this.#none : this.#anyOne);
    const staying = isSlash ? this.#anyNumberOfAny : this.#anyNumber;
    const skipped = this.#anyNumber;
    let left = 0;
    let skips = 0;
    let all = 0;
    for (let at = 0; at < this.#states.length; at += 1) {
      const states = this.#states[at] ?? 0;
      const onward = states & (leaving[at] ?? 0);
      const reached = (states & (staying[at] ?? 0)) | (onward << 1) | left;
      const empty = reached & (skipped[at] ?? 0);
      const next = reached | (empty << 1) | skips;
      this.#states[at] = next;
      left = onward >>> (WORD - 1);
      skips = empty >>> (WORD - 1);
      all |= next;
    }
    return all !== 0;
  }
}

/** A bit for each token that is so, and one more. */
function maskOf(tokens: readonly string[], is: (token: string) => boolean): Uint32Array {
  const mask = new Uint32Array(Math.floor(tokens.length / WORD) + 1);
  for (const [index, token] of tokens.entries()) if (is(token)) setBit(mask, index);
  return mask;
}

function setBit(mask: Uint32Array, bit: number): void {
  const at = Math.floor(bit / WORD);
  mask[at] = (mask[at] ?? 0) | (1 << (bit % WORD));
}

function hasBit(mask: Uint32Array, bit: number): boolean {
  return (((mask[Math.floor(bit / WORD)] ?? 0) >>> (bit % WORD)) & 1) === 1;
}
