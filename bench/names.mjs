// npm run bench:names [-- --names 100000]
//
// A name server in a process of its own, with a SQLite file, and as many names registered over one session: how long a
// lookup takes against a plain call in the same run, how a listing streams, what memory the names take, how long it takes
// to start again after a kill. Ends with 1 when a target is missed.
import { fork } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { connect, connectionOf, Key, KeyRing, serveNames, sqliteNames } from "./hearthwire.mjs";
import { integerOption } from "./integer-option.mjs";

const { values: options } = parseArgs({
  options: { names: { type: "string", default: "100000" }, serve: { type: "string" }, secret: { type: "string" } },
});
const NAMES = integerOption("names", options.names, 100, 10_000_000);
const MEBIBYTE = 1024 * 1024;
const KEY_ID = "bench";
const IN_FLIGHT = 500;
const ROUNDS = 20;
const CALLS_OF_A_ROUND = 250;
const TARGETS = { lookupRatio: 2, memoryMiB: 100 };

if (options.serve === undefined) await measure();
else await serveFile(options.serve, options.secret ?? "");

/** @param {string} file @param {string} secret */
async function serveFile(file, secret) {
  const startedMs = performance.now();
  const daemon = await serveNames({
    port: 0,
    keys: new KeyRing([Key.from(secret, { id: KEY_ID })]),
    storage: sqliteNames(file),
    nameLimits: { maxRegistrations: 10_000_000, maxRegistrationsPerOwner: 10_000_000 },
  });
  process.send?.({ url: daemon.url("names"), loadMs: performance.now() - startedMs });
  process.on("message", () => {
    // Twice, as what the first one frees may have held more.
    globalThis.gc?.();
    globalThis.gc?.();
    const { heapUsed, external, rss } = process.memoryUsage();
    process.send?.({ heapUsed, external, rss });
  });
}

/** @param {string} file @param {string} secret */
async function start(file, secret) {
  const args = ["--serve", file, "--secret", secret];
  const child = fork(fileURLToPath(import.meta.url), args, { stdio: "inherit", execArgv: ["--expose-gc"] });
  /** @returns {Promise<any>} */
  const told = () => new Promise((resolve) => child.once("message", resolve));
  const { url, loadMs } = await told();
  return {
    url,
    loadMs,
    async memory() {
      const answer = told();
      child.send("memory");
      const { heapUsed, external, rss } = await answer;
      return { usedMiB: (heapUsed + external) / MEBIBYTE, rssMiB: rss / MEBIBYTE };
    },
    /** @returns {Promise<void>} */
    kill: () =>
      new Promise((resolve) => {
        child.once("exit", () => resolve());
        child.kill("SIGKILL");
      }),
  };
}

