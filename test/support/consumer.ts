import { spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { inject } from "vitest";
import { linkModule } from "./package-folder.js";

const root = fileURLToPath(new URL("../../", import.meta.url));

/** The compilers that users have: the newest, and the last one written in JavaScript. */
export const compilers = [
  { name: "TypeScript 7", path: join(root, "node_modules/typescript/bin/tsc") },
  { name: "TypeScript 5.9", path: join(root, "node_modules/typescript-5.9/bin/tsc") },
] as const;

/** What a child process wrote and how it ended. */
export interface Outcome {
  readonly status: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** A program of somebody who installed the package: a folder with its own files and the packed `hearthwire`. */
export class Consumer {
  readonly folder: string;

  /**
   * @param files name -> text
   * @param modules what else is installed there, such as `@types/node`
   */
  constructor(files: Readonly<Record<string, string>>, modules: readonly string[] = []) {
    const packageFolder = inject("packageFolder");
    this.folder = mkdtempSync(join(packageFolder, "consumer-"));
    if (modules.length > 0) {
      // Copied by links one by one, or the modules of one consumer would be there for all.
      mkdirSync(join(this.folder, "node_modules"));
      symlinkSync(
        join(packageFolder, "node_modules", "hearthwire"),
        join(this.folder, "node_modules", "hearthwire"),
        "junction",
      );
      for (const name of modules) linkModule(this.folder, name);
    }
    for (const [name, text] of Object.entries(files)) writeFileSync(join(this.folder, name), text);
  }

  /** Runs Node in the folder, with an environment in which nothing of this user's is found. */
  node(args: readonly string[]): Outcome {
    return run(process.execPath, args, this.folder);
  }

  /** Type-checks the folder by its tsconfig.json. */
  compile(compiler: string): Outcome {
    return run(process.execPath, [compiler, "-p", this.folder], this.folder);
  }
}

function run(command: string, args: readonly string[], cwd: string): Outcome {
  const { status, stdout, stderr } = spawnSync(command, args, {
    cwd,
    encoding: "utf8",
    timeout: 60_000,
    env: { PATH: process.env["PATH"], HOME: cwd, XDG_CONFIG_HOME: cwd, SystemRoot: process.env["SystemRoot"] },
  });
  return { status, stdout, stderr };
}
