import { spawn, spawnSync } from "node:child_process";
import { availableParallelism } from "node:os";
import { fileURLToPath } from "node:url";

const script = fileURLToPath(new URL("./process.mjs", import.meta.url));
/** Longer than any measurement; a hanging peer ends the wait and not the run. */
const ANSWER_LIMIT_MS = 30_000;
const SERVER_CPU = 0;
const CLIENT_CPU = 1;

/** Whether each process can be kept on a processor of its own, which takes away most of the noise. */
export const isPinned = availableParallelism() > 1 && spawnSync("taskset", ["--version"]).status === 0;

/**
 * @typedef {{ readonly rate?: number, readonly error?: string, readonly server?: import("./peers/peer.js").ServerFacts }} Answer
 */

class Child {
  #process;
  #errors = "";

  /**
   * @param {"server" | "client"} role
   * @param {string} peer
   */
  constructor(role, peer) {
    const command = [process.execPath, script, role, peer];
    const cpu = role === "server" ? SERVER_CPU : CLIENT_CPU;
    const [file = "", ...args] = isPinned ? ["taskset", "-c", String(cpu), ...command] : command;
    // A plain `npm install ws` brings no bufferutil: nobody gets it here either.
    const env = { ...process.env, WS_NO_BUFFER_UTIL: "1" };
    this.#process = spawn(file, args, { env, stdio: ["ignore", "inherit", "pipe", "ipc"] });
    this.#process.stderr?.on("data", (text) => (this.#errors = `${this.#errors}${text}`.slice(-4000)));
  }

  /**
   * The child's next message.
   *
   * @param {object} [order]
   * @returns {Promise<Answer>}
   */
  async ask(order) {
    const child = this.#process;
    return await new Promise((resolve, reject) => {
      const timer = setTimeout(
        () => settle(() => reject(new Error(`no answer in ${ANSWER_LIMIT_MS} ms\n${this.#errors}`))),
        ANSWER_LIMIT_MS,
      );
      /** @param {Answer} message */
      const onMessage = (message) => settle(() => resolve(message));
      const onExit = () => settle(() => reject(new Error(`the process ended\n${this.#errors}`)));
      /** @param {() => void} end */
      const settle = (end) => {
        clearTimeout(timer);
        child.off("message", onMessage).off("exit", onExit);
        end();
      };
      child.on("message", onMessage).on("exit", onExit);
      if (order !== undefined) child.send(order);
    });
  }

  async end() {
    const child = this.#process;
    if (child.exitCode !== null || child.signalCode !== null) return;
    await new Promise((resolve) => {
      child.on("exit", resolve);
      child.kill("SIGKILL");
    });
  }
}

/**
 * Does one piece of work between a fresh server and a fresh client.
 *
 * @param {string} peer
 * @param {string} work name of a workload, or `check`
 * @param {import("./workloads.mjs").Effort} effort
 * @returns {Promise<number>} the rate
 * @throws {Error} when the peer failed or hung
 */
export async function runPair(peer, work, effort) {
  const server = new Child("server", peer);
  const client = new Child("client", peer);
  try {
    const [{ server: facts }] = await Promise.all([server.ask(), client.ask()]);
    const { rate, error } = await client.ask({ work, server: facts, effort });
    if (rate === undefined) throw new Error(error);
    return rate;
  } finally {
    await Promise.all([server.end(), client.end()]);
  }
}
