// node replica.ts KEY NAMES FILE DIES_AT: serves a counter as a replica of "counter", writes down each call that runs, and kills itself in the course of one.
import { appendFileSync } from "node:fs";
import { expose, Key, KeyRing } from "../../../src/index.js";
import { serve } from "../../../src/node.js";

const [bytes = "", server = "", file = "", diesAt = "0"] = process.argv.slice(2);

export class Counter {
  #begun = 0;
  order(id: number): Promise<number> | number {
    return this.#count(id);
  }
  price(id: number): Promise<number> | number {
    return this.#count(id);
  }
  #count(id: number): Promise<number> | number {
    // A write that the system has is there though the process dies.
    appendFileSync(file, `${id}\n`);
    this.#begun += 1;
    if (this.#begun === Number(diesAt)) process.kill(process.pid, "SIGKILL");
    return id;
  }
}
expose(Counter, { members: { order: {}, price: { idempotent: true } } });

const keys = new KeyRing([Key.from(Buffer.from(bytes, "hex"), { id: "client" })]);
const key = keys.primary;
const daemon = await serve({ counter: new Counter() }, { keys, port: 0, names: { server, replica: true } });
console.log(`serving ${daemon.url("counter")} as ${key.id}`);
