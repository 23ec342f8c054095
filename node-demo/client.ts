import { readdir, readFile } from "node:fs/promises";
import path from "node:path";
import { connect, release } from "hearthwire/node";
import { ProgressBar } from "./progress-bar.js";
import type { SourceCounter } from "./source-counter.js";
import { formatTable } from "./table.js";

const IN_FLIGHT = 16;
const SKIPPED_FOLDERS = new Set(["node_modules", "dist", "coverage"]);

const address = process.argv[2] ?? "ws://127.0.0.1:7766/counter";
const root = process.cwd();

const counter = await connect<SourceCounter>(address);
const files = await sourceFiles(root);
const bar = new ProgressBar("Sending source files", files.length);
let next = 0;
await Promise.all(
  Array.from({ length: IN_FLIGHT }, async () => {
    for (let file = files[next++]; file !== undefined; file = files[next++]) {
      await counter.count({ path: path.relative(root, file), text: await readFile(file, "utf8") });
      bar.advance();
    }
  }),
);
bar.finish();
const totals = await counter.totals();
console.log(formatTable(["language", "files", "lines", "words"], totals));
release(counter);

/** The text files below a folder; hidden folders and what is built or installed are left out. */
async function sourceFiles(folder: string): Promise<string[]> {
  const found: string[] = [];
  for (const entry of await readdir(folder, { withFileTypes: true })) {
    const whole = path.join(folder, entry.name);
    if (entry.name.startsWith(".") || SKIPPED_FOLDERS.has(entry.name)) continue;
    if (entry.isDirectory()) found.push(...(await sourceFiles(whole)));
    else if (entry.isFile()) found.push(whole);
  }
  return found;
}
