import type { MessagePort, Worker } from "node:worker_threads";
import { connectPortOf, type PortEnvironment, type PortOptions } from "../client/connect-port.js";
import type { Connecting, UntypedObject } from "../client/remote.js";
import { type ServedPort, servePortOf, type ServePortOptions } from "../daemon/serve-port.js";
import { systemClock } from "../session/clock.js";
import type { MessagePortLike } from "../transport/message-port-transport.js";
import type { Transport } from "../transport/transport.js";
import { installHost } from "./install-host.js";
import { nodePort } from "./node-port.js";
import { quietTurn } from "./quiet-turn.js";

/** What connects two threads: a worker seen from its parent, the parent (`parentPort`), or an end of a MessageChannel. */
export type NodePort = Worker | MessagePort | MessagePortLike;

const node: PortEnvironment = { clock: systemClock, scheduleFlush: quietTurn, adapt: nodePort };

/**
 * Serves objects to whoever holds the other end of a port: in a worker `parentPort`, in its parent the `Worker`, anywhere
 * a `MessagePort`. Whoever connects there is trusted, with the subject `port`; `authorize` is asked all the same. The
 * port is needed for itself: another message through it ends the line. It keeps the thread running until it is disposed.
 *
 * @throws ConfigError `HW_OPTION_INVALID`, `HW_CANNOT_EXPOSE`
 * @example
 * if (parentPort !== null) servePort({ counter: new Counter() }, parentPort);
 */
export function servePort(
  objects: Readonly<Record<string, object>>,
  port: NodePort | Transport,
  options?: ServePortOptions,
): ServedPort {
  installHost();
  return servePortOf(node, { objects, port }, options);
}

/**
 * Connects to an object behind a port, or in a worker; several objects of one port share its line. Releasing the last of
 * them closes the line, and a MessagePort with it. When the worker exits, pending calls reject.
 *
 * @example
 * const worker = new Worker(new URL("./worker.js", import.meta.url));
 * const counter = await connectPort<Counter>(worker, "counter");
 */
export function connectPort<T = UntypedObject>(port: NodePort, objectId: string, options?: PortOptions): Connecting<T> {
  installHost();
  return connectPortOf(node, { port, objectId }, options) as Connecting<T>;
}
