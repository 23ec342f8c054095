import type { IncomingMessage } from "node:http";
import type { Duplex } from "node:stream";
import { Server as TlsServer } from "node:tls";
import { ConfigError } from "../errors/hearthwire-error.js";
import type { BoundAddress } from "./reachability.js";
import { refuse } from "./refuse.js";
import { isOwnPath } from "./upgrade-checks.js";

/** Takes one upgrade request, and the first bytes that came after it. */
export type UpgradeListener = (request: IncomingMessage, socket: Duplex, head: Buffer) => void;

/** What `serve` needs of a server to attach to: `node:http`, `https` and whatever Express, Fastify, Hono or Vite give. */
export interface UpgradeServer {
  readonly listening: boolean;
  address(): unknown;
  on(event: "upgrade", listener: UpgradeListener): unknown;
  on(event: "listening" | "close", listener: () => void): unknown;
}

/**
 * Refuses what is no server, such as the app of a framework, which has an `on` of its own but no address.
 *
 * @param terms `isSecure`: client certificates are to be looked at, so that it must be one with TLS
 * @throws ConfigError `HW_OPTION_INVALID`
 */
export function requireServer(server: unknown, { isSecure }: { readonly isSecure: boolean }): void {
  const { on, address, listening } = (server ?? {}) as Partial<Record<keyof UpgradeServer, unknown>>;
  if (typeof on === "function" && typeof address === "function" && typeof listening === "boolean") {
    if (!isSecure || server instanceof TlsServer) return;
    throw new ConfigError(
      "HW_OPTION_INVALID",
      '"tls" says what to make of client certificates, so that "server" must be one of node:https, got one without TLS',
    );
  }
  throw new ConfigError(
    "HW_OPTION_INVALID",
    `"server" must be a node:http or node:https server, got ${server === null ? "null" : `another ${typeof server}`}: ` +
      `of an app, give the http.Server that app.listen() or createServer(app) returns`,
  );
}

/** Options of `attach`. */
export interface AttachOptions {
  readonly path: string;
  /** The server listens; undefined: it has no address of its own, as on a Unix socket. Throws when it must not be there. */
  readonly onListening: (bound: BoundAddress | undefined) => void;
  /** What `onListening` threw, unless the server was listening already. */
  readonly onUnsafe: (error: Error) => void;
  /** An upgrade on the daemon's path. */
  readonly onUpgrade: UpgradeListener;
  readonly onClose: () => void;
}

/** Paths of the daemons of each server. */
const pathsOf = new WeakMap<UpgradeServer, Set<string>>();

/** Two that answered one upgrade would end the process: `ws` throws for the second. */
function reservePath(server: UpgradeServer, path: string): () => void {
  const paths = pathsOf.get(server) ?? new Set<string>();
  const other = [...paths].find((taken) => isOwnPath(taken, path) || isOwnPath(path, taken));
  if (other !== undefined)
    throw new ConfigError(
      "HW_OPTION_INVALID",
      `"path" ${JSON.stringify(path)} would take requests of another daemon of this "server", at ${JSON.stringify(other)}: give ` +
        `each daemon a path that is neither that of another nor one segment below it`,
    );
  pathsOf.set(server, paths.add(path));
  return () => void paths.delete(path);
}

/**
 * Shares a server with others: takes the upgrades of the daemon's path alone, and looks at its address when it
 * listens, which it may do already.
 *
 * @returns a function that lets go of the server
 * @throws what `onListening` throws, when the server listens already
 * @throws ConfigError `HW_OPTION_INVALID`: another daemon takes requests of this path
 */
export function attach(server: UpgradeServer, options: AttachOptions): () => void {
  let isAttached = true;
  const onListening = (): void => {
    if (!isAttached) return;
    try {
      options.onListening(addressOf(server));
    } catch (error) {
      options.onUnsafe(error as Error);
    }
  };
  const onUpgrade: UpgradeListener = (request, socket, head) => {
    if (!isAttached) return;
    if (isOwnPath(request.url ?? "", options.path)) options.onUpgrade(request, socket, head);
    else if (isAlone(server)) refuseStray(socket);
  };
  const onClose = (): void => {
    if (isAttached) options.onClose();
  };

  const freePath = reservePath(server, options.path);
  try {
    if (server.listening) options.onListening(addressOf(server));
  } catch (error) {
    freePath();
    throw error;
  }
  server.on("listening", onListening);
  server.on("upgrade", onUpgrade);
  server.on("close", onClose);
  return () => {
    isAttached = false;
    freePath();
    const { off } = server as { off?: (event: string, listener: unknown) => unknown };
    off?.call(server, "listening", onListening);
    off?.call(server, "upgrade", onUpgrade);
    off?.call(server, "close", onClose);
  };
}

function addressOf(server: UpgradeServer): BoundAddress | undefined {
  const address = server.address();
  if (typeof address !== "object" || address === null) return undefined;
  const { address: host, port } = address as { address: string; port: number };
  return { host, port, isSecure: server instanceof TlsServer };
}

/** Whether nobody else takes upgrades of this server: then a stray one would keep its socket for ever. */
function isAlone(server: UpgradeServer): boolean {
  const { listenerCount } = server as { listenerCount?: (event: string) => number };
  return listenerCount?.call(server, "upgrade") === 1;
}

function refuseStray(socket: Duplex): void {
  socket.on("error", () => socket.destroy());
  refuse(socket, 404);
}
