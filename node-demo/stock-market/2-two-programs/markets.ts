import { serve } from "hearthwire/node";
import { StockMarket } from "../exposed-stock-market.js";

/** Step 2: two markets in a program of their own, on the port in the first argument. */
using nasdaq = new StockMarket("NASDAQ", ["AAPL", "CSCO", "MSFT", "GOOG"]);
using newyork = new StockMarket("NYSE", ["IBM", "HPQ", "BP"]);

const daemon = await serve({ nasdaq, newyork }, { port: Number(process.argv[2] ?? 7766) });
console.log(`Serving ${daemon.url()}`);
await daemon.closed;
