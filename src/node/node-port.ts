import { parentPort, Worker } from "node:worker_threads";
import type { MessagePortLike } from "../transport/message-port-transport.js";

type Listener = (event: object) => void;

/**
 * What passes for a port on Node: a Worker, which has other events, and the port to the parent, which must outlive its
 * line. Undefined for what is one already.
 */
export function nodePort(port: object): MessagePortLike | undefined {
  if (port instanceof Worker) return new WorkerPort(port);
  return port === parentPort && parentPort !== null ? workerScope(parentPort) : undefined;
}

/** As a worker's scope is in a page: without `start` and `close`. */
function workerScope(port: NonNullable<typeof parentPort>): MessagePortLike {
  return {
    postMessage: (message, transfer) => port.postMessage(message, transfer as never),
    addEventListener: (type, listener) => port.addEventListener(type, listener as never),
    removeEventListener: (type, listener) => port.removeEventListener(type, listener as never),
  };
}

/** The worker's events by the names that ports have for them. */
const EVENTS: Readonly<Record<string, string>> = { message: "message", messageerror: "messageerror", close: "exit" };

class WorkerPort implements MessagePortLike {
  readonly #worker: Worker;
  readonly #listeners = new Map<Listener, (data: unknown) => void>();

  constructor(worker: Worker) {
    this.#worker = worker;
  }

  postMessage(message: unknown, transfer?: readonly unknown[]): void {
    this.#worker.postMessage(message, transfer as never);
  }

  addEventListener(type: string, listener: Listener): void {
    const listening = (data: unknown): void => listener({ data });
    this.#listeners.set(listener, listening);
    this.#worker.on(EVENTS[type] ?? type, listening);
  }

  removeEventListener(type: string, listener: Listener): void {
    const listening = this.#listeners.get(listener);
    if (listening !== undefined) this.#worker.off(EVENTS[type] ?? type, listening);
    this.#listeners.delete(listener);
  }
}
