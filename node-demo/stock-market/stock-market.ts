import { EventEmitter, on } from "node:events";

/** One price, as it has become. */
export interface Quote {
  readonly market: string;
  readonly symbol: string;
  readonly price: number;
}

/** Told of a price that has jumped; remote or not, so that it may fail. */
export type JumpListener = (quote: Quote, percent: number) => void | PromiseLike<void>;

/** How a market behaves. */
export interface MarketOptions {
  /** How often a price moves, in ms; 0 = only when it is told to. @default 200 */
  readonly everyMs?: number;
  /** 0 up to 1. @default Math.random */
  readonly random?: () => number;
}

/** A price moves by so much of itself at most, and one that moves by more than the second has jumped. */
const MOST_MOVED = 0.04;
const JUMP = 0.03;

/** Prices of some shares that move by themselves, until it is closed. */
export class StockMarket implements Disposable {
  readonly #name: string;
  readonly #prices: Map<string, number>;
  readonly #random: () => number;
  readonly #moved = new EventEmitter();
  readonly #jumpListeners = new Set<JumpListener>();
  readonly #timer: NodeJS.Timeout | undefined;

  constructor(name: string, symbols: readonly string[], options: MarketOptions = {}) {
    const { everyMs = 200, random = Math.random } = options;
    this.#name = name;
    this.#prices = new Map(symbols.map((symbol) => [symbol, 50 + Math.floor(random() * 150)]));
    this.#random = random;
    // Any number of viewers may look.
    this.#moved.setMaxListeners(0);
    if (everyMs > 0) this.#timer = setInterval(() => this.move(), everyMs);
  }

  get name(): string {
    return this.#name;
  }

  symbols(): string[] {
    return [...this.#prices.keys()];
  }

  /** Each price that moves from now on: a stream. */
  async *quotes(): AsyncGenerator<Quote> {
    for await (const [quote] of on(this.#moved, "quote")) yield quote as Quote;
  }

  /** Calls back whenever a price jumps, until the listener fails or its program is gone. */
  onJump(listener: JumpListener): void {
    this.#jumpListeners.add(listener);
  }

  /** Moves one price. */
  move(): void {
    const symbols = this.symbols();
    const symbol = symbols[Math.floor(this.#random() * symbols.length)]!;
    const moved = (this.#random() * 2 - 1) * MOST_MOVED;
    const price = Math.round(this.#prices.get(symbol)! * (1 + moved) * 100) / 100;
    this.#prices.set(symbol, price);
    const quote = { market: this.#name, symbol, price };
    this.#moved.emit("quote", quote);
    if (Math.abs(moved) < JUMP) return;
    for (const listener of this.#jumpListeners) void this.#tell(listener, { quote, percent: moved * 100 });
  }

  [Symbol.dispose](): void {
    clearInterval(this.#timer);
  }

  async #tell(listener: JumpListener, jump: { readonly quote: Quote; readonly percent: number }): Promise<void> {
    try {
      await listener(jump.quote, jump.percent);
    } catch {
      this.#jumpListeners.delete(listener);
    }
  }
}
