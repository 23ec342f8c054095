import { type ChildProcessWithoutNullStreams, spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { linkModule } from "./package-folder.js";

const root = fileURLToPath(new URL("../../", import.meta.url));

/** How a command line ended. */
export interface CommandOutcome {
  readonly status: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/**
 * A fresh folder in which somebody ran `npm install` of the packed package, and a home of its own. What the package depends
 * on is packed from here too, so that no registry is asked.
 */
export class InstalledCommand implements Disposable {
  readonly folder = mkdtempSync(join(tmpdir(), "hearthwire-installed-"));
  readonly #running = new Set<RunningCommand>();

  constructor(files: Readonly<Record<string, string>> = {}) {
    writeFileSync(join(this.folder, "package.json"), '{ "name": "fresh", "private": true, "type": "module" }\n');
    for (const [name, text] of Object.entries(files)) writeFileSync(join(this.folder, name), text);
    const tarballs = [root, ...this.#dependencies()].map((path) => this.#pack(path));
    const install = ["install", "--offline", "--ignore-scripts", "--no-audit", "--no-fund", ...tarballs];
    const { status, stderr } = this.#npm(install);
    if (status !== 0) throw new Error(`npm install of the packed package failed: ${stderr}`);
  }

  /** Installs optional packages too. */
  link(...names: readonly string[]): void {
    for (const name of names) linkModule(this.folder, name);
  }

  /** Runs a command line to its end. */
  run(
    args: readonly string[],
    options: { readonly input?: string; readonly env?: NodeJS.ProcessEnv } = {},
  ): CommandOutcome {
    const { status, stdout, stderr } = spawnSync(process.execPath, [this.#bin, ...args], {
      cwd: this.folder,
      encoding: "utf8",
      timeout: 30_000,
      input: options.input ?? "",
      env: { ...this.#environment, ...options.env },
    });
    return { status, stdout, stderr };
  }

  /** Runs `npx hearthwire`, as a newcomer does. */
  npx(args: readonly string[]): CommandOutcome {
    const { status, stdout, stderr } = spawnSync("npx", ["--no-install", "hearthwire", ...args], {
      cwd: this.folder,
      encoding: "utf8",
      timeout: 30_000,
      shell: process.platform === "win32",
      env: this.#environment,
    });
    return { status, stdout, stderr };
  }

  /** Starts a command line that goes on until it is told to end. */
  start(args: readonly string[], env: NodeJS.ProcessEnv = {}): RunningCommand {
    const options = { cwd: this.folder, env: { ...this.#environment, ...env } };
    const running = new RunningCommand(spawn(process.execPath, [this.#bin, ...args], options));
    this.#running.add(running);
    return running;
  }

  [Symbol.dispose](): void {
    for (const running of this.#running) running.kill("SIGKILL");
    rmSync(this.folder, { recursive: true, force: true });
  }

  /** The file behind `node_modules/.bin/hearthwire`; run by Node, so that signals reach it on every platform. */
  get #bin(): string {
    return join(this.folder, "node_modules", "hearthwire", "dist", "cli", "main.js");
  }

  get #environment(): NodeJS.ProcessEnv {
    const { folder } = this;
    return { PATH: process.env["PATH"], HOME: folder, APPDATA: folder, SystemRoot: process.env["SystemRoot"] };
  }

  /** Folders of the package's dependencies, and of theirs. */
  #dependencies(): readonly string[] {
    const found = new Set<string>();
    const add = (manifest: string): void => {
      const { dependencies = {} } = JSON.parse(readFileSync(manifest, "utf8")) as { dependencies?: object };
      for (const name of Object.keys(dependencies)) {
        const path = join(root, "node_modules", name);
        if (found.has(path)) continue;
        found.add(path);
        add(join(path, "package.json"));
      }
    };
    add(join(root, "package.json"));
    return [...found];
  }

  #pack(path: string): string {
    const before = new Set(readdirSync(this.folder));
    const { status, stderr } = this.#npm(["pack", path, "--ignore-scripts", "--silent"]);
    const tarball = readdirSync(this.folder).find((name) => !before.has(name));
    if (status !== 0 || tarball === undefined) throw new Error(`npm pack ${path} failed: ${stderr}`);
    return join(this.folder, tarball);
  }

  #npm(args: readonly string[]): CommandOutcome {
    const { status, stdout, stderr } = spawnSync("npm", args, {
      cwd: this.folder,
      encoding: "utf8",
      timeout: 120_000,
      shell: process.platform === "win32",
    });
    return { status, stdout, stderr };
  }
}

/** A command that goes on. */
export class RunningCommand {
  stdout = "";
  stderr = "";
  readonly #child: ChildProcessWithoutNullStreams;
  readonly #exited: Promise<unknown[]>;
  readonly #looks = new Set<() => void>();

  constructor(child: ChildProcessWithoutNullStreams) {
    this.#child = child;
    this.#exited = once(child, "close");
    child.stdout.on("data", (chunk: Buffer) => this.#wrote("stdout", chunk));
    child.stderr.on("data", (chunk: Buffer) => this.#wrote("stderr", chunk));
    void this.#exited.then(() => this.#look());
  }

  /** Resolves with the match once the standard output holds it. @throws Error when the command ends without */
  written(pattern: RegExp): Promise<RegExpMatchArray> {
    return new Promise((resolve, reject) => {
      const look = (): void => {
        const found = this.stdout.match(pattern);
        if (found !== null) resolve(found);
        else if (this.#child.exitCode !== null || this.#child.signalCode !== null)
          reject(new Error(`ended without ${pattern}: ${this.stdout}${this.stderr}`));
        else return;
        this.#looks.delete(look);
      };
      this.#looks.add(look);
      look();
    });
  }

  kill(signal: NodeJS.Signals): void {
    this.#child.kill(signal);
  }

  /** Nobody reads its standard output any more. */
  stopReading(): void {
    this.#child.stdout.destroy();
  }

  /** Resolves with the status that it ended with. */
  async ended(): Promise<CommandOutcome> {
    await this.#exited;
    return { status: this.#child.exitCode, stdout: this.stdout, stderr: this.stderr };
  }

  #wrote(stream: "stdout" | "stderr", chunk: Buffer): void {
    this[stream] += chunk.toString();
    this.#look();
  }

  #look(): void {
    for (const look of this.#looks) look();
  }
}
