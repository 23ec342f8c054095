/**
 * A daemon in a process of its own, which a test sends signals. It serves `work`, prints its URL, and then what happens.
 * Its argument is JSON: options of `serve`, and what else the program does.
 */
import { once } from "node:events";
import { createServer } from "node:http";
import { type Daemon, serve, type ServeOptions } from "../../../src/node.js";
import { Key } from "../../../src/auth/key.js";
import type { CloseOnSignal } from "../../../src/node/close-on-signal.js";

/** What the program does. */
export interface SignalledProgram {
  readonly closeOnSignal?: false | CloseOnSignal;
  /** Another daemon with these options, whose work hangs as well. */
  readonly second?: { readonly closeOnSignal?: false | CloseOnSignal };
  /** Closes the daemon at once, and goes on living. */
  readonly closes?: boolean;
  /** Has an HTTP server of its own, which keeps it alive, and attaches the daemon to it. */
  readonly attaches?: boolean;
  /** Listens to the signal itself, in one of these ways, before or after it serves. */
  readonly listens?: "on" | "once" | "on-before" | "and-leaves";
  /** Waits until nobody else listens there. */
  readonly waits?: boolean;
  readonly port?: number;
  readonly socketPath?: string;
}

/** The key of the program and of whoever calls it. */
export const programKey = Key.from(new Uint8Array(32).fill(7), { id: "ann" });

const orders = process.argv[2];
if (orders?.startsWith("{") === true) await run(JSON.parse(orders) as SignalledProgram);

async function run(program: SignalledProgram): Promise<void> {
  const before = process.listenerCount("newListener");
  const own = (): void => console.log("own listener");
  if (program.listens === "on-before") process.on("SIGTERM", own);
  const closeOnSignal = program.closeOnSignal;
  const server = program.attaches === true ? createServer() : undefined;
  server?.listen(0, "127.0.0.1");
  if (server !== undefined) await once(server, "listening");
  const target =
    server !== undefined
      ? { server, path: "/rpc" }
      : program.socketPath !== undefined
        ? { socketPath: program.socketPath }
        : { port: program.port ?? 0 };
  const options = { keys: programKey, ...target, ...(closeOnSignal !== undefined && { closeOnSignal }) };
  const daemon = await (program.waits === true ? serveOnceFree(options) : serve({ work: work() }, options));
  if (program.second !== undefined) await serve({ work: work() }, { keys: programKey, ...program.second });
  void daemon.closed.then(() => console.log("closed"));
  if (program.listens === "on") process.on("SIGTERM", own);
  if (program.listens === "once") process.once("SIGTERM", own);
  if (program.listens === "and-leaves") process.on("SIGTERM", own).off("SIGTERM", own);
  if (program.closes === true) {
    await daemon.close({ graceMs: 0 });
    setInterval(() => undefined, 60_000);
  }
  // It stands aside when the listener is there.
  await Promise.resolve();
  console.log(`listeners ${process.listenerCount("SIGTERM")} ${process.listenerCount("newListener") - before}`);
  console.log(program.closes === true ? "ready" : `ready ${daemon.url()}`);
}

/** Listens as soon as the one before has ended doing so. */
async function serveOnceFree(options: ServeOptions): Promise<Daemon> {
  for (;;) {
    try {
      return await serve({ work: work() }, options);
    } catch (error) {
      if ((error as { code?: string }).code !== "HW_PORT_IN_USE") throw error;
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  }
}

function work(): object {
  return {
    /** Says that it runs, and is done after so long. */
    async take(ms: number) {
      console.log("taking");
      await new Promise((resolve) => setTimeout(resolve, ms));
      return process.pid;
    },
    /** Notes that it ran, and is done after so long. */
    async note(what: number, ms: number) {
      console.log(`ran ${what}`);
      await new Promise((resolve) => setTimeout(resolve, ms));
      return what;
    },
    /** Counts up to so many, an item in each turn. */
    async *count(to: number) {
      console.log("counting");
      for (let item = 0; item < to; item++) {
        await new Promise((resolve) => setTimeout(resolve, 5));
        yield item;
      }
    },
    pid: () => process.pid,
  };
}
