import type { JumpListener, Quote } from "./stock-market.js";

/** A market in this program or in another. */
export interface SomeMarket {
  quotes(): AsyncIterable<Quote>;
  onJump(listener: JumpListener): void | PromiseLike<void>;
}

/** Shows the prices of some shares, of any number of markets, until it has shown enough of them. */
export class Viewer {
  readonly #symbols: ReadonlySet<string>;
  readonly #print: (line: string) => void;
  #left: number;

  constructor(
    symbols: readonly string[],
    { count = 12, print = console.log }: { readonly count?: number; readonly print?: (line: string) => void } = {},
  ) {
    this.#symbols = new Set(symbols);
    this.#left = count;
    this.#print = print;
  }

  async watch(markets: readonly SomeMarket[]): Promise<void> {
    await Promise.all(markets.map((market) => this.#follow(market)));
  }

  async #follow(market: SomeMarket): Promise<void> {
    await market.onJump(({ symbol }, percent) => {
      if (this.#symbols.has(symbol)) this.#print(`${symbol} jumped by ${percent.toFixed(1)} %!`);
    });
    for await (const { market: name, symbol, price } of market.quotes()) {
      if (!this.#symbols.has(symbol)) continue;
      if (this.#left > 0) this.#print(`${name}.${symbol}: ${price.toFixed(2)}`);
      if (--this.#left <= 0) break;
    }
  }
}
