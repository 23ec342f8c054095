import { connectPortOf, type PortEnvironment, type PortOptions } from "../client/connect-port.js";
import type { Connecting, UntypedObject } from "../client/remote.js";
import { type ServedPort, servePortOf, type ServePortOptions } from "../daemon/serve-port.js";
import { systemClock } from "../session/clock.js";
import { quietMicrotasks } from "../session/flush-scheduler.js";
import type { MessagePortLike } from "../transport/message-port-transport.js";
import type { Transport } from "../transport/transport.js";

/**
 * The scope of a dedicated worker: `self`, which programs that are compiled with the library of pages know as a window. A
 * real window is refused when it runs.
 */
export interface WorkerScope {
  postMessage(message: unknown): void;
  addEventListener(type: string, listener: (event: object) => void): void;
}

const page: PortEnvironment = { clock: systemClock, scheduleFlush: quietMicrotasks };

/**
 * Serves objects to whoever holds the other end of a port: in a worker `self`, in a page a `Worker` or a `MessagePort`.
 * Whoever connects there is trusted, with the subject `port`; `authorize` is asked all the same. The port is needed for
 * itself: another message through it ends the line.
 *
 * @throws ConfigError `HW_OPTION_INVALID`, also for a window and a BroadcastChannel; `HW_CANNOT_EXPOSE`
 * @example
 * servePort({ counter: new Counter() }, self); // in a dedicated worker
 */
export function servePort(
  objects: Readonly<Record<string, object>>,
  port: MessagePortLike | WorkerScope | Transport,
  options?: ServePortOptions,
): ServedPort {
  return servePortOf(page, { objects, port }, options);
}

/**
 * Connects to an object behind a port, or in a worker; several objects of one port share its line. Releasing the last of
 * them closes the line, and a MessagePort with it.
 *
 * @example
 * const worker = new Worker(new URL("./worker.ts", import.meta.url), { type: "module" });
 * const counter = await connectPort<Counter>(worker, "counter");
 */
export function connectPort<T = UntypedObject>(
  port: MessagePortLike | WorkerScope,
  objectId: string,
  options?: PortOptions,
): Connecting<T> {
  return connectPortOf(page, { port, objectId }, options) as Connecting<T>;
}
