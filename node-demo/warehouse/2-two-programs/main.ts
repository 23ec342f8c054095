import { runPrograms } from "../../run-programs.js";

/** Starts the warehouse and the visitors as two processes. */
await runPrograms({
  servers: [{ file: new URL("./server.ts", import.meta.url), args: ["0"] }],
  client: new URL("./visit.ts", import.meta.url),
});
