import { connect } from "hearthwire/node";
import { Person } from "../person.js";
import { Questions } from "../questions.js";
import type { Warehouse } from "../warehouse.js";

/** Step 3: visitors know a name, and the name server in the first argument where the warehouse is. */
const names = process.argv[2];
using warehouse = await connect<Warehouse>("hearthwire:example.warehouse", { names, lingerMs: 0 });
using questions = new Questions();
await new Person("Janet", questions.ask).visit(warehouse);
await new Person("Henry", questions.ask).visit(warehouse);
