import { expose } from "hearthwire";
import { Warehouse } from "./warehouse.js";

/** All that others need to call it: the class stays as it was. */
expose(Warehouse, ["list", "take", "store"]);

export { Warehouse };
