// npm run bench: hearthwire beside a raw ws echo and other ways to call over a socket. `--help` says with what.
//
// Server and client are processes of their own, pinned to a processor each where taskset is there, fresh for each piece of
// work. Figures are medians over rounds; ratios are of one round.
import { writeFileSync } from "node:fs";
import { cpus, loadavg, release, type } from "node:os";
import { endAll, endChildrenOnSignals } from "./children.mjs";
import { writeDocs } from "./docs.mjs";
import { ensurePeers, versionsOf } from "./installed-peers.mjs";
import { parseOptions, USAGE } from "./options.mjs";
import { isPinned } from "./pair.mjs";
import { reportOf } from "./report.mjs";
import { runRounds } from "./rounds.mjs";

const QUICK = { warmMs: 150, measuredMs: 200, items: 10_000, callsBack: 5_000, sessions: 200, growthPoints: 4 };
const WHOLE = { warmMs: 2000, measuredMs: 1000, items: 100_000, callsBack: 100_000, sessions: 2_000, growthPoints: 99 };

/** @param {string} text */
const say = (text) => void process.stderr.write(text);

/** @param {import("./options.mjs").Options} options */
async function run({ isQuick, rounds, works, peers, out, profiles, isWritten }) {
  ensurePeers(peers, say);
  const load = loadavg()[0] ?? 0;
  const effort = isQuick ? QUICK : WHOLE;
  const samples = await runRounds({ works, peers, rounds, isShared: isQuick, effort, profiles }, { say });
  /** @type {import("./report.mjs").Results} */
  const results = {
    environment: {
      versions: versionsOf(peers),
      node: process.version,
      processor: `${cpus().length} x ${cpus()[0]?.model.trim() ?? "unknown"}`,
      system: `${type()} ${release()}`,
      isPinned,
      load,
      measuredAt: new Date().toISOString(),
    },
    effort,
    rounds,
    peers,
    samples,
  };
  process.stdout.write(`${reportOf(results)}\n`);
  if (out !== undefined) writeFileSync(out, `${JSON.stringify(results, null, 1)}\n`);
  if (samples.some(({ error }) => error !== undefined)) {
    process.exitCode = 1;
    if (isWritten) throw new Error("something failed: nothing was written into the docs");
  }
  if (isWritten) for (const file of writeDocs(results)) say(`wrote ${file}\n`);
}

endChildrenOnSignals();
try {
  const options = parseOptions(process.argv.slice(2));
  if (options.isHelp) process.stdout.write(USAGE);
  else await run(options);
} catch (error) {
  say(`${/** @type {Error} */ (error).message}\n`);
  process.exitCode = 1;
} finally {
  await endAll();
}
