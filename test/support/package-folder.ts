import { spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readdirSync, rmSync, symlinkSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import type { TestProject } from "vitest/node";
import { build } from "./build.mjs";

declare module "vitest" {
  interface ProvidedContext {
    /** A folder whose `node_modules/hearthwire` is what `npm install hearthwire` gives, outside of this repository. */
    readonly packageFolder: string;
  }
}

const root = fileURLToPath(new URL("../../", import.meta.url));

/** What the package depends on at run time, and its optional peers; no types of `ws`. */
const dependencies = [
  "@msgpack/msgpack",
  "@noble/hashes",
  "@opentelemetry/api",
  "commander",
  "isomorphic-ws",
  "prom-client",
  "superjson",
  "vite",
  "ws",
];

/** Global setup: builds, packs and unpacks the package once for all tests that look at it as users get it. */
export function setup(project: TestProject): () => void {
  build();
  const folder = mkdtempSync(join(tmpdir(), "hearthwire-package-"));
  const installed = join(folder, "node_modules", "hearthwire");
  mkdirSync(installed, { recursive: true });
  run("npm", ["pack", "--ignore-scripts", "--silent", "--pack-destination", folder], root);
  const tarball = readdirSync(folder).find((name) => name.endsWith(".tgz"));
  if (tarball === undefined) throw new Error(`npm pack left no tarball in ${folder}`);
  run("tar", ["-xzf", join(folder, tarball), "-C", installed, "--strip-components", "1"], folder);
  for (const name of dependencies) linkModule(folder, name);
  project.provide("packageFolder", folder);
  return () => rmSync(folder, { recursive: true, force: true });
}

/** Lets a folder use a module that is installed here. */
export function linkModule(folder: string, name: string): void {
  const link = join(folder, "node_modules", name);
  mkdirSync(dirname(link), { recursive: true });
  symlinkSync(join(root, "node_modules", name), link, "junction");
}

function run(command: string, args: readonly string[], cwd: string): void {
  const { status, stdout, stderr, error } = spawnSync(command, args, {
    cwd,
    encoding: "utf8",
    timeout: 60_000,
    shell: process.platform === "win32",
  });
  if (status !== 0) throw new Error(`${command} ${args.join(" ")} failed: ${error?.message ?? ""}${stdout}${stderr}`);
}
