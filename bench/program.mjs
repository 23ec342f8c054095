// The generated program of bench/types.mjs: exposed classes as applications have them, and clients that use them.

/** Classes of one module; a module is what one checker of TypeScript 7 takes. */
const CLASSES_PER_MODULE = 10;

/**
 * Eight members each: values, records, lists, a Map, a stream, a callback, another class's instance and an accessor.
 *
 * @param {number} index
 */
const classText = (index, /** @type {number} */ next) => `
export interface Order${index} {
  readonly id: number;
  readonly customer: { readonly name: string; readonly email?: string };
  readonly tags: readonly string[];
  readonly at: Date;
}
export const Shop${index} = expose(
  class Shop${index} {
    #orders = new Map<number, Order${index}>();
    find(id: number): Order${index} | undefined { return this.#orders.get(id); }
    async save(order: Order${index}, options?: { readonly notify?: boolean }): Promise<void> { this.#orders.set(order.id, order); }
    list(by: { readonly tag: string; readonly since?: Date }): Promise<Order${index}[]> { return Promise.reject(new Error(by.tag)); }
    totals(): Map<string, number> { return new Map(); }
    async *watch(since: Date): AsyncGenerator<Order${index}, number> { for (const order of this.#orders.values()) if (order.at > since) yield order; return 1; }
    subscribe(listener: (order: Order${index}) => void): () => void { return () => void listener; }
    partner(name: string): Partner${index} | undefined { return name === "" ? undefined : ({} as Partner${index}); }
    get size(): number { return this.#orders.size; }
  },
  ["find", "save", "list", "totals", "watch", "subscribe", "partner", "size"],
);
export type Shop${index} = InstanceType<typeof Shop${index}>;
export interface Partner${index} { readonly name: string; shop(): Shop${next} }
`;

/** @param {number} index */
const connectText = (index) =>
  `const shop${index} = await connect<Shop${index}>("ws://127.0.0.1:7766/shop${index}");\n`;

/** @param {number} index */
const usesText = (index) => `
const found${index} = await shop${index}.find(${index});
console.log(found${index}?.customer.name.length);
await shop${index}.save({ id: 1, customer: { name: "Ann" }, tags: ["a"], at: new Date() }, { notify: true });
for (const order of await shop${index}.list({ tag: "a" })) console.log(order.at.getTime());
for await (const order of shop${index}.watch(new Date())) console.log(order.id);
release(await shop${index}.subscribe((order) => console.log(order.tags.length)));
console.log((await shop${index}.partner("x"))?.shop().totals(), await shop${index}.size);
`;

/**
 * @param {{ readonly classes: number, readonly isUsed: boolean }} size `isUsed`: with six uses of each object
 * @returns {Readonly<Record<string, string>>} texts by file name
 */
export function programOf({ classes, isUsed }) {
  /** @type {Record<string, string>} */
  const files = {};
  for (let first = 0; first < classes; first += CLASSES_PER_MODULE) {
    const indexes = Array.from(
      { length: Math.min(CLASSES_PER_MODULE, classes - first) },
      (_, offset) => first + offset,
    );
    const last = /** @type {number} */ (indexes.at(-1));
    files[`shops${first}.ts`] =
      'import { expose } from "hearthwire";\n' +
      indexes.map((index) => classText(index, index === last ? first : index + 1)).join("");
    files[`client${first}.ts`] =
      'import { connect, release } from "hearthwire";\n' +
      `import type { ${indexes.map((index) => `Shop${index}`).join(", ")} } from "./shops${first}.js";\n` +
      indexes.map(connectText).join("") +
      (isUsed ? indexes.map(usesText).join("") : "void release;\n");
  }
  return files;
}
