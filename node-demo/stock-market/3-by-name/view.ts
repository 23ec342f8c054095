import { connect, type NameServer, release, type Remote } from "hearthwire/node";
import type { StockMarket } from "../stock-market.js";
import { Viewer } from "../viewer.js";

/** Step 3: the viewer asks the name server in the first argument which markets there are. */
const address = process.argv[2] ?? "ws://127.0.0.1:7765/names";
using names = await connect<NameServer>(address, { lingerMs: 0 });

const markets: Remote<StockMarket>[] = [];
for await (const { name } of names.list({ prefix: "example.market." })) {
  console.log(`Found ${name}`);
  markets.push(await connect<StockMarket>(`hearthwire:${name}`, { names: address, lingerMs: 0 }));
}
const viewer = new Viewer(["IBM", "AAPL", "MSFT"]);
console.log("Shares: IBM, AAPL, MSFT");
await viewer.watch(markets);
for (const market of markets) release(market);
