// Clients of the soak, in a process of their own: see client-orders.ts.
import { Key } from "../../../src/auth/key.js";
import type { Connection } from "../../../src/client/connection.js";
import { openConnection } from "../../../src/client/default-connect.js";
import { withOptions } from "../../../src/client/proxy-functions.js";
import { obey } from "../../support/obey.js";
import type { ClientOrders } from "./client-orders.js";
import { ConnectionWatch } from "./connection-watch.js";
import { ExactlyOnceLoad } from "./exactly-once-load.js";
import { HangingLoad } from "./hanging-load.js";
import { MixedLoad } from "./mixed-load.js";
import { processFacts } from "./process-facts.js";
import type { Works } from "./works.js";

/** A daemon takes 64 peers at once that have not proved themselves. */
const CONNECTING_AT_ONCE = 24;

type Order<Name extends keyof ClientOrders> = Parameters<ClientOrders[Name]>[0];
type Client = Connection<{ works: Works }>;

const connections: Client[] = [];
const watches: ConnectionWatch[] = [];
let exactlyOnce: ExactlyOnceLoad | undefined;
let hanging: readonly HangingLoad[] = [];
let mixed: readonly MixedLoad[] = [];

/** Does something so many times, a few at once. */
async function repeat(count: number, task: (index: number) => Promise<void>): Promise<void> {
  let next = 0;
  const lane = async (): Promise<void> => {
    while (next < count) await task(next++);
  };
  await Promise.all(Array.from({ length: CONNECTING_AT_ONCE }, lane));
}

obey<ClientOrders>({
  async connect({ url, key, count, maxFrameBytes, reconnect }: Order<"connect">) {
    const soakKey = Key.from(key, { id: "soak" });
    await repeat(count, async () => {
      const connection: Client = openConnection(url, {
        key: soakKey,
        isolated: true,
        timeoutMs: 0,
        maxFrameBytes,
        reconnect,
      });
      connections.push(connection);
      watches.push(new ConnectionWatch(connection as Connection<never>));
      await connection.ready;
    });
  },
  stories: () => watches.map(({ story }) => story),
  facts: () => processFacts(),
  beginExactlyOnce(totals: Order<"beginExactlyOnce">) {
    exactlyOnce = new ExactlyOnceLoad(connections[0]!.object("works"), totals);
    void exactlyOnce.run();
  },
  exactlyOnce: () => exactlyOnce!.progress,
  beginHanging({ count }: Order<"beginHanging">) {
    hanging = connections.map((connection, index) => {
      const load = new HangingLoad();
      load.begin(connection, { name: String(index), count });
      return load;
    });
  },
  hanging: () => hanging.map(({ outcomes }) => outcomes),
  async greet({ timeoutMs }: Order<"greet">) {
    const greetings = connections.map((connection) =>
      withOptions(connection.object("works"), { timeoutMs }).mirrored(new Uint8Array(1)),
    );
    await Promise.all(greetings);
  },
  beginMixed({ name, seed }: Order<"beginMixed">) {
    mixed = connections.map((connection, index) => {
      const load = new MixedLoad(connection.object("works"), { name: `${name}${index}`, seed });
      void load.run();
      return load;
    });
  },
  stopMixed: () => mixed.forEach((load) => load.stop()),
  mixed: () => mixed.map(({ progress }) => progress),
  async cycle({ url, key, count }: Order<"cycle">) {
    const soakKey = Key.from(key, { id: "soak" });
    await repeat(count, async () => {
      const connection = openConnection(url, { key: soakKey, isolated: true });
      await connection.ready;
      await connection.close();
    });
  },
  async close() {
    await Promise.all(connections.map((connection) => connection.close()));
  },
});
