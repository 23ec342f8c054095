import { callContext } from "../objects/call-context.js";
import { expose } from "../objects/expose.js";

/** The longest that `slow` waits, in ms. */
const MAX_SLOW_MS = 60_000;
const MAX_ITEMS = 1_000_000;

/**
 * What a client is tried out with: values there and back, errors, slow calls, streams, callbacks. It keeps nothing of what
 * it is sent, and nobody can end the daemon by it.
 */
class EchoObject {
  #calls = 0;

  /** Gives its argument back. */
  echo(value: unknown): unknown {
    this.#calls++;
    return value;
  }

  /** Throws an error of that text, with a code and a field. */
  error(message = "as was asked for"): never {
    this.#calls++;
    throw Object.assign(new RangeError(message), { code: "E_ECHO", asked: true });
  }

  /** Answers after so many ms, at most a minute; giving the call up ends it. */
  async slow(ms = 5_000): Promise<string> {
    this.#calls++;
    const waitMs = within(ms, { name: "ms", most: MAX_SLOW_MS });
    const { signal } = callContext();
    await new Promise<void>((resolve, reject) => {
      const timer = setTimeout(resolve, waitMs);
      signal.addEventListener("abort", () => {
        clearTimeout(timer);
        reject(signal.reason as Error);
      });
    });
    return `after ${waitMs} ms`;
  }

  /** The numbers from 0 on, below `count`. */
  async *generator(count = 10): AsyncGenerator<number, void> {
    this.#calls++;
    const end = within(count, { name: "count", most: MAX_ITEMS });
    for (let item = 0; item < end; item++) yield item;
  }

  /** Takes a value, and answers nothing. */
  oneway(_value?: unknown): void {
    this.#calls++;
  }

  /** Calls a function of the caller's, and gives its result. */
  callback(call: (value: unknown) => unknown, value?: unknown): unknown {
    this.#calls++;
    if (typeof call !== "function") throw new TypeError('"call" must be a function');
    return call(value);
  }

  /** Numbers that JSON has no word for. */
  numbers(): readonly number[] {
    this.#calls++;
    return [Number.NaN, Number.POSITIVE_INFINITY, -0];
  }

  /** How many calls came before this one. */
  count(): number {
    return this.#calls++;
  }
}

/** An echo object, exposed. */
export function echoObject(): object {
  expose(EchoObject, {
    only: ["echo", "error", "slow", "generator", "oneway", "callback", "numbers", "count"],
    members: { oneway: { oneway: true }, echo: { idempotent: true } },
  });
  return new EchoObject();
}

function within(value: number, { name, most }: { readonly name: string; readonly most: number }): number {
  if (Number.isInteger(value) && value >= 0 && value <= most) return value;
  throw new RangeError(`"${name}" must be an integer 0..${most}`);
}
