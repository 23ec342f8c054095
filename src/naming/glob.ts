/** A token that is no literal character. */
const WILD: Readonly<Record<"?" | "*" | "**", symbol>> = { "?": Symbol("?"), "*": Symbol("*"), "**": Symbol("**") };

type Token = string | symbol;

/**
 * A pattern for whole names: `*` stands for any number of characters but `/`, `**` for any number of any, `?` for one that
 * is no `/`. It is run as an automaton that is in many states at once: a name takes at most its length times the pattern's,
 * whatever the pattern, where engines that try one way after another may take for ever.
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
  readonly #tokens: readonly Token[];
  /** The states it is in, and those it enters next: made once, since names are many. */
  #states: Int32Array;
  #next: Int32Array;
  #nextCount = 0;
  /** In which step a state was last entered. */
  readonly #entered: Float64Array;
  #step = 0;

  constructor(pattern: string) {
    const tokens: readonly string[] = pattern.match(/\*{2,}|[\s\S]/g) ?? [];
    this.#tokens = tokens.map((token) => (token.startsWith("**") ? WILD["**"] : wild(token)));
    this.prefix = /^[^*?]*/.exec(pattern)?.[0] ?? "";
    this.isLiteral = this.prefix === pattern;
    const count = this.#tokens.length + 1;
    this.#states = new Int32Array(count);
    this.#next = new Int32Array(count);
    this.#entered = new Float64Array(count);
  }

  matches(name: string): boolean {
    if (!name.startsWith(this.prefix)) return false;
    if (this.isLiteral) return name === this.prefix;
    let count = this.#begin();
    for (let index = this.prefix.length; index < name.length && count > 0; index += 1) {
      count = this.#take(name.charAt(index), count);
    }
    return this.#states.subarray(0, count).includes(this.#tokens.length);
  }

  #begin(): number {
    this.#step += 1;
    this.#enter(this.prefix.length);
    return this.#swap();
  }

  /** @param count of the states it is in @returns of those it is in then */
  #take(character: string, count: number): number {
    this.#step += 1;
    for (let index = 0; index < count; index += 1) {
      const state = this.#states[index] ?? 0;
      const token = this.#tokens[state];
      if (token === WILD["**"] || (token === WILD["*"] && character !== "/")) this.#enter(state);
      else if (token === character || (token === WILD["?"] && character !== "/")) this.#enter(state + 1);
    }
    return this.#swap();
  }

  /** A wildcard may also stand for nothing. */
  #enter(first: number): void {
    for (let state = first; this.#entered[state] !== this.#step; state += 1) {
      this.#entered[state] = this.#step;
      this.#next[this.#nextCount++] = state;
      const token = this.#tokens[state];
      if (token !== WILD["*"] && token !== WILD["**"]) return;
    }
  }

  #swap(): number {
    const count = this.#nextCount;
    [this.#states, this.#next] = [this.#next, this.#states];
    this.#nextCount = 0;
    return count;
  }
}

function wild(token: string): Token {
  return token === "?" || token === "*" ? WILD[token] : token;
}
