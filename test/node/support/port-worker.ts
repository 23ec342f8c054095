import { parentPort, workerData } from "node:worker_threads";
import { servePort } from "../../../src/node/ports.js";
import { callContext } from "../../../src/objects/call-context.js";
import { expose } from "../../../src/objects/expose.js";
import type { Remote } from "../../../src/client/remote.js";

/** What the worker serves. */
export class Mill {
  grind(count: number): number {
    let sum = 0;
    for (let number = 1; number <= count; number++) sum += number;
    return sum;
  }
  async who(): Promise<string> {
    await Promise.resolve();
    return callContext().principal.id;
  }
  async tell(listener: Remote<(text: string) => string>): Promise<string> {
    return listener("from the worker");
  }
  mirror(bytes: Uint8Array): Uint8Array {
    return bytes.reverse();
  }
  never(): Promise<never> {
    return new Promise(() => undefined);
  }
  exit(): void {
    process.exit(7);
  }
  stopServing(): void {
    // After the answer has left.
    setImmediate(() => served?.[Symbol.dispose]());
  }
}
expose(Mill, ["grind", "who", "tell", "mirror", "never", "exit", "stopServing"]);

const served = parentPort === null || workerData === "idle" ? undefined : servePort({ mill: new Mill() }, parentPort);
