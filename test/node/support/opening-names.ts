// node opening-names.mjs FILE USER DAMAGES: opens a file of names and waits to be killed, as a user when one is given; or opens
// so many damaged copies of it.
import { readFileSync, writeFileSync } from "node:fs";
import { sqliteNames } from "../../../src/node/sqlite-names.js";
import { seededRandom } from "../../../src/testing/seeded-random.js";

const [file = "", user = "", damages = "0"] = process.argv.slice(2);
if (user !== "") process.setuid?.(Number(user));

const refusalOf = async (path: string): Promise<string | undefined> => {
  const names = sqliteNames(path);
  try {
    const kept = await names.load();
    if (damages === "0") {
      console.log(`opened ${kept.length}`);
      await new Promise((resolve) => setTimeout(resolve, 2 ** 31 - 1));
    }
    return undefined;
  } catch (error) {
    return (error as Error).message;
  } finally {
    await names.close();
  }
};

if (damages === "0") console.log(`refused ${await refusalOf(file)}`);
else await openDamagedCopies();

async function openDamagedCopies(): Promise<void> {
  const random = seededRandom(17);
  const below = (end: number): number => Math.floor(random() * end);
  const good = readFileSync(file);
  let refused = 0;
  for (let time = 0; time < Number(damages); time += 1) {
    const bad = Buffer.from(good);
    // Every other time where the schema stands.
    const end = time % 2 === 0 ? bad.length : 4096;
    for (let change = below(8); change >= 0; change -= 1) bad[100 + below(end - 100)] = below(256);
    const copy = `${file}.${time}`;
    writeFileSync(copy, bad, { mode: 0o600 });
    if ((await refusalOf(copy)) !== undefined) refused += 1;
  }
  console.log(`survived ${damages}, ${refused} of them refused`);
}
