#!/usr/bin/env node
import { ProcessIo } from "./process-io.js";
import { run } from "./run.js";

/** What may take up the process beyond its command, in ms: a module that was served and has timers of its own. */
const PATIENCE_MS = 1_000;

void main();

async function main(): Promise<void> {
  const io = new ProcessIo();
  const code = await run(io, { args: process.argv.slice(2), use: io.use });
  process.exitCode = code;
  io.close();
  setTimeout(() => process.exit(code), PATIENCE_MS).unref();
}
