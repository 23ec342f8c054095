import { Person } from "../person.js";
import { Questions } from "../questions.js";
import { Warehouse } from "../warehouse.js";

/** Step 1: everything in one program, without hearthwire. */
const warehouse = new Warehouse();
using questions = new Questions();
await new Person("Janet", questions.ask).visit(warehouse);
await new Person("Henry", questions.ask).visit(warehouse);
