import { systemClock } from "../session/clock.js";
import { quietMicrotasks } from "../session/flush-scheduler.js";
import { dialWebSocket } from "../transport/websocket-transport.js";
import type { ConnectOptions } from "./connect-options.js";
import { createConnect } from "./connect.js";
import type { Connection } from "./connection.js";
import type { Connecting, UntypedObject } from "./remote.js";

const anywhere = /* @__PURE__ */ createConnect({
  dial: dialWebSocket,
  clock: systemClock,
  scheduleFlush: quietMicrotasks,
});

/**
 * Connects to one object from any runtime. It has no credentials of its own: give `key` or `ticket`. On Node, `connect`
 * of "hearthwire/node" finds this user's key file; in a page, that of "hearthwire/browser" takes relative addresses.
 */
export function connect<T = UntypedObject>(address: string | URL, options?: ConnectOptions): Connecting<T> {
  return anywhere.connect<T>(address, options);
}

/** Connects to a daemon, like `connect`; objects are then taken from the connection by id. */
export function openConnection<Objects = Record<string, UntypedObject>>(
  address: string | URL,
  options?: ConnectOptions,
): Connection<Objects> {
  return anywhere.openConnection<Objects>(address, options);
}
