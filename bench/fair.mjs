// npm run bench:fair [-- --mebibytes 100]
//
// How long small calls take while the same session carries a large transfer, against the same calls alone: latencies of
// one run, in turns, each small call made when the one before was answered. A server process of its own.
import { fork } from "node:child_process";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { connect, connectionOf, expose, Key, KeyRing, serve } from "./hearthwire.mjs";
import { integerOption } from "./integer-option.mjs";

const { values: options } = parseArgs({
  options: { mebibytes: { type: "string", default: "100" }, serve: { type: "boolean" } },
});
const MEBIBYTE = 1024 * 1024;
const CHUNK_BYTES = 64 * 1024;
const LARGE_BYTES = 10 * MEBIBYTE;
const TOTAL_BYTES = integerOption("mebibytes", options.mebibytes, 1, 10_000) * MEBIBYTE;
const KEY_ID = "bench";

class Store {
  /** @param {number} a @param {number} b */
  add(a, b) {
    return a + b;
  }

  /** @param {number} total */
  async *download(total) {
    const chunk = new Uint8Array(CHUNK_BYTES);
    for (let sent = 0; sent < total; sent += CHUNK_BYTES) yield chunk;
  }

  /** @param {AsyncIterable<Uint8Array>} chunks */
  async upload(chunks) {
    let bytes = 0;
    for await (const chunk of chunks) bytes += chunk.length;
    return bytes;
  }

  /** @param {Uint8Array} bytes */
  put(bytes) {
    return bytes.length;
  }

  /** @param {number} bytes */
  get(bytes) {
    return new Uint8Array(bytes);
  }
}
expose(Store, ["add", "download", "upload", "put", "get"]);

if (options.serve === true) {
  const key = Key.generate({ id: KEY_ID });
  const daemon = await serve(
    { store: new Store(), other: new Store() },
    { keys: new KeyRing([key]), limits: { maxFrameBytes: 2 * MEBIBYTE } },
  );
  process.send?.({ url: daemon.url("store"), secret: Buffer.from(key.export()).toString("base64url") });
  process.on("disconnect", () => process.exit(0));
} else await measure();

async function measure() {
  const child = fork(fileURLToPath(import.meta.url), ["--serve"], { stdio: "inherit" });
  const { url, secret } = await new Promise((resolve) => child.once("message", resolve));
  const key = Key.from(secret, { id: KEY_ID });
  /** @type {import("hearthwire/node").Remote<Store>} */
  const store = await connect(url, { key, isolated: true, timeoutMs: 0 });
  /** @type {import("hearthwire/node").Remote<Store>} */
  const other = connectionOf(store).object("other");

  const transfers = {
    "download by stream": async () => {
      let bytes = 0;
      for await (const chunk of store.download(TOTAL_BYTES)) bytes += chunk.length;
      return bytes;
    },
    "upload by stream": () => store.upload(chunks(TOTAL_BYTES)),
    "calls with 10 MiB": async () => {
      let bytes = 0;
      const large = new Uint8Array(LARGE_BYTES);
      while (bytes < TOTAL_BYTES) bytes += await store.put(large.subarray(0, TOTAL_BYTES - bytes));
      return bytes;
    },
    "results of 10 MiB": async () => {
      let bytes = 0;
      while (bytes < TOTAL_BYTES) bytes += (await store.get(Math.min(LARGE_BYTES, TOTAL_BYTES - bytes))).length;
      return bytes;
    },
  };
  await latencies(other, until(Promise.resolve(), 5_000));
  for (const [name, transfer] of Object.entries(transfers)) {
    const before = await latencies(other, until(Promise.resolve(), 2_000));
    const startedMs = performance.now();
    const done = transfer();
    const during = await latencies(other, until(done, 20));
    if ((await done) !== TOTAL_BYTES) throw new Error(`${name}: bytes were lost`);
    const seconds = (performance.now() - startedMs) / 1000;
    const after = await latencies(other, until(Promise.resolve(), 2_000));
    const alone = [...before, ...after].sort((a, b) => a - b);
    during.sort((a, b) => a - b);
    const show = (/** @type {number} */ share) => {
      const [a, b] = [at(alone, share), at(during, share)];
      return `${a.toFixed(3)} -> ${b.toFixed(3)} ms (x${(b / a).toFixed(2)})`;
    };
    console.log(
      `${name}: ${(TOTAL_BYTES / MEBIBYTE / seconds).toFixed(0)} MiB/s, ${during.length} calls meanwhile; p50 ${show(0.5)}, p90 ${show(0.9)}, p99 ${show(0.99)}`,
    );
  }
  await connectionOf(store).close();
  child.disconnect();
}

/** @param {number} total */
async function* chunks(total) {
  const chunk = new Uint8Array(CHUNK_BYTES);
  for (let sent = 0; sent < total; sent += CHUNK_BYTES) yield chunk;
}

/** @param {readonly number[]} sorted @param {number} share */
function at(sorted, share) {
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? NaN;
}

/** Whether to go on: so many calls at least, and until something is done. @param {Promise<unknown>} done @param {number} least */
function until(done, least) {
  let isDone = false;
  void done.finally(() => (isDone = true));
  return (/** @type {number} */ count) => count < least || !isDone;
}

/** @param {import("hearthwire/node").Remote<Store>} store @param {(count: number) => boolean} goesOn */
async function latencies(store, goesOn) {
  const measured = [];
  while (goesOn(measured.length)) {
    const startedMs = performance.now();
    await store.add(1, 2);
    measured.push(performance.now() - startedMs);
  }
  return measured;
}
