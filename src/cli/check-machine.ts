import { once } from "node:events";
import { createServer } from "node:net";
import { createRequire } from "node:module";
import { LOOPBACK_ADDRESS } from "../node/loopback.js";
import type { Finding } from "./finding.js";

/** The oldest Node that the package runs on, as its package.json has it. */
const LEAST_NODE = [20, 19] as const;

/** Whether this Node is new enough. */
export function checkNode(version: string = process.versions.node): Finding {
  const [major = 0, minor = 0] = version.split(".").map(Number);
  const isEnough = major > LEAST_NODE[0] || (major === LEAST_NODE[0] && minor >= LEAST_NODE[1]);
  if (isEnough) return { check: "node", level: "ok", says: `Node ${version}` };
  const remedy = `install Node ${LEAST_NODE.join(".")} or later`;
  return { check: "node", level: "fail", says: `Node ${version} is too old`, remedy };
}

/** Whether SQLite is there, which keeps names in a file; without it they are kept in memory. */
export function checkSqlite(load: (name: string) => unknown = createRequire(import.meta.url)): Finding {
  try {
    load("libsql");
    return { check: "libsql", level: "ok", says: "libsql is there: a name server can keep its names in a file" };
  } catch (error) {
    const isMissing = (error as NodeJS.ErrnoException).code === "MODULE_NOT_FOUND";
    return {
      check: "libsql",
      level: "warn",
      says: isMissing
        ? "libsql is not installed: names are kept in memory alone"
        : "libsql can't be loaded on this machine",
      remedy: isMissing
        ? "npm install libsql, if names are to be kept in a file"
        : "npm install libsql again, for this platform",
    };
  }
}

/** Whether a daemon could listen on a port of this machine's loopback. */
export async function checkPort(port: number, use: string): Promise<Finding> {
  const check = `port ${port}`;
  const server = createServer().listen({ port, host: LOOPBACK_ADDRESS });
  try {
    await once(server, "listening");
    return { check, level: "ok", says: `${LOOPBACK_ADDRESS}:${port} is free for ${use}` };
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === "EADDRINUSE")
      return {
        check,
        level: "warn",
        says: `somebody listens on ${LOOPBACK_ADDRESS}:${port} already`,
        remedy: `if it is not ${use}, end it or choose another port`,
      };
    const remedy = "choose a port from 1024 on";
    return { check, level: "fail", says: `${LOOPBACK_ADDRESS}:${port} can't be listened on (${code})`, remedy };
  } finally {
    server.close();
  }
}
