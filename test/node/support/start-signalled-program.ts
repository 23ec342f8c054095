import { buildSync } from "esbuild";
import { fileURLToPath } from "node:url";
import { RunningProgram } from "../../support/running-program.js";
import type { SignalledProgram } from "./signalled-program.js";

const root = fileURLToPath(new URL("../../../", import.meta.url));
const outfile = `${root}node_modules/.cache/hearthwire/signalled-program-${process.pid}.mjs`;
let isBuilt = false;

/** Starts the program; compiled once, since a loader that compiles as it loads takes seconds for each. */
export function startSignalledProgram(program: SignalledProgram = {}): RunningProgram {
  if (!isBuilt) {
    buildSync({
      entryPoints: [fileURLToPath(new URL("signalled-program.ts", import.meta.url))],
      outfile,
      bundle: true,
      packages: "external",
      platform: "node",
      format: "esm",
      target: "node20",
      logLevel: "error",
    });
    isBuilt = true;
  }
  return new RunningProgram([outfile, JSON.stringify(program)], { cwd: root, env: { PATH: process.env["PATH"] } });
}
