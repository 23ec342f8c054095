import { fork } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";

const fileBeside = (name: string): string => fileURLToPath(new URL(name, import.meta.url));

/** Starts the server and the client as two processes of their own, on any free port. */
const server = fork(fileBeside("./server.ts"), ["0"], { stdio: ["ignore", "pipe", "inherit", "ipc"] });
const stopped = once(server, "exit");
let exitCode = 1;
for await (const line of createInterface({ input: server.stdout! })) {
  console.log(line);
  const address = /^Serving (\S+)$/.exec(line)?.[1];
  if (address === undefined) continue;
  const client = fork(fileBeside("./client.ts"), [address], { stdio: "inherit" });
  [exitCode] = (await once(client, "exit")) as [number];
  break;
}
server.kill("SIGTERM");
await stopped;
process.exitCode = exitCode;
