import { ConfigError } from "../errors/hearthwire-error.js";
import type { MessagePortLike } from "./message-port-transport.js";
import type { Transport } from "./transport.js";

/** What this side does with a port: it has one line, and one of its ends serves. */
export interface PortUse {
  readonly does: "connect" | "serve";
}

/** The ports that are in use here. */
export const portUses = new WeakMap<object, PortUse>();

/** What a host knows of its ports. */
export interface PortHost {
  /** Makes a port of what the host calls one, such as a Worker of `node:worker_threads`; undefined for everything else. */
  readonly adapt?: ((port: object) => MessagePortLike | undefined) | undefined;
}

/**
 * Makes sure that a value is a port that has exactly one other end: the key of the line passes through it.
 * @throws ConfigError `HW_OPTION_INVALID`
 */
export function requirePort(port: unknown, { adapt }: PortHost): MessagePortLike | Transport {
  if (typeof port !== "object" || port === null) throw invalid(`got ${port === null ? "null" : typeof port}`);
  const adapted = adapt?.(port) ?? port;
  if (isBroadcast(adapted)) {
    throw invalid("got something that many may listen to. Make a MessageChannel, and hand one of its ports over");
  }
  if (isTransport(adapted)) return adapted;
  if ("postMessage" in adapted && "addEventListener" in adapted) return adapted as MessagePortLike;
  throw invalid("got an object without postMessage and addEventListener");
}

/** A transport has no messages but frames. */
export function isTransport(port: object): port is Transport {
  return "send" in port && "destroy" in port && !("postMessage" in port);
}

/** A window, whose messages go to whoever is loaded there, or a channel with any number of ends. */
function isBroadcast(port: object): boolean {
  // Of a window of another origin, `window` is among the few names that may be read.
  if ("window" in port && port.window === port) return true;
  return typeof BroadcastChannel !== "undefined" && port instanceof BroadcastChannel;
}

function invalid(got: string): ConfigError {
  return new ConfigError("HW_OPTION_INVALID", `"port" must be a MessagePort, a Worker or a worker's scope, ${got}`);
}
