import { serve } from "hearthwire/node";
import { SourceCounter } from "./source-counter.js";

/** The port that client.ts dials when it is given no address, or the first argument; 0 takes any that is free. */
const port = Number(process.argv[2] ?? 7766);

try {
  const daemon = await serve({ counter: SourceCounter }, { port });
  console.log(`Serving ${daemon.url("counter")}`);
  for (const signal of ["SIGINT", "SIGTERM"] as const) process.once(signal, () => void daemon.close());
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
}
