import { copyFile, mkdir, mkdtemp, readdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setImmediate as nextTurn } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { sqliteNames } from "../../src/node/sqlite-names.js";
import { seededRandom } from "../../src/testing/seeded-random.js";
import { RunningProgram } from "../support/running-program.js";
import { bundleProgram } from "./support/bundle-program.js";

const root = fileURLToPath(new URL("../../", import.meta.url));
const KILLS = 100;
/** The file of so many kills is one and the same. */
const KILLS_OF_ONE_FILE = 10;
/** A hundred processes start in it, one after another. */
const LIMIT_MS = 300_000;

let folder: string;
let registeringNames: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "hearthwire-killed-"));
  registeringNames = await bundleProgram("test/node/support/registering-names.ts", folder);
});
afterAll(async () => {
  await rm(folder, { recursive: true, force: true });
});

/** What was acknowledged for a file, by name: the load that was kept last, or 0 when it was removed. */
type Acknowledged = Map<string, number>;

/** Runs the program and kills it at a moment that a seed chooses: while it opens the file, or after some edits. */
async function killed(
  file: string,
  { seed, acknowledged }: { seed: number; acknowledged: Acknowledged },
): Promise<void> {
  const random = seededRandom(seed);
  const edits = random() < 0.2 ? 0 : 1 + Math.floor(random() ** 2 * 4_000);
  const turns = Math.floor(random() * 60);
  await using program = new RunningProgram([registeringNames, file, String(seed)], { cwd: root, env: {} });
  await program.lines(edits === 0 ? 1 : 2 + edits);
  for (let turn = 0; turn < turns; turn += 1) await nextTurn();
  program.signal("SIGKILL");
  expect(await program.status()).toBe("SIGKILL");
  for (const line of program.printed) {
    const [what, name = "", load] = line.split(" ");
    if (what === "kept") acknowledged.set(name, Number(load));
    // From here on it may be there or not.
    if (what === "removing") acknowledged.delete(name);
    if (what === "removed") acknowledged.set(name, 0);
  }
}

/** What a file has; it is a copy that is opened, so that the next process finds what the killed one has left. */
async function keptIn(place: string): Promise<ReadonlyMap<string, number>> {
  const copy = join(place, "copy");
  await rm(copy, { recursive: true, force: true });
  await mkdir(copy);
  for (const name of (await readdir(place)).filter((entry) => /^names\.db(-wal|-journal)?$/.test(entry))) {
    await copyFile(join(place, name), join(copy, name));
  }
  const names = sqliteNames(join(copy, "names.db"));
  const loads = new Map((await names.load()).map(({ name, load }) => [name, load]));
  await names.close();
  return loads;
}

describe("a name server's process that is killed", () => {
  it(`loses nothing that was acknowledged, at ${KILLS} moments`, { timeout: LIMIT_MS }, async () => {
    let edits = 0;
    let place = "";
    let acknowledged: Acknowledged = new Map();
    for (let kill = 0; kill < KILLS; kill += 1) {
      if (kill % KILLS_OF_ONE_FILE === 0) {
        place = await mkdtemp(join(folder, "place-"));
        acknowledged = new Map();
      }
      await killed(join(place, "names.db"), { seed: kill, acknowledged });
      const kept = await keptIn(place);
      // What was asked for later may be there too.
      const lost = [...acknowledged].filter(([name, load]) => {
        const found = kept.get(name) ?? 0;
        return load === 0 ? found !== 0 : found < load;
      });
      expect({ kill, lost }).toEqual({ kill, lost: [] });
      edits += acknowledged.size;
    }
    expect(edits).toBeGreaterThan(10_000);
  });
});
