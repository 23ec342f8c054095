import { spawn, spawnSync } from "node:child_process";
import { availableParallelism } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { adopt, end } from "./children.mjs";
import { peerOf } from "./peers.mjs";

const script = fileURLToPath(new URL("./process.mjs", import.meta.url));
/** Longer than any measurement; a hanging peer ends the wait and not the run. */
const ANSWER_LIMIT_MS = 90_000;
const SERVER_CPU = "0";
const CLIENT_CPU = "1";

/** Whether each process can be kept on a processor of its own, which takes away most of the noise. */
export const isPinned = availableParallelism() > 1 && spawnSync("taskset", ["--version"]).status === 0;

/**
 * @typedef {object} Told
 * @property {"ready" | "ask" | "answer" | "done" | "failed"} kind
 * @property {import("./peers/peer.js").ServerFacts} [server]
 * @property {string} [origin] of a page
 * @property {"time" | "memory"} [what]
 * @property {number} [value]
 * @property {unknown} [result]
 * @property {string} [reason]
 */

/** Where the profiles of both processes go. @typedef {{ readonly folder: string, readonly name: string }} Profile */

class Child {
  #process;
  #errors = "";

  /**
   * @param {"server" | "client" | "page"} role
   * @param {string} peer
   * @param {{ readonly pageOrigin?: string | undefined, readonly profile?: Profile | undefined }} options
   *   `pageOrigin`: whose pages a server lets in
   */
  constructor(role, peer, { pageOrigin = "", profile }) {
    const profilePath = profile === undefined ? "" : join(profile.folder, `${profile.name}-${role}`);
    const command = [process.execPath, "--expose-gc", script, role, peer, pageOrigin, profilePath];
    const cpus = peerOf(peer).isOneProcess === true ? `${SERVER_CPU},${CLIENT_CPU}` : CLIENT_CPU;
    const cpu = role === "server" ? SERVER_CPU : cpus;
    const [file = "", ...args] = isPinned ? ["taskset", "-c", cpu, ...command] : command;
    // A plain `npm install ws` brings no bufferutil: nobody gets it here either.
    const env = { ...process.env, WS_NO_BUFFER_UTIL: "1" };
    this.#process = spawn(file, args, { env, stdio: ["ignore", "ignore", "pipe", "ipc"] });
    adopt(this.#process);
    this.#process.stderr?.on("data", (text) => (this.#errors = `${this.#errors}${text}`.slice(-4000)));
  }

  /** @param {object} message */
  tell(message) {
    // A child that ended takes no message; that it ended is what `next` says.
    if (this.#process.connected) this.#process.send(message, () => {});
  }

  /**
   * The child's next message.
   *
   * @returns {Promise<Told>}
   */
  async next() {
    const child = this.#process;
    return await new Promise((resolve, reject) => {
      const timer = setTimeout(
        () => settle(() => reject(new Error(`no answer in ${ANSWER_LIMIT_MS} ms\n${this.#errors}`))),
        ANSWER_LIMIT_MS,
      );
      /** @param {Told} message */
      const onMessage = (message) => settle(() => resolve(message));
      const onExit = () => settle(() => reject(new Error(`the process ended\n${this.#errors}`)));
      /** @param {Error} error */
      const onError = (error) => settle(() => reject(error));
      /** @param {() => void} then */
      const settle = (then) => {
        clearTimeout(timer);
        child.off("message", onMessage).off("exit", onExit).off("error", onError);
        then();
      };
      if (child.exitCode !== null || child.signalCode !== null) return onExit();
      child.on("message", onMessage).on("exit", onExit).on("error", onError);
    });
  }

  end() {
    return end(this.#process);
  }
}

/** A fresh server and a fresh client, a process or a page, of one peer. */
export class Pair {
  #peer;
  #profile;
  #client;
  /** @type {Child | undefined} */
  #server;
  /** @type {import("./peers/peer.js").ServerFacts} */
  #facts = { port: 0 };

  /**
   * @param {string} peer
   * @param {{ readonly role: "client" | "page", readonly profile?: Profile | undefined }} options
   */
  constructor(peer, { role, profile }) {
    this.#peer = peer;
    this.#profile = profile;
    this.#client = new Child(role, peer, { profile });
  }

  /** @throws {Error} when one of both doesn't start */
  async begin() {
    // One after the other: the server has to know where the page comes from.
    const { origin } = await this.#client.next();
    this.#server = new Child("server", this.#peer, { pageOrigin: origin, profile: this.#profile });
    const { server } = await this.#server.next();
    if (server === undefined) throw new Error("the server said nothing of itself");
    this.#facts = server;
  }

  /**
   * @param {string} work name of a workload or a growth, or `check`
   * @param {import("./workloads.mjs").Effort} effort
   * @returns {Promise<unknown>} what `obey` gave
   * @throws {Error} when the peer failed or hung
   */
  async run(work, effort) {
    this.#client.tell({ kind: "run", order: { work, server: this.#facts, effort } });
    for (;;) {
      const { kind, what, result, reason } = await this.#client.next();
      if (kind === "done") return result;
      if (kind === "failed") throw new Error(reason);
      if (this.#server === undefined) throw new Error("the pair has not begun");
      this.#server.tell({ what });
      this.#client.tell(await this.#server.next());
    }
  }

  async end() {
    await Promise.all([this.#client.end(), this.#server?.end()]);
  }
}
