import { runPrograms } from "../../run-programs.js";

/** Starts the markets and the viewer as two processes. */
await runPrograms({
  servers: [{ file: new URL("./markets.ts", import.meta.url), args: ["0"] }],
  client: new URL("./view.ts", import.meta.url),
});
