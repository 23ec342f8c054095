import { callContext, expose } from "hearthwire";

/** Counts whatever of it is used, so that a test can say that nothing was. */
export class Probe {
  #uses = 0;

  touch(): number {
    return ++this.#uses;
  }

  get uses(): number {
    return ++this.#uses;
  }

  /** Counts too: the first answer after n uses is n + 1. */
  count(): number {
    return ++this.#uses;
  }

  /** Takes bytes and counts. */
  keep(bytes: Uint8Array): number {
    return bytes.length === 0 ? 0 : ++this.#uses;
  }
}
expose(Probe, ["touch", "uses", "count", "keep"]);

/** What a page does with a daemon, each in its simplest form. */
export class Workshop {
  #abortedCalls = 0;
  #endedStreams = 0;

  async *countTo(end: number): AsyncGenerator<number, string, void> {
    try {
      for (let number = 1; number <= end; number++) yield number;
      return "done";
    } finally {
      this.#endedStreams++;
    }
  }

  async forEach(words: readonly string[], listener: (word: string) => string | Promise<string>): Promise<string[]> {
    const answers: string[] = [];
    for (const word of words) answers.push(await listener(word));
    return answers;
  }

  echo(value: unknown): unknown {
    return value;
  }

  /** Reads a file that a page sent, and sends one back. */
  async signed(file: File): Promise<File> {
    const text = `${await file.text()}, signed`;
    return new File([text], `signed-${file.name}`, { type: file.type, lastModified: file.lastModified });
  }

  reversed(bytes: Uint8Array): Uint8Array {
    return bytes.toReversed();
  }

  /** Fails as a program of one's own does. */
  fail(): void {
    throw Object.assign(new RangeError("the shelf is empty", { cause: new Error("nobody filled it") }), {
      code: "E_EMPTY",
      shelf: 7,
    });
  }

  /** Ends when its caller gives up. */
  waitForEver(): Promise<void> {
    const { signal } = callContext();
    return new Promise((resolve) => {
      signal.addEventListener("abort", () => {
        this.#abortedCalls++;
        resolve();
      });
    });
  }

  get abortedCalls(): number {
    return this.#abortedCalls;
  }

  get endedStreams(): number {
    return this.#endedStreams;
  }
}
expose(Workshop, [
  "echo",
  "signed",
  "countTo",
  "forEach",
  "reversed",
  "fail",
  "waitForEver",
  "abortedCalls",
  "endedStreams",
]);

/** What the daemon of page tests serves. */
export interface PageObjects {
  readonly probe: Probe;
  readonly workshop: Workshop;
  readonly daemon: { sessions(): number; renewals(): number };
}
