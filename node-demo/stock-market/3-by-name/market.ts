import { serve } from "hearthwire/node";
import { StockMarket } from "../exposed-stock-market.js";

const SYMBOLS: ReadonlyMap<string, readonly string[]> = new Map([
  ["nasdaq", ["AAPL", "CSCO", "MSFT", "GOOG"]],
  ["nyse", ["IBM", "HPQ", "BP"]],
]);

/** Step 3: each market in a program of its own, registered with the name server in the second argument. */
const [id = "nasdaq", server] = process.argv.slice(2);
using market = new StockMarket(id.toUpperCase(), SYMBOLS.get(id) ?? ["HPQ"]);

const daemon = await serve({ [id]: market }, { names: { server, prefix: "example.market." } });
// At first, and again when the name server was away.
daemon.on("named", () => console.log(`Serving ${daemon.url(id)}`));
await daemon.closed;
