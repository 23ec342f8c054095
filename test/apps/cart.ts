import { expose } from "hearthwire";

/** What there is to buy, and how much of it nobody has in a cart. */
export class Stock {
  readonly #items = new Map<string, { readonly cents: number; left: number }>([
    ["candle", { cents: 250, left: 100 }],
    ["lamp", { cents: 4_000, left: 3 }],
  ]);

  left(name: string): number {
    return this.#item(name).left;
  }

  price(name: string): number {
    return this.#item(name).cents;
  }

  take(name: string, quantity: number): void {
    const item = this.#item(name);
    if (item.left < quantity) {
      throw Object.assign(new RangeError(`only ${item.left} of ${name} are left`), { code: "E_SOLD_OUT" });
    }
    item.left -= quantity;
  }

  #item(name: string) {
    const item = this.#items.get(name);
    if (item === undefined) throw new RangeError(`there is no ${name}`);
    return item;
  }
}
expose(Stock, ["left", "price"]);

/** So many of one thing in a cart. What is in a cart is out of stock. */
export class CartLine {
  readonly #stock: Stock;
  readonly name: string;
  #quantity = 0;

  constructor(stock: Stock, name: string) {
    this.#stock = stock;
    this.name = name;
  }

  get quantity(): number {
    return this.#quantity;
  }

  set quantity(quantity: number) {
    if (!Number.isSafeInteger(quantity) || quantity < 0) throw new RangeError(`no quantity: ${quantity}`);
    this.#stock.take(this.name, quantity - this.#quantity);
    this.#quantity = quantity;
  }

  get total(): number {
    return this.#quantity * this.#stock.price(this.name);
  }

  more(): number {
    return ++this.quantity;
  }
}
expose(CartLine, { only: ["quantity", "total", "more"], members: { quantity: { writable: true } } });

/** One client's cart: lives as long as its session, and puts back what was not bought. */
export class Cart {
  readonly #stock: Stock;
  readonly #lines = new Map<string, CartLine>();

  constructor(stock: Stock) {
    this.#stock = stock;
  }

  /** The line is the cart's own: the same one each time that the same thing is added. */
  add(name: string, quantity: number): CartLine {
    const line = this.#lines.get(name) ?? new CartLine(this.#stock, name);
    line.quantity += quantity;
    this.#lines.set(name, line);
    return line;
  }

  remove(line: CartLine): void {
    if (this.#lines.get(line.name) !== line) throw new RangeError(`${line.name} is in another cart`);
    line.quantity = 0;
    this.#lines.delete(line.name);
  }

  get lines(): readonly CartLine[] {
    return [...this.#lines.values()];
  }

  get total(): number {
    return this.lines.reduce((cents, line) => cents + line.total, 0);
  }

  [Symbol.dispose](): void {
    for (const line of this.lines) this.remove(line);
  }
}
expose(Cart, ["add", "remove", "lines", "total"]);
