// A child of pair.mjs: `process.mjs server|client|page PEER ORIGIN PROFILE`. It obeys over IPC and ends with its parent.
import { setTimeout as pause } from "node:timers/promises";
import { MeasuredProfile } from "./measured-profile.mjs";
import { obey } from "./obey.mjs";
import { openPage } from "./page-driver.mjs";

const [role, peerName = "", pageOrigin = "", profilePath = ""] = process.argv.slice(2);
process.on("disconnect", () => process.exit(0));

const profile = profilePath === "" ? undefined : new MeasuredProfile(profilePath);

/** @param {unknown} message */
const tell = (message) => process.send?.(message);

/** @returns {number} seconds */
function ownTime() {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1_000_000;
}

/** A moment for sockets to be done, then twice, as what the first collection frees may have held more. */
async function collectedMemory() {
  await pause(200);
  for (let round = 0; round < 3; round += 1) {
    globalThis.gc?.();
    await pause(30);
  }
  return process.memoryUsage.rss();
}

/** @type {((value: number) => void) | undefined} */
let onAnswer;
/**
 * Asks for what only the server's process knows; its parent passes it on.
 *
 * @param {"time" | "memory"} what
 * @returns {Promise<number>}
 */
const askServer = (what) =>
  new Promise((resolve) => {
    onAnswer = resolve;
    tell({ kind: "ask", what });
  });

async function beServer() {
  /** @type {import("./peers/peer.js").PeerServer} */
  const { startServer } = await import(`./peers/${peerName}/server.mjs`);
  process.on("message", async (/** @type {{ what: "time" | "memory" }} */ { what }) => {
    if (what === "time") await profile?.toggle();
    tell({ kind: "answer", value: what === "time" ? ownTime() : await collectedMemory() });
  });
  tell({ kind: "ready", server: await startServer({ pageOrigin }) });
}

/**
 * @param {(order: import("./obey.mjs").Order) => Promise<unknown>} doWork
 * @param {string} [origin] of the page that does it
 */
function obeyOrders(doWork, origin) {
  process.on(
    "message",
    async (
      /** @type {{ kind: "answer", value: number } | { kind: "run", order: import("./obey.mjs").Order }} */ message,
    ) => {
      if (message.kind === "answer") return onAnswer?.(message.value);
      try {
        tell({ kind: "done", result: await doWork(message.order) });
      } catch (error) {
        tell({ kind: "failed", reason: error instanceof Error ? error.stack : String(error) });
      }
    },
  );
  tell({ kind: "ready", origin });
}

async function beClient() {
  /** @type {import("./peers/peer.js").PeerClient} */
  const { connect } = await import(`./peers/${peerName}/client.mjs`);
  const readTimes = async () => {
    const server = await askServer("time");
    await profile?.toggle();
    return { server, client: ownTime() };
  };
  obeyOrders((order) => obey(order, { connect, readTimes, serverMemory: () => askServer("memory") }));
}

async function bePage() {
  const page = await openPage(peerName, async (browserTime) => ({
    server: await askServer("time"),
    client: await browserTime(),
  }));
  obeyOrders(page.doWork, page.origin);
}

if (role === "server") await beServer();
else if (role === "client") await beClient();
else await bePage();
