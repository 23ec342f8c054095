// node registering-names.mjs FILE SEED: registers, renews and removes names in a file until it is killed, and writes each
// edit that was acknowledged, and which removals it has asked for.
import { writeSync } from "node:fs";
import { sqliteNames } from "../../../src/node/sqlite-names.js";
import { seededRandom } from "../../../src/testing/seeded-random.js";

const [file = "", seed = "0"] = process.argv.slice(2);
const random = seededRandom(Number(seed));
const below = (end: number): number => Math.floor(random() * end);
/** Not console.log, of which a kill loses what is not written yet. */
const say = (line: string): number => writeSync(1, `${line}\n`);

const WRITERS = 8;
const BURST = 1_200;

say("opening");
const names = sqliteNames(file);
const kept = new Map((await names.load()).map((one) => [one.name, one]));
say("opened");

const address = "ws://127.0.0.1:4000/o";
async function put(name: string): Promise<void> {
  const load = (kept.get(name)?.load ?? 0) + 1;
  const one = { name, address, tags: ["a"], owner: "ann", load, leaseEndsAtMs: undefined };
  kept.set(name, one);
  await names.put(one);
  say(`kept ${name} ${load}`);
}

/** Each has names of its own, so that its edits of one follow each other. */
async function write(writer: number): Promise<never> {
  for (let time = 0; ; time += 1) {
    await put(`w${writer}/${below(20)}`);
    const brief = `w${writer}/${seed}/brief${time}`;
    await put(brief);
    say(`removing ${brief}`);
    await names.delete({ name: brief, address });
    say(`removed ${brief}`);
  }
}

async function burst(): Promise<never> {
  for (;;) await Promise.all(Array.from({ length: BURST }, (_, i) => put(`burst/${i}`)));
}

await Promise.all([burst(), ...Array.from({ length: WRITERS }, (_, writer) => write(writer))]);
