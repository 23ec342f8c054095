import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";

setFlagsFromString("--expose-gc");
const collect = runInNewContext("gc") as () => void;

/** Collects garbage until a condition holds; finalizers run between the rounds. Gives up after 20 rounds. */
export async function collectGarbageUntil(isDone: () => boolean): Promise<void> {
  for (let round = 0; round < 20 && !isDone(); round++) {
    // What a WeakRef was asked for lives until the turn is over.
    await new Promise((resolve) => void setTimeout(resolve, 0));
    collect();
  }
}
