// A daemon with rules, a hook and an audit trail, to be attacked.
import { Attackable } from "./attackable.js";
import { beAttacked } from "./be-attacked.js";

/** Older lines are forgotten: a long trail shall not look like a leak. */
const MAX_LINES = 200;

const lines: string[] = [];
const trail = { lines: () => lines.splice(0) };
const vault = { open: () => "gold" };

beAttacked(
  { target: new Attackable(), trail, vault },
  {
    authorize: async ({ principal, object, member }) => {
      await Promise.resolve();
      return principal.id === "key:ann" || (object !== "vault" && member !== "increment");
    },
    onHandshake: ({ data }) => {
      if (data !== undefined) throw new Error(`no entry for ${String(data)}`);
    },
    audit: (line) => {
      lines.push(line);
      if (lines.length > MAX_LINES) lines.shift();
      process.stdout.write(`${line}\n`);
    },
  },
);
