import { chmodSync } from "node:fs";
import { createServer, type Server } from "node:http";
import { ConfigError } from "../errors/hearthwire-error.js";
import { answerPlainRequests, HTTP_SETTINGS } from "./http-server.js";
import type { ListenOptions, OwnServer } from "./listen.js";
import type { BoundSocket } from "./reachability.js";
import { withPathLock } from "./path-lock.js";
import { checkSocketPath, inUse, prepareFolder, removeStaleSocket } from "./unix-socket.js";

/** Options of `listenUnix`. */
export interface ListenUnixOptions extends Pick<ListenOptions, "path" | "guard" | "onUpgrade"> {
  readonly socketPath: string;
}

/**
 * Makes an HTTP server that does nothing but upgrades, and listens on a Unix socket that this user alone may connect to:
 * its folder is made first (0700), the socket is 0600. Closing the server removes the file.
 *
 * @throws ConnectionError `HW_PORT_IN_USE`: a process listens there
 * @throws ConfigError `HW_OPTION_INVALID`: the path is too long or not absolute, others may write in the folder
 */
export async function listenUnix(options: ListenUnixOptions): Promise<OwnServer<BoundSocket>> {
  const { socketPath, path, guard, onUpgrade } = options;
  checkSocketPath(socketPath);
  await prepareFolder(socketPath);

  const server = createServer(HTTP_SETTINGS, answerPlainRequests(path));
  guard.watch(server, onUpgrade);
  await withPathLock(socketPath, {
    task: () => bindAnew(server, socketPath),
    busy: (cause) => inUse(socketPath, cause),
  });
  // For good: a server without a listener ends the process when it can't accept, as when file handles run out.
  server.on("error", () => {});

  const closed = new Promise<void>((resolve) => server.once("close", resolve));
  return {
    bound: { socketPath },
    stop: () => void server.close(),
    release: () => {
      server.closeAllConnections();
      return closed;
    },
  };
}

/** Binds, in the place of a daemon that died if need be. */
async function bindAnew(server: Server, socketPath: string): Promise<void> {
  try {
    await bind(server, socketPath);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "EADDRINUSE") throw bindError(error, socketPath);
    await removeStaleSocket(socketPath);
    await bind(server, socketPath).catch((cause: NodeJS.ErrnoException) => {
      throw cause.code === "EADDRINUSE" ? inUse(socketPath, cause) : bindError(cause, socketPath);
    });
  }
}

function bind(server: Server, socketPath: string): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once("error", reject);
    // Not shared with a cluster's other workers, so that it is bound when `listen` returns.
    server.listen({ path: socketPath, exclusive: true }, () => {
      server.off("error", reject);
      resolve();
    });
    // In the same turn: in a folder that others may enter, nobody shall come before.
    if (server.listening) chmodSync(socketPath, 0o600);
  });
}

function bindError(cause: unknown, socketPath: string): ConfigError {
  return new ConfigError(
    "HW_OPTION_INVALID",
    `"socketPath" can't be used: listening on ${JSON.stringify(socketPath)} failed with ${(cause as NodeJS.ErrnoException).code}`,
    { cause },
  );
}
