import { obey } from "./obey.mjs";

/**
 * Lets a page do what its driver tells it over a socket.
 *
 * @param {import("./peers/peer.js").PeerClient["connect"]} connect
 */
export function beDriven(connect) {
  const driver = new WebSocket(`ws://${location.host}/`);
  /** @type {((times: import("./meter.mjs").ProcessorTimes) => void) | undefined} */
  let onTimes;
  const readTimes = () =>
    new Promise((/** @type {(times: import("./meter.mjs").ProcessorTimes) => void} */ resolve) => {
      onTimes = resolve;
      driver.send('{"kind":"times"}');
    });
  const serverMemory = async () => 0;
  driver.onmessage = async ({ data }) => {
    const message = JSON.parse(data);
    if (message.work === undefined) return onTimes?.(message);
    try {
      const result = await obey(message, { connect, readTimes, serverMemory });
      driver.send(JSON.stringify({ kind: "done", result }));
    } catch (error) {
      const reason = error instanceof Error ? error.stack : String(error);
      driver.send(JSON.stringify({ kind: "failed", reason }));
    }
  };
}
