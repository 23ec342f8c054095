import { serve } from "hearthwire/node";
import { Warehouse } from "../exposed-warehouse.js";

/** Step 3: the warehouse on any free port, registered with the name server in the first argument. */
const server = process.argv[2];
const daemon = await serve({ warehouse: new Warehouse() }, { names: { server, prefix: "example." } });
console.log(`Serving ${daemon.url("warehouse")}`);
