// A daemon to be attacked, in a process of its own: attacked-daemon.ts starts it.
import { beAttacked } from "./be-attacked.js";
import { Attackable } from "./attackable.js";

beAttacked({ target: new Attackable() });
