import { once } from "node:events";
import { initTRPC } from "@trpc/server";
import { applyWSSHandler } from "@trpc/server/adapters/ws";
import superjson from "superjson";
import { WebSocketServer } from "ws";
import { item } from "../../samples.mjs";
import { socketOptions } from "../common.mjs";

const { procedure, router } = initTRPC.create({ transformer: superjson });
/** Takes any input: what a schema costs is not measured. */
const anything = procedure.input((/** @type {unknown} */ input) => input);

const appRouter = router({
  add: anything.query((/** @type {{ input: [number, number] }} */ { input: [a, b] }) => a + b),
  echo: anything.mutation((/** @type {{ input: unknown }} */ { input }) => input),
  // superjson makes an array of numbers of bytes, 4 MB for 1 MiB; whoever measures first sends base64.
  echoBytes: anything.mutation((/** @type {{ input: string }} */ { input }) =>
    Buffer.from(input, "base64").toString("base64"),
  ),
  items: anything.subscription(async function* (/** @type {{ input: number }} */ { input }) {
    for (let index = 0; index < input; index += 1) yield item(index);
  }),
});

/** @returns {Promise<import("../peer.js").ServerFacts>} */
export async function startServer() {
  const server = new WebSocketServer({ host: "127.0.0.1", port: 0, ...socketOptions });
  applyWSSHandler({ wss: server, router: appRouter });
  await once(server, "listening");
  return { port: /** @type {import("node:net").AddressInfo} */ (server.address()).port };
}
