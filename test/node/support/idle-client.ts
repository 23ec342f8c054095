/** A client in a process of its own, which connects, says so, and then does nothing more, or waits for a call that hangs. */
import { type HearthwireError, openConnection, withOptions } from "../../../src/node.js";
import { programKey } from "./signalled-program.js";

const connection = openConnection(process.argv[2]!, { key: programKey });
connection.on("state", ({ status }) => console.log(status));
await connection.ready;
if (process.argv[3] === "calls") {
  const work = withOptions(connection.object<{ take(ms: number): void }>("work"), { timeoutMs: 2_500 });
  work.take(60_000).catch(({ code, delivery }: HearthwireError) => console.log(`failed: ${code} ${delivery}`));
}
