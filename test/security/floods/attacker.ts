// A child of run.ts that does one group of floods: attacks from its first order until it is ended, and tells how often when it is asked.
import { setPriority } from "node:os";
import { Attack, type Victim } from "./attack.js";
import { FLOODS } from "./floods.js";

/** The machine's cores belong to the daemon and its canary first; what is left is for the attack. */
const LOWEST_PRIORITY = 19;
/** Attacks of one kind begin one after the other, and one that fails is not tried again at once. */
const PAUSE_MS = 20;

setPriority(LOWEST_PRIORITY);
const group = process.argv[2];
let attacks: { readonly index: number; readonly attack: Attack }[] = [];
let failures = 0;

async function again(attack: Attack, round: (attack: Attack) => Promise<void>): Promise<never> {
  for (;;) {
    try {
      await round(attack);
      attack.rounds++;
    } catch {
      // The daemon hangs up in the middle of what an attack does: that is what it should do.
      failures++;
      await attack.pause(PAUSE_MS);
    }
  }
}

// What a line that was cut off has still to say of it is of no interest here.
process.on("uncaughtException", () => void failures++);
process.on("unhandledRejection", () => void failures++);
process.on("disconnect", () => process.exit(0));
process.on("message", (order: Victim | "report") => {
  if (order === "report") {
    process.send?.({
      floods: attacks.map(({ index, attack: { rounds, connections, bytes } }) => ({
        index,
        rounds,
        connections,
        bytes,
      })),
      failures,
    });
    return;
  }
  attacks = FLOODS.map((_, index) => ({ index, attack: new Attack(order) })).filter(
    ({ index }) => FLOODS[index]!.group === group,
  );
  for (const { index, attack } of attacks) {
    const { side, round } = FLOODS[index]!;
    for (let count = 0; count < side; count++) setTimeout(() => void again(attack, round), count * PAUSE_MS);
  }
});
process.send?.("ready");
