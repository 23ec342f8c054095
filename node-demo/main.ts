import { runPrograms } from "./run-programs.js";

/** Starts the server and the client as two processes of their own, on any free port. */
await runPrograms({
  servers: [{ file: new URL("./server.ts", import.meta.url), args: ["0"] }],
  client: new URL("./client.ts", import.meta.url),
});
