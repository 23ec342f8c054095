import { copyFileSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { RunningProgram } from "../support/running-program.js";
import { printedBy, snippetsOf } from "../support/snippets.js";
import { hasNetworks, type Machine, TwoMachines, WITHOUT_NETWORKS } from "../support/two-machines.js";

const root = fileURLToPath(new URL("../../", import.meta.url));
const tsx = pathToFileURL(join(root, "node_modules/tsx/dist/loader.mjs")).href;
const snippets = snippetsOf(readFileSync(join(root, "docs/names.md"), "utf8"));
/** Seven Node processes compile the sources one after the other. */
const LIMIT_MS = 180_000;

let folder: string;
beforeEach(() => void (folder = mkdtempSync(join(tmpdir(), "two-machines-"))));
afterEach(() => rmSync(folder, { recursive: true, force: true }));

/** A folder with the page's programs, as a machine has it. */
function folderOf(name: string): string {
  const path = join(folder, name);
  mkdirSync(path);
  writeFileSync(join(path, "package.json"), '{ "type": "module" }');
  for (const { file, text } of snippets) if (file !== undefined) writeFileSync(join(path, file), text);
  return path;
}

function run(args: readonly string[], { cwd, on }: { readonly cwd: string; readonly on: Machine }): RunningProgram {
  return new RunningProgram(["--import", tsx, ...args], {
    cwd,
    // The sources stand in for the package that the page's reader installed.
    env: { PATH: process.env["PATH"], HOME: cwd, XDG_CONFIG_HOME: cwd, TSX_TSCONFIG_PATH: join(root, "tsconfig.json") },
    within: on.within,
  });
}

/** What the page says that a program prints. */
const shown = (program: string): readonly string[] => printedBy(snippets, `npx tsx ${program}`).map(alike);

/** The warehouse's port is another each time. */
const alike = (line: string): string => line.replace(/:\d+\/warehouse$/, ":0/warehouse");

/** The lines of a block that begins with this one. */
function commands(first: string): readonly string[] {
  return (
    snippets
      .find(({ language, text }) => language === "sh" && text.startsWith(first))
      ?.text.trimEnd()
      .split("\n") ?? []
  );
}

describe.skipIf(!hasNetworks)(`the tutorial of two machines${WITHOUT_NETWORKS}`, () => {
  test(
    "works as it is written, by a name and by discovery, and without the key nobody gets in",
    async () => {
      using machines = new TwoMachines();
      const office = { cwd: folderOf("office"), on: machines.server };
      const laptop = { cwd: folderOf("laptop"), on: machines.client };
      const preparing = commands("npx hearthwire keys new");
      expect(preparing).toHaveLength(3);
      for (const command of preparing) {
        const args = command.replace("npx hearthwire ", "").split(" ");
        await using made = run([join(root, "src/cli/main.ts"), ...args], office);
        expect([await made.exitCode(), made.output]).toEqual([0, expect.any(String)]);
      }
      copyFileSync(join(office.cwd, "team.json"), join(laptop.cwd, "team.json"));
      copyFileSync(join(office.cwd, "certs/ca.pem"), join(laptop.cwd, "ca.pem"));

      await using names = run(["office-names.ts"], office);
      expect(await names.lines(1)).toEqual(shown("office-names.ts"));
      await using warehouse = run(["office-warehouse.ts"], office);
      expect((await warehouse.lines(1)).map(alike)).toEqual(shown("office-warehouse.ts"));
      for (const program of ["laptop.ts", "laptop-discovers.ts"]) {
        await using visit = run([program], laptop);
        const ended = [program, await visit.exitCode(), visit.output.trim().split("\n")];
        expect(ended).toEqual([program, 0, shown(program)]);
      }

      const discovering = commands("npx hearthwire names discover")[0]!.split(" ").slice(2);
      await using discovered = run([join(root, "src/cli/main.ts"), ...discovering], laptop);
      expect([await discovered.exitCode(), discovered.output]).toEqual([
        0,
        expect.stringMatching(/ wss:\/\/192\.168\.1\.5:7765\/names$/m),
      ]);

      // A key of the same name that somebody made up.
      const stranger = { cwd: folderOf("stranger"), on: machines.client };
      copyFileSync(join(laptop.cwd, "ca.pem"), join(stranger.cwd, "ca.pem"));
      await using made = run([join(root, "src/cli/main.ts"), ...preparing[0]!.split(" ").slice(2)], stranger);
      expect(await made.exitCode()).toBe(0);
      await using dialled = run(["laptop.ts"], stranger);
      expect([await dialled.exitCode(), dialled.output]).toEqual([1, expect.stringContaining("HW_REFUSED")]);
      await using searched = run(["laptop-discovers.ts"], stranger);
      expect([await searched.exitCode(), searched.output.trim()]).toEqual([0, ""]);
      await using looked = run([join(root, "src/cli/main.ts"), ...discovering, "--wait", "1s"], stranger);
      expect([await looked.exitCode(), looked.output]).toEqual([1, expect.stringContaining("no name server answered")]);
    },
    LIMIT_MS,
  );
});
