import { type ChildProcess, spawn } from "node:child_process";
import { rmSync } from "node:fs";
import { basename } from "node:path";
import { fileURLToPath } from "node:url";
import { buildSync } from "esbuild";

const root = fileURLToPath(new URL("../../", import.meta.url));

let made = 0;

/**
 * The program as plain JavaScript, beside the dependencies that it imports. Under a loader that compiles as it loads,
 * hashing takes 18 times as long (measured), and the child would not be the one that users have.
 */
function compiled(program: string): string {
  const outfile = `${root}node_modules/.cache/hearthwire/${basename(program, ".ts")}-${process.pid}-${(made += 1)}.mjs`;
  buildSync({
    entryPoints: [program],
    outfile,
    bundle: true,
    packages: "external",
    platform: "node",
    format: "esm",
    target: "node20",
    logLevel: "error",
  });
  return outfile;
}

/** What a child does when it is asked: each takes one argument, and its result is told to the parent. */
export type Orders<O> = { readonly [Name in keyof O]: (order: never) => unknown };

/**
 * A program of the tests in a process of its own that obeys the orders of `obey`; what it prints is kept to the byte. It
 * ends with its parent.
 */
export class ChildProgram<O extends Orders<O>> implements AsyncDisposable {
  readonly #file: string;
  readonly #child: ChildProcess;
  readonly #output: Buffer[] = [];
  readonly #asked = new Map<number, { resolve(answer: unknown): void; reject(error: Error): void }>();
  readonly #over: Promise<void>;
  #asks = 0;
  #isOver = false;

  /** @param program path of a TypeScript file that calls `obey` */
  constructor(program: string) {
    this.#file = compiled(program);
    process.once("exit", this.#removeFile);
    this.#child = spawn(process.execPath, ["--expose-gc", this.#file], {
      cwd: root,
      env: { PATH: process.env["PATH"] },
      stdio: ["ignore", "pipe", "pipe", "ipc"],
      // Keeps bytes and patterns what they are.
      serialization: "advanced",
    });
    for (const stream of [this.#child.stdout, this.#child.stderr]) {
      stream?.on("data", (chunk: Buffer) => this.#output.push(chunk));
    }
    this.#child.on("message", ({ id, answer, error }: { id: number; answer?: unknown; error?: string }) => {
      const asked = this.#asked.get(id);
      this.#asked.delete(id);
      if (error === undefined) asked?.resolve(answer);
      else asked?.reject(new Error(`the child could not obey: ${error}`));
    });
    this.#over = new Promise((resolve) =>
      this.#child.once("close", (code, signal) => {
        this.#isOver = true;
        const error = new Error(`the child ended with ${signal ?? code}:\n${this.output.toString()}`);
        for (const { reject } of this.#asked.values()) reject(error);
        this.#asked.clear();
        resolve();
      }),
    );
  }

  get isAlive(): boolean {
    return !this.#isOver;
  }

  get pid(): number | undefined {
    return this.#child.pid;
  }

  /** All that it has printed. */
  get output(): Buffer {
    return Buffer.concat(this.#output);
  }

  /**
   * Has an order done and gives its result.
   * @throws {Error} when the process could not, or has ended
   */
  ask<Name extends keyof O & string>(name: Name, order: Parameters<O[Name]>[0]): Promise<Awaited<ReturnType<O[Name]>>> {
    if (this.#isOver) return Promise.reject(new Error(`the child has ended:\n${this.output.toString()}`));
    return new Promise((resolve, reject) => {
      const id = ++this.#asks;
      this.#asked.set(id, { resolve: resolve as (answer: unknown) => void, reject });
      // A process that is about to end is told of by its end, with what it printed.
      this.#child.send({ id, name, order }, () => {});
    });
  }

  /** Resolves when the process is gone. */
  async kill(): Promise<void> {
    this.#child.kill("SIGKILL");
    await this.#over;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.kill();
    process.off("exit", this.#removeFile);
    this.#removeFile();
  }

  readonly #removeFile = (): void => rmSync(this.#file, { force: true });
}
