import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";

const fileBeside = (name: string): string => fileURLToPath(new URL(name, import.meta.url));

/** Starts the server and the client as two processes of their own, on any free port. */
const server = fork(fileBeside("./server.ts"), ["0"], { stdio: ["ignore", "pipe", "inherit", "ipc"] });
const children: ChildProcess[] = [server];
for (const signal of ["SIGINT", "SIGTERM"] as const) {
  process.once(signal, () => children.forEach((child) => child.kill(signal)));
}

const stopped = once(server, "exit");
process.exitCode = 1;
for await (const line of createInterface({ input: server.stdout! })) {
  console.log(line);
  const address = /^Serving (\S+)$/.exec(line)?.[1];
  if (address === undefined) continue;
  const client = fork(fileBeside("./client.ts"), [address], { stdio: "inherit" });
  children.push(client);
  const [exitCode] = (await once(client, "exit")) as [number | null];
  // A signal that ended it left no code.
  process.exitCode = exitCode ?? 1;
  break;
}
server.kill("SIGTERM");
await stopped;
