import { runPrograms } from "../../run-programs.js";

/** Starts a name server, the warehouse and the visitors as three processes. */
await runPrograms({
  servers: [
    { file: new URL("../../names.ts", import.meta.url), args: ["0"] },
    { file: new URL("./server.ts", import.meta.url) },
  ],
  client: new URL("./visit.ts", import.meta.url),
});
