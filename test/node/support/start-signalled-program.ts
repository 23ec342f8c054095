import { buildSync } from "esbuild";
import { fileURLToPath } from "node:url";
import { RunningProgram } from "../../support/running-program.js";
import type { SignalledProgram } from "./signalled-program.js";

const root = fileURLToPath(new URL("../../../", import.meta.url));
const built = new Map<string, string>();

/** The program as plain JavaScript, compiled once: a loader that compiles as it loads takes seconds for each. */
function compiled(name: string): string {
  const known = built.get(name);
  if (known !== undefined) return known;
  const outfile = `${root}node_modules/.cache/hearthwire/${name}-${process.pid}.mjs`;
  buildSync({
    entryPoints: [fileURLToPath(new URL(`${name}.ts`, import.meta.url))],
    outfile,
    bundle: true,
    packages: "external",
    platform: "node",
    format: "esm",
    target: "node20",
    logLevel: "error",
  });
  built.set(name, outfile);
  return outfile;
}

function start(name: string, args: readonly string[]): RunningProgram {
  return new RunningProgram([compiled(name), ...args], { cwd: root, env: { PATH: process.env["PATH"] } });
}

/** Starts a daemon that a test sends signals. */
export function startSignalledProgram(program: SignalledProgram = {}): RunningProgram {
  return start("signalled-program", [JSON.stringify(program)]);
}

/** Starts a client that connects and does nothing more, or has a call that hangs. */
export function startIdleClient(url: string, options: { readonly calls?: boolean } = {}): RunningProgram {
  return start("idle-client", options.calls === true ? [url, "calls"] : [url]);
}
