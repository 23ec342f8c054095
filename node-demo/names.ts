import { serveNames } from "hearthwire/node";

/** The name server of the third steps, on the port in the first argument; `hearthwire names serve` is the same. */
const daemon = await serveNames({ port: Number(process.argv[2] ?? 7765) });
console.log(`Serving ${daemon.url("names")}`);
