import { type Connect, createConnect } from "../client/connect.js";
import type { Connection } from "../client/connection.js";
import type { Connecting, UntypedObject } from "../client/remote.js";
import type { Credential } from "../auth/client-handshake.js";
import { systemClock } from "../session/clock.js";
import { isUnixUrl } from "../wire/address.js";
import { AuthMethod } from "../wire/constants.js";
import { isLoopbackHost } from "../wire/loopback-host.js";
import { installHost } from "./install-host.js";
import { ClientTls } from "./client-tls.js";
import { isClientTls } from "./client-tls-options.js";
import { configuredConnectOptions } from "./configured.js";
import { keyFile } from "./key-file.js";
import type { NodeConnectOptions } from "./node-connect-options.js";
import { quietTurn } from "./quiet-turn.js";

const node = /* @__PURE__ */ connectBy(/* @__PURE__ */ new ClientTls());

/** What connects with one value of `tls`; connections share lines with those of the same value. */
const byTls = /* @__PURE__ */ new WeakMap<object, Connect>();

/**
 * Connects to one object; without credentials it uses the client certificate of `tls`, or else this user's key file, for
 * loopback addresses and Unix sockets only. The result is a promise of the proxy that can be used before it settles;
 * everything that is wrong rejects it.
 *
 * @example
 * const warehouse = await connect<Warehouse>("ws://127.0.0.1:7766/warehouse");
 */
export function connect<T = UntypedObject>(address: string | URL, options?: NodeConnectOptions): Connecting<T> {
  installHost();
  return connectOf(options).connect<T>(address, configuredConnectOptions(options));
}

/** Connects to a daemon, like `connect`; objects are then taken from the connection by id. */
export function openConnection<Objects = Record<string, UntypedObject>>(
  address: string | URL,
  options?: NodeConnectOptions,
): Connection<Objects> {
  installHost();
  return connectOf(options).openConnection<Objects>(address, configuredConnectOptions(options));
}

function connectOf(options: NodeConnectOptions | undefined): Connect {
  const tls: unknown = options?.tls;
  // What is no object is refused with the other options.
  if (typeof tls !== "object" || tls === null) return node;
  let connecting = byTls.get(tls);
  if (connecting === undefined) byTls.set(tls, (connecting = connectBy(new ClientTls(tls))));
  return connecting;
}

function connectBy(security: ClientTls): Connect {
  return createConnect({
    dial: (url, options) => security.dial(url, options),
    security,
    optionRules: { tls: isClientTls },
    credentials: async (url) => (security.hasCertificate ? { method: AuthMethod.TLS } : userCredential(url)),
    clock: systemClock,
    scheduleFlush: quietTurn,
  });
}

/** This user's `connect` key, for a daemon on this machine: whoever listens elsewhere could be anyone. */
async function userCredential(daemonUrl: string): Promise<Credential | undefined> {
  if (!isUnixUrl(daemonUrl) && !isLoopbackHost(new URL(daemonUrl).hostname)) return undefined;
  return { method: AuthMethod.KEY, key: (await keyFile()).primary };
}
