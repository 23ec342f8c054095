import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Daemon, expose, keyFile, serve, type ServeOptions } from "hearthwire/node";
import { FakeIo, type FakeWorld, runLine, type Ended } from "./fake-io.js";

/** What there is to call. */
export class Shelf {
  readonly noted: string[] = [];
  /** Resolves when a stream of `ticks` has been ended. */
  readonly ended: Promise<void>;
  /** Resolves when `never` runs. */
  readonly begun: Promise<void>;
  #end: () => void = () => {};
  #begin: () => void = () => {};
  constructor() {
    this.begun = new Promise((resolve) => (this.#begin = resolve));
    this.ended = new Promise((resolve) => (this.#end = resolve));
  }
  get label(): string {
    return "top";
  }
  add(...numbers: number[]): number {
    return numbers.reduce((sum, number) => sum + number, 0);
  }
  echo(value: unknown): unknown {
    return value;
  }
  fail(message: string): never {
    throw Object.assign(new RangeError(message), { code: "E_SHELF" });
  }
  note(text: string): void {
    this.noted.push(text);
  }
  /** Is called, and tells those who wait for that. */
  never(): Promise<void> {
    this.#begin();
    return new Promise(() => {});
  }
  values(): unknown {
    return {
      map: new Map<unknown, unknown>([["candle", 3n]]),
      set: new Set([1]),
      at: new Date(0),
      bytes: new Uint8Array([1, 2]),
      nothing: undefined,
    };
  }
  handed(): () => number {
    return () => 1;
  }
  async *countdown(from: number): AsyncGenerator<unknown> {
    while (from > 0) yield { left: from--, note: "a\nb" };
  }
  /** One item, which Node would show on several lines. */
  loose(): AsyncIterable<unknown> {
    return (async function* () {
      yield { first: "x".repeat(60), second: "y".repeat(60) };
    })();
  }
  async *ticks(): AsyncGenerator<number> {
    try {
      for (let tick = 0; ; tick++) {
        yield tick;
        await new Promise((resolve) => setImmediate(resolve));
      }
    } finally {
      this.#end();
    }
  }
}
expose(Shelf, {
  only: ["note", "add", "echo", "fail", "never", "values", "handed", "countdown", "loose", "ticks", "label"],
  members: { note: { oneway: true }, add: { idempotent: true } },
});

/** A daemon with a shelf, whose keys a command finds by `world.env`. */
export interface CliDepot extends AsyncDisposable {
  readonly daemon: Daemon;
  readonly shelf: Shelf;
  /** Of the shelf. */
  readonly url: string;
  /** Of keys that the daemon accepts. */
  readonly keyFile: string;
  readonly folder: string;
  /** Runs a command line in which the depot's keys are this user's. */
  run(args: readonly string[], world?: FakeWorld): Promise<Ended>;
  /** A world like that, for what goes on until it is interrupted. */
  world(more?: FakeWorld): FakeIo;
}

/** Serves a shelf and a function on a free port, with keys in a folder of its own. */
export async function cliDepot(options: Partial<ServeOptions> = {}): Promise<CliDepot> {
  const folder = await mkdtemp(join(tmpdir(), "hearthwire-cli-"));
  const file = join(folder, "keys.json");
  const shelf = new Shelf();
  const objects = { shelf, double: (number: number) => number * 2 };
  const daemon = await serve(objects, { keys: await keyFile(file), ...options } as ServeOptions);
  const world = (more: FakeWorld = {}): FakeIo =>
    new FakeIo({ ...more, env: { HEARTHWIRE_KEY_FILE: file, ...more.env } });
  return {
    daemon,
    shelf,
    url: daemon.url("shelf"),
    keyFile: file,
    folder,
    world,
    run: (args, more) => runLine(args, world(more)),
    async [Symbol.asyncDispose]() {
      await daemon.close({ graceMs: 0 });
      await rm(folder, { recursive: true });
    },
  };
}
