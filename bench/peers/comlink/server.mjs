// Comlink speaks over a MessagePort, which crosses no process: the client starts the worker that serves it.
/** @returns {Promise<import("../peer.js").ServerFacts>} */
export async function startServer() {
  return { port: 0 };
}
