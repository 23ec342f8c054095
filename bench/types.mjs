// npm run bench:types [-- --rounds 5] [--classes 500]
//
// How long the compilers check a program of many exposed classes with eight members each: connected alone, and with six
// uses of each object. It is compiled against the built declarations, as an application's is. The aims, with the newest
// compiler: below one second connected, below three used.
import { spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { cpus, loadavg, tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { integerOption } from "./integer-option.mjs";
import { programOf } from "./program.mjs";
import { spreadOf } from "./statistics.mjs";

const root = fileURLToPath(new URL("../", import.meta.url));
const { values: options } = parseArgs({ options: { rounds: { type: "string" }, classes: { type: "string" } } });
const rounds = integerOption("rounds", options.rounds ?? "5", 1, 50);
const classes = integerOption("classes", options.classes ?? "500", 1, 5_000);

const compilers = [
  { name: "TypeScript 7", path: join(root, "node_modules/typescript/bin/tsc") },
  { name: "TypeScript 5.9", path: join(root, "node_modules/typescript-5.9/bin/tsc") },
];
const compilerOptions = {
  strict: true,
  exactOptionalPropertyTypes: true,
  noEmit: true,
  skipLibCheck: true,
  target: "es2022",
  lib: ["es2023", "dom", "esnext.disposable"],
  types: [],
  module: "nodenext",
};
const programs = [
  { title: "connected", isUsed: false },
  { title: "six uses each", isUsed: true },
];

/** @param {string} folder @param {boolean} isUsed */
function write(folder, isUsed) {
  mkdirSync(join(folder, "node_modules"), { recursive: true });
  symlinkSync(root, join(folder, "node_modules", "hearthwire"), "junction");
  const files = {
    "package.json": '{ "type": "module" }',
    "tsconfig.json": JSON.stringify({ compilerOptions, include: ["*.ts"] }),
    ...programOf({ classes, isUsed }),
  };
  for (const [name, text] of Object.entries(files)) writeFileSync(join(folder, name), text);
}

/**
 * @param {string} compiler
 * @param {string} folder
 * @returns {{ readonly checkS: number, readonly totalS: number, readonly instantiations: number }}
 */
function compile(compiler, folder) {
  const { status, stdout } = spawnSync(process.execPath, [compiler, "-p", folder, "--extendedDiagnostics"], {
    encoding: "utf8",
  });
  if (status !== 0) throw new Error(`the generated program doesn't compile:\n${stdout.slice(0, 2_000)}`);
  const figure = (/** @type {string} */ name) => Number(new RegExp(`^${name}:\\s+([\\d.]+)`, "m").exec(stdout)?.[1]);
  return { checkS: figure("Check time"), totalS: figure("Total time"), instantiations: figure("Instantiations") };
}

const folder = mkdtempSync(join(tmpdir(), "hearthwire-types-"));
try {
  /** @type {string[]} */
  const rows = [];
  for (const { title, isUsed } of programs) {
    const program = join(folder, title.replaceAll(" ", "-"));
    write(program, isUsed);
    for (const { name, path } of compilers) {
      const runs = Array.from({ length: rounds }, () => compile(path, program));
      const check = spreadOf(runs.map(({ checkS }) => checkS));
      const total = spreadOf(runs.map(({ totalS }) => totalS));
      const spread = `${check.median.toFixed(2)} s (${check.min.toFixed(2)}-${check.max.toFixed(2)})`;
      const instantiations = (runs[0]?.instantiations ?? 0).toLocaleString("en-US");
      rows.push(`| ${title} | ${name} | ${spread} | ${total.median.toFixed(2)} s | ${instantiations} |`);
    }
  }
  const head = [
    "| program | compiler | check time, median (min-max) | total | instantiations |",
    "|---|---|--:|--:|--:|",
  ];
  const load = loadavg()
    .map((value) => value.toFixed(1))
    .join(" ");
  process.stdout.write(`${[...head, ...rows].join("\n")}\n\n`);
  process.stdout.write(
    `${classes} classes, ${rounds} rounds, Node ${process.version}, ${cpus().length} processors, load ${load}\n`,
  );
} finally {
  rmSync(folder, { recursive: true, force: true });
}
