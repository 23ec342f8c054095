// node dying-daemon.ts KEY PORT WINDOW_MS DIES_AT: a daemon that writes each call that it begins, and kills itself in the course of one.
import { writeSync } from "node:fs";
import { expose, Key, KeyRing } from "../../../src/index.js";
import { serve } from "../../../src/node.js";

const [bytes = "", port = "0", windowMs = "0", diesAt = "0"] = process.argv.slice(2);

export class Tool {
  name(): string {
    return "tool";
  }
}
expose(Tool, ["name"]);

/** Answers nothing while it waits to die. */
export class Worker {
  #begun = 0;
  order(id: number): Promise<number> | number {
    return this.#begin(id);
  }
  price(id: number): Promise<number> | number {
    return this.#begin(id);
  }
  ping(): string {
    return "pong";
  }
  tool(): Tool {
    return new Tool();
  }
  #begin(id: number): Promise<number> | number {
    // Not console.log, which may be lost.
    writeSync(1, `began ${id}\n`);
    if (++this.#begun === Number(diesAt)) process.kill(process.pid, "SIGKILL");
    return diesAt === "0" ? 4 : new Promise(() => undefined);
  }
}
expose(Worker, { members: { order: {}, price: { idempotent: true }, ping: { idempotent: true }, tool: {} } });

const keys = new KeyRing([Key.from(Buffer.from(bytes, "hex"), { id: "client" })]);
const sessions = { windowMs: Number(windowMs) };
const daemon = await serve({ worker: new Worker() }, { keys, port: Number(port), sessions });
console.log(`serving ${daemon.url("worker")}`);
