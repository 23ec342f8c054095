import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { RunningProgram } from "../../support/running-program.js";

/** How long a dev server may take to start on a busy machine. */
export const START_LIMIT_MS = 60_000;

const root = fileURLToPath(new URL("../../../", import.meta.url));

/** What lies in the folder that the demo shares, name -> content. */
export const sharedFiles = {
  "notes.txt": "first line\nsecond line, äöü €\n",
  "page.html": `<b>bold</b><img src="x" onerror="document.title = 'taken over'">\n`,
  "<i>name.txt": "its name is HTML\n",
  // Several pieces of a download, and no text.
  "big.bin": Buffer.from(Uint8Array.from({ length: 1_500_000 }, (_, index) => (index * 31) % 251)),
  "inner/deep.txt": "deep\n",
} as const;

/** `npm run demo` without its build, over a folder made for it; ends with its scope and leaves nothing. */
export class RunningDemo implements AsyncDisposable {
  readonly #folder: string;
  /** The environment of who runs it, and of what else they run. */
  readonly env: NodeJS.ProcessEnv;
  #vite: RunningProgram | undefined;
  #url = "";

  private constructor(folder: string, names: string) {
    this.#folder = folder;
    this.env = {
      PATH: process.env["PATH"],
      HOME: folder,
      XDG_CONFIG_HOME: folder,
      NO_COLOR: "1",
      HEARTHWIRE_DEMO_NAMES: names,
      HEARTHWIRE_DEMO_FOLDER: join(folder, "shared"),
    };
  }

  /** @param names where it looks for a name server. @default where none is, whatever else this machine runs */
  static async start(names = "ws://127.0.0.1:1/names"): Promise<RunningDemo> {
    const demo = new RunningDemo(mkdtempSync(join(tmpdir(), "web-demo-")), names);
    fillFolder(demo.#folder);
    await demo.#run(0);
    return demo;
  }

  /** The printed address, with this run's code. */
  get url(): string {
    return this.#url;
  }

  /** The page without this run's code. */
  get origin(): string {
    return new URL(this.#url).origin;
  }

  /** What its terminal shows. */
  get output(): string {
    return this.#vite?.output ?? "";
  }

  async stop(): Promise<void> {
    await this.#vite?.[Symbol.asyncDispose]();
  }

  /** The same user starts the demo once more, on the same port. */
  async startAgain(): Promise<void> {
    await this.#run(Number(new URL(this.#url).port));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop();
    rmSync(this.#folder, { recursive: true, force: true });
  }

  async #run(port: number): Promise<void> {
    this.#vite = new RunningProgram(
      ["node_modules/vite/bin/vite.js", "web-demo", "--config", "vite.config.ts", "--strictPort", "--port", `${port}`],
      { cwd: root, env: this.env },
    );
    try {
      this.#url = (await this.#vite.line(/hearthwire: (http\S+#code=\S+)/))[1]!;
      // Answered, if only by a refusal, when the daemon's module is loaded; a socket before that is turned away.
      await fetch(new URL("/hearthwire/ticket", this.#url), { method: "POST" });
    } catch (error) {
      await this[Symbol.asyncDispose]();
      throw error;
    }
  }
}

/** A folder to share, and beside it what nobody may see; links lead from the one to the other. */
function fillFolder(folder: string): void {
  const shared = join(folder, "shared");
  mkdirSync(join(shared, "inner"), { recursive: true });
  for (const [name, content] of Object.entries(sharedFiles)) writeFileSync(join(shared, name), content);
  writeFileSync(join(folder, "secret.txt"), "nobody's business");
  symlinkSync(join(folder, "secret.txt"), join(shared, "secret.txt"));
  symlinkSync(folder, join(shared, "way-out"));
  symlinkSync(join(shared, "inner"), join(shared, "way-in"));
}