async function measure() {
  const folder = await mkdtemp(join(tmpdir(), "hearthwire-bench-names-"));
  const file = join(folder, "names.db");
  const key = Key.generate({ id: KEY_ID });
  const secret = Buffer.from(key.export()).toString("base64url");
  try {
    const server = await start(file, secret);
    const empty = await server.memory();
    /** @type {import("hearthwire/node").Remote<import("hearthwire/node").NameServer>} */
    const names = await connect(server.url, { key, isolated: true, timeoutMs: 0 });
    const registeredMs = await timed(() => registerAll(names));
    say("register", `${NAMES} names in ${registeredMs.toFixed(0)} ms, ${perSecond(NAMES, registeredMs)} a second`);

    const held = await server.memory();
    say(
      "memory",
      `${held.usedMiB.toFixed(1)} MiB heap and external, empty ${empty.usedMiB.toFixed(1)} MiB; rss ${held.rssMiB.toFixed(0)} MiB`,
    );
    target(held.usedMiB <= TARGETS.memoryMiB, `memory <= ${TARGETS.memoryMiB} MiB`);

    // One at a time is what a caller sees; many at once, when a call's own share of the line is least, is told for what it is.
    for (const width of [1, 32]) {
      const { plainMs, lookupMs } = await interleaved(names, width);
      const ratio = lookupMs / plainMs;
      say(
        `lookup, ${width} at once`,
        `${lookupMs.toFixed(4)} ms, a plain call ${plainMs.toFixed(4)} ms: x${ratio.toFixed(2)}`,
      );
      if (width === 1) target(ratio <= TARGETS.lookupRatio, `lookup <= ${TARGETS.lookupRatio} x a plain call`);
    }

    const { firstMs, lastMs, count } = await listAll(names);
    say(
      "list of a prefix",
      `first of ${count} after ${firstMs.toFixed(1)} ms, last after ${lastMs.toFixed(0)} ms, ${perSecond(count, lastMs)} a second`,
    );
    target(count === NAMES && firstMs < lastMs / 10, "the first name comes long before the last is sent");

    await server.kill();
    const again = await start(file, secret);
    const loaded = await again.memory();
    say("start after a kill", `${again.loadMs.toFixed(0)} ms until it serves, then ${loaded.usedMiB.toFixed(1)} MiB`);
    target(loaded.usedMiB <= TARGETS.memoryMiB, `memory after a start <= ${TARGETS.memoryMiB} MiB`);
    /** @type {typeof names} */
    const namesAgain = await connect(again.url, { key, isolated: true });
    target((await namesAgain.count()) === NAMES, "every name is there again");
    await again.kill();
    await Promise.allSettled([connectionOf(names).close(), connectionOf(namesAgain).close()]);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** @param {number} index */
function nameOf(index) {
  return `shop/service-${String(index).padStart(7, "0")}`;
}

/** @param {import("hearthwire/node").Remote<import("hearthwire/node").NameServer>} names */
async function registerAll(names) {
  let next = 0;
  const work = async () => {
    while (next < NAMES) {
      const index = next++;
      await names.register(nameOf(index), `ws://10.0.${index % 256}.7:7766/service`, {
        tags: ["eu", `rack-${index % 50}`],
      });
    }
  };
  await Promise.all(Array.from({ length: IN_FLIGHT }, work));
}

/**
 * Mean times of a call, plain calls and lookups in turns, so that a machine that slows down favours neither; the median of
 * the rounds.
 *
 * @param {import("hearthwire/node").Remote<import("hearthwire/node").NameServer>} names
 * @param {number} width calls under way at once
 */
async function interleaved(names, width) {
  const plain = [];
  const lookups = [];
  let index = 0;
  const plainCall = () => names.ping();
  const lookup = async () => {
    const name = nameOf((index = (index + 7_919) % NAMES));
    const [found] = await names.lookup(name);
    if (found?.name !== name) throw new Error(`${name} was not found`);
  };
  for (let round = -2; round < ROUNDS; round += 1) {
    const ofPlain = (await timed(() => calls(plainCall, width))) / CALLS_OF_A_ROUND;
    const ofLookup = (await timed(() => calls(lookup, width))) / CALLS_OF_A_ROUND;
    if (round < 0) continue;
    plain.push(ofPlain);
    lookups.push(ofLookup);
  }
  return { plainMs: median(plain), lookupMs: median(lookups) };
}

/** @param {() => Promise<unknown>} call @param {number} width */
async function calls(call, width) {
  let left = CALLS_OF_A_ROUND;
  const work = async () => {
    while (left-- > 0) await call();
  };
  await Promise.all(Array.from({ length: width }, work));
}

/** @param {import("hearthwire/node").Remote<import("hearthwire/node").NameServer>} names */
async function listAll(names) {
  const startedMs = performance.now();
  let firstMs = NaN;
  let count = 0;
  for await (const _ of names.list({ prefix: "shop/" })) if (count++ === 0) firstMs = performance.now() - startedMs;
  return { firstMs, lastMs: performance.now() - startedMs, count };
}

/** @param {() => Promise<unknown>} work */
async function timed(work) {
  const startedMs = performance.now();
  await work();
  return performance.now() - startedMs;
}

/** @param {readonly number[]} values */
function median(values) {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? NaN;
}

/** @param {number} count @param {number} ms */
function perSecond(count, ms) {
  return Math.round((count / ms) * 1000);
}

/** @param {string} what @param {string} figures */
function say(what, figures) {
  console.log(`${what}: ${figures}`);
}

/** @param {boolean} isMet @param {string} what */
function target(isMet, what) {
  console.log(`  ${isMet ? "met" : "MISSED"}: ${what}`);
  if (!isMet) process.exitCode = 1;
}
