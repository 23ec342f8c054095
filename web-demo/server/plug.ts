import type { Duplex } from "node:stream";
import type { Plugin } from "vite";

/** Longer makes no sense to watch. */
const MAX_SECONDS = 120;

/**
 * For trying out what a page does without its line: `POST /plug?seconds=5` tears down every socket of the daemon, as a
 * pulled cable would, and every new one until the time is over. Vite's own socket stays, or it would load the page anew.
 *
 * @param daemonPath where the daemon is
 */
export function plug(daemonPath: string): Plugin {
  return {
    name: "plug",
    apply: "serve",
    configureServer({ httpServer, middlewares }) {
      const sockets = new Set<Duplex>();
      let pulledUntilMs = 0;
      httpServer?.on("upgrade", ({ url }, socket) => {
        if (url !== daemonPath) return;
        if (Date.now() < pulledUntilMs) socket.destroy();
        sockets.add(socket);
        socket.once("close", () => sockets.delete(socket));
      });
      middlewares.use("/plug", ({ method, url = "", headers }, response) => {
        const seconds = Number(new URL(url, "http://demo").searchParams.get("seconds"));
        // Pages of other sites can POST here too.
        const isOurs = method === "POST" && headers["sec-fetch-site"] === "same-origin";
        const isRight = isOurs && seconds > 0 && seconds <= MAX_SECONDS;
        if (isRight) {
          pulledUntilMs = Date.now() + seconds * 1_000;
          for (const socket of sockets) socket.destroy();
        }
        response.writeHead(isRight ? 204 : 400).end();
      });
    },
  };
}
