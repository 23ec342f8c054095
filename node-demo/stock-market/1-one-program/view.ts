import { StockMarket } from "../stock-market.js";
import { Viewer } from "../viewer.js";

/** Step 1: markets and viewer in one program, without hearthwire. */
using nasdaq = new StockMarket("NASDAQ", ["AAPL", "CSCO", "MSFT", "GOOG"]);
using newYork = new StockMarket("NYSE", ["IBM", "HPQ", "BP"]);

const viewer = new Viewer(["IBM", "AAPL", "MSFT"]);
console.log("Shares: IBM, AAPL, MSFT");
await viewer.watch([nasdaq, newYork]);
