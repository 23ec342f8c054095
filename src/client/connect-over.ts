import { systemClock } from "../session/clock.js";
import { quietMicrotasks } from "../session/flush-scheduler.js";
import type { MessagePortLike } from "../transport/message-port-transport.js";
import type { Transport } from "../transport/transport.js";
import { connectPortOf, type PortOptions, type TransportOptions } from "./connect-port.js";
import type { Connecting, UntypedObject } from "./remote.js";

/**
 * Connects to an object at the other end of a port that `servePort` serves, or of a transport of your own, whose two ends
 * were given the same key. `connectPort` of "hearthwire/browser" and "hearthwire/node" takes what those hosts call ports.
 *
 * @throws nothing; the promise rejects with ConfigError `HW_OPTION_INVALID`, `HW_ADDRESS_INVALID`, or ConnectionError
 * @example
 * const warehouse = await connectOver<Warehouse>(port, "warehouse");
 */
export function connectOver<T = UntypedObject>(
  port: MessagePortLike,
  objectId: string,
  options?: PortOptions,
): Connecting<T>;
export function connectOver<T = UntypedObject>(
  transport: Transport,
  objectId: string,
  options: TransportOptions,
): Connecting<T>;
export function connectOver<T>(
  port: MessagePortLike | Transport,
  objectId: string,
  options?: PortOptions,
): Connecting<T> {
  const environment = { clock: systemClock, scheduleFlush: quietMicrotasks };
  return connectPortOf(environment, { port, objectId }, options) as Connecting<T>;
}
