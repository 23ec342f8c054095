import type { Transport } from "./transport.js";

/** What `task` sends, its close too, goes in one write where the transport can do that; gives what it gives. */
export function sendTogether<T>(transport: Transport, task: () => T): T {
  return transport.together === undefined ? task() : transport.together(task);
}
