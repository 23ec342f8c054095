import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { freePort } from "./free-port.js";
import { RunningProgram } from "./running-program.js";

const root = new URL("../../", import.meta.url);
const tsx = pathToFileURL(fileURLToPath(new URL("node_modules/tsx/dist/loader.mjs", root))).href;

/**
 * The terminals of a page's reader, all in one folder: what is typed there runs as it is written, but that the name server
 * has another port than 7765, which one of this machine may hold.
 */
export class Terminals {
  /** Of the name server. */
  readonly port: number;
  readonly #folder: string;
  readonly #command: string;

  private constructor(port: number, { folder, command }: { readonly folder: string; readonly command: string }) {
    this.port = port;
    this.#folder = folder;
    this.#command = command;
    // Programs look at the environment when they are told to, so that their text stays the page's.
    const configure = 'import { config } from "hearthwire/node";\nconfig.reset({ environment: true });\n';
    writeFileSync(join(folder, "configure.ts"), configure);
  }

  /** @param reader `command` is the file of `hearthwire`, from the folder */
  static async open(reader: { readonly folder: string; readonly command: string }): Promise<Terminals> {
    return new Terminals(await freePort(), reader);
  }

  /** Runs a line such as `npx tsx shop.ts` or `npx hearthwire names list`; single quotes are the shell's. */
  run(line: string): RunningProgram {
    const [npx, tool, ...args] = (line.match(/'[^']*'|\S+/g) ?? []).map((word) => word.replaceAll("'", ""));
    if (npx !== "npx" || (tool !== "tsx" && tool !== "hearthwire")) throw new Error(`nobody runs ${line}`);
    if (tool === "tsx") return this.#start(["--import", tsx, "--import", "./configure.ts", ...args]);
    const serves = args[0] === "names" && args[1] === "serve";
    return this.#start([this.#command, ...args, ...(serves ? ["--port", `${this.port}`] : [])]);
  }

  #start(args: readonly string[]): RunningProgram {
    const home = { PATH: process.env["PATH"], HOME: this.#folder, XDG_CONFIG_HOME: this.#folder };
    const env = { ...home, HEARTHWIRE_NAMES: `ws://127.0.0.1:${this.port}/names` };
    return new RunningProgram(args, { cwd: this.#folder, env });
  }
}
