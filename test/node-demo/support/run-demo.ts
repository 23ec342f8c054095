import { join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { RunningProgram } from "../../support/running-program.js";

const root = fileURLToPath(new URL("../../../", import.meta.url));
const tsx = pathToFileURL(join(root, "node_modules/tsx/dist/loader.mjs")).href;

/** How a program of node-demo/ is run. */
export interface DemoRun {
  readonly args?: readonly string[];
  /** Where its key file is made: never this user's. */
  readonly home: string;
  readonly environment?: NodeJS.ProcessEnv;
  readonly input?: string;
}

/** A program of node-demo/, as the scripts of package.json start it. */
export function runDemo(file: string, { args = [], home, environment, input }: DemoRun): RunningProgram {
  return new RunningProgram(["--import", tsx, `node-demo/${file}`, ...args], {
    cwd: root,
    env: { PATH: process.env["PATH"], HOME: home, XDG_CONFIG_HOME: home, ...environment },
    input,
  });
}
