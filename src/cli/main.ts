#!/usr/bin/env node
import { ProcessIo } from "./process-io.js";
import { run } from "./run.js";

void main();

async function main(): Promise<void> {
  const io = new ProcessIo();
  process.exitCode = await run(io, { args: process.argv.slice(2), use: io.use });
  io.close();
}
