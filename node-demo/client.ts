import { readFile } from "node:fs/promises";
import path from "node:path";
import { connect, release } from "hearthwire/node";
import { ProgressBar } from "./progress-bar.js";
import type { SourceCounter } from "./source-counter.js";
import { sourceFiles } from "./source-files.js";
import { formatTable } from "./table.js";

const IN_FLIGHT = 16;

/** Sends the source files below this folder to the daemon at this address, or the first argument. */
const address = process.argv[2] ?? "ws://127.0.0.1:7766/counter";
const root = process.cwd();

try {
  // A program that ends has nobody to share the socket with.
  const counter = await connect<SourceCounter>(address, { lingerMs: 0 });
  const files = await sourceFiles(root);
  const bar = new ProgressBar("Sending source files", { total: files.length, terminal: process.stdout });
  let next = 0;
  const sendOneAfterAnother = async (): Promise<void> => {
    for (let file = files[next++]; file !== undefined; file = files[next++]) {
      await counter.count({ path: path.relative(root, file), text: await readFile(file, "utf8") });
      bar.advance();
    }
  };
  await Promise.all(Array.from({ length: IN_FLIGHT }, sendOneAfterAnother));
  bar.finish();
  console.log(formatTable(["language", "files", "lines", "words"], await counter.totals()));
  release(counter);
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  process.exit(1);
}
