import { lookup } from "node:dns/promises";
import { createServer } from "node:http";
import { isIP, type AddressInfo } from "node:net";
import { ConfigError, ConnectionError } from "../errors/hearthwire-error.js";
import type { UpgradeListener } from "./attach.js";
import type { ConnectionGuard } from "./connection-guard.js";
import { answerPlainRequests, HTTP_SETTINGS } from "./http-server.js";
import type { BoundAddress } from "./reachability.js";
import type { ServerTls } from "./server-tls.js";

/** Options of `listen`. */
export interface ListenOptions {
  readonly host: string;
  readonly port: number;
  readonly path: string;
  /** @default plain text */
  readonly tls?: ServerTls | undefined;
  /** Throws when the daemon must not listen on this address. */
  readonly requireSafe: (address: string) => void;
  readonly guard: ConnectionGuard;
  readonly onUpgrade: UpgradeListener;
}

/** A server of the daemon's own. */
export interface OwnServer<Bound = BoundAddress> {
  /** As read back from the system. */
  readonly bound: Bound;
  /** Takes no more connections. */
  stop(): void;
  /** Ends the connections that are left, except upgraded ones, and resolves when all are gone. */
  release(): Promise<void>;
}

/**
 * Makes an HTTP server that does nothing but upgrades, and listens.
 *
 * A name is resolved first and the literal bound, so that nothing listens for a moment where it should not; what the
 * system bound is read back and held against the same rule.
 *
 * @throws whatever `requireSafe` throws
 * @throws ConnectionError `HW_PORT_IN_USE`
 * @throws ConfigError `HW_OPTION_INVALID`: no such name, no right to the port, not an address of this machine
 */
export async function listen(options: ListenOptions): Promise<OwnServer> {
  const { port, path, tls, requireSafe } = options;
  if (!Number.isInteger(port) || port < 0 || port > 65_535)
    throw new ConfigError("HW_OPTION_INVALID", `"port" must be an integer 0..65535, got ${port}`);
  const address = await resolved(options.host);
  requireSafe(address);

  const answer = answerPlainRequests(path);
  const server = tls === undefined ? createServer(HTTP_SETTINGS, answer) : tls.createServer(HTTP_SETTINGS, answer);
  options.guard.watch(server, options.onUpgrade);
  await new Promise<void>((resolve, reject) => {
    // For good: a server without a listener ends the process when it can't accept, as when file handles run out.
    server.on("error", (error: NodeJS.ErrnoException) => reject(bindError(error, options)));
    server.listen({ host: address, port, exclusive: true }, resolve);
  });

  const closed = new Promise<void>((resolve) => server.once("close", resolve));
  const { address: host, port: boundPort } = server.address() as AddressInfo;
  try {
    requireSafe(host);
  } catch (error) {
    server.close();
    throw error;
  }
  return {
    bound: { host, port: boundPort, isSecure: tls !== undefined },
    stop: () => void server.close(),
    release: () => {
      options.guard.close();
      server.closeAllConnections();
      return closed;
    },
  };
}

async function resolved(host: string): Promise<string> {
  if (isIP(host) !== 0) return host;
  try {
    // The resolver would cut it at a zero byte.
    if (host === "" || /\p{Cc}/u.test(host)) throw new Error("no name");
    return (await lookup(host)).address;
  } catch (cause) {
    throw new ConfigError(
      "HW_OPTION_INVALID",
      `"host" must be an address or name of this machine, got ${JSON.stringify(host)}`,
      { cause },
    );
  }
}

function bindError(cause: NodeJS.ErrnoException, { host, port }: ListenOptions): Error {
  if (cause.code === "EADDRINUSE")
    return new ConnectionError(
      "HW_PORT_IN_USE",
      `"port" ${port} of ${host} is in use (${host}:${port}): end the other program, choose another port, or leave "port" out to get a free one`,
      { cause, peer: `${host}:${port}` },
    );
  const option = cause.code === "EADDRNOTAVAIL" ? "host" : "port";
  return new ConfigError(
    "HW_OPTION_INVALID",
    `"${option}" can't be used: listening on ${host}:${port} failed with ${cause.code}`,
    { cause },
  );
}
