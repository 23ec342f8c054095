import type { ConnectOptions } from "../client/connect-options.js";
import { createConnect } from "../client/connect.js";
import type { Connection } from "../client/connection.js";
import type { Connecting, UntypedObject } from "../client/remote.js";
import type { Credential } from "../auth/client-handshake.js";
import { systemClock } from "../session/clock.js";
import { isUnixUrl } from "../wire/address.js";
import { installAsyncContext } from "./async-context-store.js";
import { configuredConnectOptions } from "./configured.js";
import { dialFromNode } from "./dial.js";
import { keyFile } from "./key-file.js";
import { isLoopbackHost } from "./loopback.js";
import { quietTurn } from "./quiet-turn.js";

const node = /* @__PURE__ */ createConnect({
  dial: dialFromNode,
  credentials: userCredential,
  clock: systemClock,
  scheduleFlush: quietTurn,
});

/**
 * Connects to one object; without credentials it uses this user's key file, for loopback addresses and Unix sockets only. The result is
 * a promise of the proxy that can be used before it settles; everything that is wrong rejects it.
 *
 * @example
 * const warehouse = await connect<Warehouse>("ws://127.0.0.1:7766/warehouse");
 */
export function connect<T = UntypedObject>(address: string | URL, options?: ConnectOptions): Connecting<T> {
  installAsyncContext();
  return node.connect<T>(address, configuredConnectOptions(options));
}

/** Connects to a daemon, like `connect`; objects are then taken from the connection by id. */
export function openConnection<Objects = Record<string, UntypedObject>>(
  address: string | URL,
  options?: ConnectOptions,
): Connection<Objects> {
  installAsyncContext();
  return node.openConnection<Objects>(address, configuredConnectOptions(options));
}

/** This user's `connect` key, for a daemon on this machine: whoever listens elsewhere could be anyone. */
async function userCredential(daemonUrl: string): Promise<Credential | undefined> {
  if (!isUnixUrl(daemonUrl) && !isLoopbackHost(new URL(daemonUrl).hostname)) return undefined;
  return { method: 1, key: (await keyFile()).primary };
}
