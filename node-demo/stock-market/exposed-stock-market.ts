import { expose } from "hearthwire";
import { StockMarket } from "./stock-market.js";

/** What viewers may use; that prices move is the market's own business. */
expose(StockMarket, ["name", "symbols", "quotes", "onJump"]);

export { StockMarket };
