import { serve } from "hearthwire/node";
import { SourceCounter } from "./source-counter.js";

/** The port that client.ts dials when it is given no address; 0 takes any that is free. */
const port = Number(process.argv[2] ?? 7766);

const daemon = await serve({ counter: SourceCounter }, { port });
console.log(`Serving ${daemon.url("counter")}`);

for (const signal of ["SIGINT", "SIGTERM"] as const) process.once(signal, () => void daemon.close());
