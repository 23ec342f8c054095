// A child of run.mjs: `process.mjs server PEER` or `process.mjs client PEER`. It obeys over IPC and ends with its parent.
import { check, workloads } from "./workloads.mjs";

const [role, peerName] = process.argv.slice(2);
/** @type {import("./peers/peer.js").Peer} */
const peer = await import(`./peers/${peerName}.mjs`);

/** @param {unknown} message */
const answer = (message) => process.send?.(message);

process.on("disconnect", () => process.exit(0));
if (role === "server") answer({ server: await peer.startServer() });
else {
  process.on(
    "message",
    /** @param {{ work: string, server: import("./peers/peer.js").ServerFacts, effort: import("./workloads.mjs").Effort }} order */
    async ({ work, server, effort }) => {
      try {
        const workload = workloads.find(({ name }) => name === work);
        if (workload === undefined) {
          await check(peer, server);
          answer({ rate: 0 });
        } else answer({ rate: await workload.run(peer, server, effort) });
      } catch (error) {
        answer({ error: error instanceof Error ? error.stack : String(error) });
      }
    },
  );
  answer({ isReady: true });
}
