import { MessageChannel as NodeChannel, parentPort, Worker as NodeWorker } from "node:worker_threads";
import * as browser from "../../src/browser.js";
import {
  type Connection,
  connectOver,
  type DaemonInfo,
  type DaemonObject,
  describe,
  Key,
  type ObjectDescription,
  type Remote,
  type Transport,
} from "../../src/index.js";
import * as node from "../../src/node.js";

/** Compiled, never run. */
type Equal<A, B> = (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false;
function same<_Equal extends true>(): void {}

class Counter {
  add(by: number): number {
    return by;
  }
}
const objects = { counter: new Counter() };

// ---------------------------------------------------------------- ports of a page
declare const page: {
  readonly port: MessagePort;
  readonly worker: Worker;
  readonly shared: SharedWorker;
  /** What `self` is in a dedicated worker, as TypeScript's library of workers has it. */
  readonly scope: {
    postMessage(message: unknown, transfer: Transferable[]): void;
    postMessage(message: unknown, options?: StructuredSerializeOptions): void;
    addEventListener(type: string, listener: EventListenerOrEventListenerObject): void;
    close(): void;
  };
};
browser.servePort(objects, page.port);
browser.servePort(objects, page.worker);
browser.servePort(objects, page.scope);
browser.servePort(objects, self);
browser.servePort(objects, page.shared.port, { authorize: ({ member }) => member === "add" });
// @ts-expect-error a SharedWorker is none itself
browser.servePort(objects, page.shared);
// @ts-expect-error a port brings its own keys
browser.servePort(objects, page.port, { keys: Key.generate() });
// @ts-expect-error a port has no origins
browser.servePort(objects, page.port, { origins: [] });
const counter = browser.connectPort<Counter>(page.worker, "counter", { timeoutMs: 0 });
same<Equal<Awaited<ReturnType<typeof counter.add>>, number>>();
same<Equal<Awaited<typeof counter>, Remote<Counter>>>();
// @ts-expect-error a port brings its own key
browser.connectPort<Counter>(page.worker, "counter", { key: Key.generate() });
// @ts-expect-error a port has one line
browser.connectPort<Counter>(page.worker, "counter", { isolated: true });
// @ts-expect-error an address is no port
browser.connectPort<Counter>("ws://127.0.0.1:7766", "counter");

// ---------------------------------------------------------------- ports of Node
node.servePort(objects, new NodeChannel().port1);
if (parentPort !== null) node.servePort(objects, parentPort);
// @ts-expect-error there is no parent in the main thread
node.servePort(objects, parentPort);
void node.connectPort<Counter>(new NodeWorker("./worker.js"), "counter");
// @ts-expect-error a worker of Node has other events than ports
void browser.connectPort<Counter>(new NodeWorker("./worker.js"), "counter");

// ---------------------------------------------------------------- transports
declare const transport: Transport;
void connectOver<Counter>(page.port, "counter");
void connectOver<Counter>(transport, "counter", { key: Key.generate() });
// @ts-expect-error both ends of a transport are given the key
void connectOver<Counter>(transport, "counter");

// ---------------------------------------------------------------- looking around
declare const connection: Connection<{ counter: Counter }>;
const own = connection.object<DaemonObject>("hearthwire.daemon");
same<Equal<Awaited<ReturnType<typeof own.ping>>, void>>();
same<Equal<Awaited<ReturnType<typeof own.info>>, DaemonInfo>>();
async function lookAround(): Promise<readonly ObjectDescription[]> {
  const found: ObjectDescription[] = [
    await describe(own),
    await describe(counter),
    await describe(connection.object("counter")),
  ];
  for await (const one of own.objects()) found.push(one);
  return found;
}
void lookAround;
// @ts-expect-error no proxy
void describe(new Counter());
