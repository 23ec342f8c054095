import { serve } from "hearthwire/node";
import { Warehouse } from "../exposed-warehouse.js";

/** Step 2: the warehouse in a program of its own, on the port in the first argument. */
const daemon = await serve({ warehouse: new Warehouse() }, { port: Number(process.argv[2] ?? 7766) });
console.log(`Serving ${daemon.url("warehouse")}`);
