import { openConnection } from "hearthwire/node";
import type { StockMarket } from "../stock-market.js";
import { Viewer } from "../viewer.js";

/** Step 2: the viewer in another program; streams bring the prices, and the markets call back when one jumps. */
const address = process.argv[2] ?? "ws://127.0.0.1:7766/";
using connection = openConnection<{ nasdaq: StockMarket; newyork: StockMarket }>(address, { lingerMs: 0 });

const viewer = new Viewer(["IBM", "AAPL", "MSFT"]);
console.log("Shares: IBM, AAPL, MSFT");
await viewer.watch([connection.object("nasdaq"), connection.object("newyork")]);
