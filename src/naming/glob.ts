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
  /** In which step a state was last entered. */
  readonly #entered: Float64Array;
  #step = 0;

  constructor(pattern: string) {
    const tokens: readonly string[] = pattern.match(/\*{2,}|[\s\S]/g) ?? [];
    this.#tokens = tokens.map((token) => (token.startsWith("**") ? WILD["**"] : wild(token)));
    this.prefix = /^[^*?]*/.exec(pattern)?.[0] ?? "";
    this.isLiteral = this.prefix === pattern;
    this.#entered = new Float64Array(this.#tokens.length + 1);
  }

  matches(name: string): boolean {
    if (!name.startsWith(this.prefix)) return false;
    if (this.isLiteral) return name === this.prefix;
    let states: number[] = [];
    this.#step += 1;
    this.#enter(this.prefix.length, states);
    for (let index = this.prefix.length; index < name.length && states.length > 0; index += 1) {
      states = this.#after(states, name.charAt(index));
    }
    return states.includes(this.#tokens.length);
  }

  #after(states: readonly number[], character: string): number[] {
    const next: number[] = [];
    this.#step += 1;
    for (const state of states) {
      const token = this.#tokens[state];
      if (token === WILD["**"] || (token === WILD["*"] && character !== "/")) this.#enter(state, next);
      else if (token === character || (token === WILD["?"] && character !== "/")) this.#enter(state + 1, next);
    }
    return next;
  }

  /** A wildcard may also stand for nothing. */
  #enter(first: number, states: number[]): void {
    for (let state = first; this.#entered[state] !== this.#step; state += 1) {
      this.#entered[state] = this.#step;
      states.push(state);
      const token = this.#tokens[state];
      if (token !== WILD["*"] && token !== WILD["**"]) return;
    }
  }
}

function wild(token: string): Token {
  return token === "?" || token === "*" ? WILD[token] : token;
}
