import { connect } from "hearthwire/node";
import type { Warehouse } from "../warehouse.js";
import { Person } from "../person.js";
import { Questions } from "../questions.js";

/** Step 2: visitors come from another program, to the address in the first argument. */
using warehouse = await connect<Warehouse>(process.argv[2] ?? "ws://127.0.0.1:7766/warehouse", { lingerMs: 0 });
using questions = new Questions();
await new Person("Janet", questions.ask).visit(warehouse);
await new Person("Henry", questions.ask).visit(warehouse);
