// node ordering-replica.ts KEY NAMES FILE: serves a shop as a replica of "shop", whose orders take a while and are written down.
import { appendFileSync } from "node:fs";
import { setTimeout as wait } from "node:timers/promises";
import { expose, Key, KeyRing } from "../../../src/index.js";
import { serve } from "../../../src/node.js";

const [bytes = "", server = "", file = ""] = process.argv.slice(2);

export class Shop {
  async order(id: number): Promise<number> {
    await wait(Math.random() * 20);
    // A write that the system has is there though the process dies.
    appendFileSync(file, `${id}\n`);
    await wait(Math.random() * 20);
    return id;
  }
}
expose(Shop, ["order"]);

const keys = new KeyRing([Key.from(Buffer.from(bytes, "hex"), { id: "client" })]);
const daemon = await serve({ shop: new Shop() }, { keys, port: 0, names: { server, replica: true } });
daemon.on("named", () => console.log("registered"));
