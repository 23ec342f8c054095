import { callContext } from "../../src/objects/call-context.js";
import { expose } from "../../src/objects/expose.js";

/** How often code of the program ran. */
export const runs = { count: 0 };

/** Most values that a handler takes or gives, so that a case ends. */
const MAX_ITEMS = 40;

class Toy {
  #name = "toy";

  get name(): string {
    runs.count++;
    return this.#name;
  }

  rename(name: unknown): string {
    runs.count++;
    return (this.#name = String(typeof name === "string" ? name.slice(0, 20) : typeof name));
  }
}
expose(Toy, ["name", "rename"]);

/** Uses everything that can stand in a call. */
class Fuzzed {
  #level: unknown = 0;
  #kept: unknown;

  echo(value: unknown): unknown {
    runs.count++;
    return value;
  }

  add(one: unknown, other: unknown): number {
    runs.count++;
    return Number(typeof one === "number" ? one : 0) + Number(typeof other === "number" ? other : 0);
  }

  fail(why: unknown): never {
    runs.count++;
    throw Object.assign(new TypeError("it failed", { cause: why }), { why, code: "E_FUZZ" });
  }

  throwIt(value: unknown): never {
    runs.count++;
    // oxlint-disable-next-line typescript/only-throw-error -- what a handler throws may be anything
    throw value;
  }

  async wait(): Promise<string> {
    runs.count++;
    const { signal } = callContext();
    if (!signal.aborted) await new Promise((resolve) => void signal.addEventListener("abort", resolve, { once: true }));
    return "aborted";
  }

  make(): Toy {
    runs.count++;
    return new Toy();
  }

  async *count(to: unknown): AsyncGenerator<number> {
    runs.count++;
    const last = typeof to === "number" && to < MAX_ITEMS ? to : MAX_ITEMS;
    for (let item = 0; item < last; item++) yield item;
  }

  async consume(items: unknown): Promise<number> {
    runs.count++;
    if (typeof items !== "object" || items === null || !(Symbol.asyncIterator in items)) return -1;
    let count = 0;
    for await (const item of items as AsyncIterable<unknown>) {
      this.#kept = item;
      if (++count >= MAX_ITEMS) break;
    }
    return count;
  }

  async callBack(back: unknown, ...args: readonly unknown[]): Promise<unknown> {
    runs.count++;
    return typeof back === "function"
      ? ((await (back as (...given: readonly unknown[]) => unknown)(...args)) as unknown)
      : "no function";
  }

  keep(value: unknown): void {
    runs.count++;
    this.#kept = value;
  }

  kept(): unknown {
    runs.count++;
    return this.#kept;
  }

  sink(): WritableStream<unknown> {
    runs.count++;
    return new WritableStream({ write: (chunk) => void (this.#kept = chunk) });
  }

  source(): ReadableStream<unknown> {
    runs.count++;
    return new ReadableStream({
      start(controller) {
        controller.enqueue(1);
        controller.close();
      },
    });
  }

  signal(): AbortSignal {
    runs.count++;
    return AbortSignal.abort("done");
  }

  back(): (value: unknown) => unknown {
    runs.count++;
    return (value) => (runs.count++, value);
  }

  note(value: unknown): void {
    runs.count++;
    this.#kept = value;
  }

  get level(): unknown {
    runs.count++;
    return this.#level;
  }

  set level(value: unknown) {
    runs.count++;
    this.#level = value;
  }
}
expose(Fuzzed, {
  except: [],
  members: { note: { oneway: true }, level: { writable: true } },
});

/** Names of what may be called, for bodies that get past the door. */
export const MEMBERS: readonly string[] = [
  "echo",
  "add",
  "fail",
  "throwIt",
  "wait",
  "make",
  "count",
  "consume",
  "callBack",
  "keep",
  "kept",
  "sink",
  "source",
  "signal",
  "back",
  "note",
  "level",
  "name",
  "rename",
  "write",
  "close",
  "",
];

export function fuzzedObjects(): Readonly<Record<string, object>> {
  return { fuzzed: new Fuzzed(), greet: (name: unknown) => (runs.count++, `hello ${typeof name}`) };
}
