import type { ConnectOptions } from "../client/connect-options.js";
import { isObject } from "../client/option-rules.js";
import { nameServerResolver } from "../naming/name-resolver.js";
import type { Limits } from "../daemon/limits.js";
import { config } from "./config.js";
import { CONFIGURED_LIMITS, type ConfiguredLimit } from "./config-items.js";
import { configuredTls } from "./configured-tls.js";
import type { NodeConnectOptions } from "./node-connect-options.js";
import type { ServeOptions } from "./serve-options.js";

/** Options of `serve`, filled up with the configuration of the process; where to listen, and TLS, only for a server of its own. */
export function configuredServeOptions(options: ServeOptions): ServeOptions {
  const limits = Object.fromEntries(
    CONFIGURED_LIMITS.map((name) => [name, options.limits?.[name] ?? config.get(name)]),
  ) as unknown as Pick<Limits, ConfiguredLimit>;
  const filled = {
    ...options,
    limits: { ...options.limits, ...limits },
    exposeStacks: options.exposeStacks ?? config.get("exposeStacks"),
    names: configuredNames(options.names),
  };
  if (options.server !== undefined || options.socketPath !== undefined) return filled as ServeOptions;
  return {
    ...filled,
    host: options.host ?? config.get("host"),
    port: options.port ?? config.get("port"),
    path: options.path ?? config.get("path"),
    tls: options.tls ?? configuredTls(),
  } as ServeOptions;
}

/** Where names are registered is where they are looked up. */
function configuredNames(names: ServeOptions["names"]): ServeOptions["names"] {
  if (names === true) return { server: config.get("names") };
  return isObject(names) ? { ...names, server: names.server ?? config.get("names") } : names;
}

/** Options of `connect`, filled up likewise; the address of a name server becomes what asks it. */
export function configuredConnectOptions(options: NodeConnectOptions | undefined): ConnectOptions {
  // What is no object is refused by whoever checks options.
  if (options !== undefined && !isObject(options)) return options;
  const { connectTimeoutMs, timeoutMs, lingerMs, maxFrameBytes, names = config.get("names") } = options ?? {};
  return {
    ...options,
    connectTimeoutMs: connectTimeoutMs ?? config.get("connectTimeoutMs"),
    timeoutMs: timeoutMs ?? config.get("timeoutMs"),
    lingerMs: lingerMs ?? config.get("lingerMs"),
    maxFrameBytes: maxFrameBytes ?? config.get("maxFrameBytes"),
    names: typeof names === "string" ? nameServerResolver(names) : names,
  };
}
