import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";

/** A program that says `Serving ADDRESS` once it does. */
export interface ServingProgram {
  readonly file: URL;
  /** Come before the addresses of the programs that were started before it. */
  readonly args?: readonly string[];
}

/** Programs that belong together. */
export interface Programs {
  /** Started one after another, each when those before it serve. */
  readonly servers: readonly ServingProgram[];
  /** Started last, with the addresses of all; the servers end with it. */
  readonly client: URL;
}

/** Runs programs as processes of their own; their exit code is the client's. */
export async function runPrograms({ servers, client }: Programs): Promise<void> {
  const running: ChildProcess[] = [];
  const addresses: string[] = [];
  for (const signal of ["SIGINT", "SIGTERM"] as const) {
    process.once(signal, () => running.forEach((child) => child.kill(signal)));
  }
  const start = (file: URL, args: readonly string[], stdin: "ignore" | "inherit"): ChildProcess => {
    const child = fork(fileURLToPath(file), args, {
      stdio: [stdin, stdin === "inherit" ? "inherit" : "pipe", "inherit", "ipc"],
    });
    running.push(child);
    return child;
  };

  process.exitCode = 1;
  let areServing = true;
  for (const { file, args = [] } of servers) {
    const address = await servedAddress(start(file, [...args, ...addresses], "ignore"));
    areServing = address !== undefined;
    if (address === undefined) break;
    addresses.push(address);
  }
  if (areServing) {
    const [exitCode] = (await once(start(client, addresses, "inherit"), "exit")) as [number | null];
    // A signal that ended it left no code.
    process.exitCode = exitCode ?? 1;
  }
  // The last first: who registered a name takes it back.
  for (const child of running.toReversed()) {
    if (child.exitCode !== null || child.signalCode !== null) continue;
    child.kill("SIGTERM");
    await once(child, "exit");
  }
}

/** Prints what a program prints; gives what it serves, or undefined when it has ended without. */
function servedAddress(program: ChildProcess): Promise<string | undefined> {
  return new Promise((resolve) => {
    createInterface({ input: program.stdout! }).on("line", (line) => {
      console.log(line);
      const address = /^Serving (\S+)$/.exec(line)?.[1];
      if (address !== undefined) resolve(address);
    });
    program.once("exit", () => resolve(undefined));
  });
}
