import { runPrograms } from "../../run-programs.js";

const market = new URL("./market.ts", import.meta.url);

/** Starts a name server, two markets and the viewer as four processes. */
await runPrograms({
  servers: [
    { file: new URL("../../names.ts", import.meta.url), args: ["0"] },
    { file: market, args: ["nasdaq"] },
    { file: market, args: ["nyse"] },
  ],
  client: new URL("./view.ts", import.meta.url),
});
