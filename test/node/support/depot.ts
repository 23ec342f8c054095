import { callContext } from "../../../src/objects/call-context.js";
import { expose } from "../../../src/objects/expose.js";

class Counter {
  #count = 0;

  add(): number {
    return (this.#count += 1);
  }
}
expose(Counter, ["add"]);

/** All kinds of traffic, and what came of it. */
export class Depot {
  readonly noted: number[] = [];
  readonly written: number[] = [];
  aborted = 0;

  note(number: number): void {
    this.noted.push(number);
  }

  add(left: number, right: number): number {
    return left + right;
  }

  async *count(to: number): AsyncGenerator<number> {
    for (let number = 1; number <= to; number++) yield number;
  }

  async total(numbers: AsyncIterable<number>): Promise<number> {
    let total = 0;
    for await (const number of numbers) total += number;
    return total;
  }

  async callBack(listener: (number: number) => Promise<void>, times: number): Promise<void> {
    for (let number = 1; number <= times; number++) await listener(number);
  }

  size(bytes: Uint8Array): number {
    return bytes.length;
  }

  counter(): Counter {
    return new Counter();
  }

  mirrored(bytes: Uint8Array): Uint8Array {
    return bytes.toReversed();
  }

  async sizeOf(file: Blob): Promise<number> {
    return (await file.arrayBuffer()).byteLength;
  }

  async writeTo(sink: WritableStream<number>, count: number): Promise<void> {
    const writer = sink.getWriter();
    for (let number = 1; number <= count; number++) await writer.write(number);
    await writer.close();
  }

  untilAborted(): Promise<void> {
    const { signal } = callContext();
    return new Promise((_, reject) =>
      signal.addEventListener("abort", () => {
        this.aborted += 1;
        reject(signal.reason as Error);
      }),
    );
  }
}
expose(Depot, {
  only: [
    "note",
    "add",
    "count",
    "total",
    "callBack",
    "size",
    "counter",
    "mirrored",
    "sizeOf",
    "writeTo",
    "untilAborted",
  ],
  members: { note: { oneway: true } },
});
