import type { ConnectOptions } from "../client/connect-options.js";
import { createConnect } from "../client/connect.js";
import type { Connection } from "../client/connection.js";
import type { Connecting, UntypedObject } from "../client/remote.js";
import { systemClock } from "../session/clock.js";
import { quietMicrotasks } from "../session/flush-scheduler.js";
import { dialWebSocket } from "../transport/websocket-transport.js";
import { pageLifecycle } from "./page-lifecycle.js";
import { webHmac } from "./web-hmac.js";

const page = /* @__PURE__ */ createConnect({
  dial: dialWebSocket,
  get baseUrl() {
    return globalThis.location?.href;
  },
  watchHost: pageLifecycle,
  lateHmac: webHmac,
  clock: systemClock,
  scheduleFlush: quietMicrotasks,
});

/**
 * Connects to one object; the address may be relative to the page. The result is a promise of the proxy that can be used
 * before it settles; everything that is wrong rejects it.
 *
 * @example
 * export const warehouse = connect<Warehouse>("/rpc/warehouse", { ticket: fetchTicket("/rpc/ticket") });
 */
export function connect<T = UntypedObject>(address: string | URL, options?: ConnectOptions): Connecting<T> {
  return page.connect<T>(address, options);
}

/** Connects to a daemon, like `connect`; objects are then taken from the connection by id. */
export function openConnection<Objects = Record<string, UntypedObject>>(
  address: string | URL,
  options?: ConnectOptions,
): Connection<Objects> {
  return page.openConnection<Objects>(address, options);
}
