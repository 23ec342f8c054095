/** A client in a process of its own, which connects, says so, and then does nothing more. */
import { openConnection } from "../../../src/node.js";
import { programKey } from "./signalled-program.js";

const connection = openConnection(process.argv[2]!, { key: programKey });
connection.on("state", ({ status }) => console.log(status));
await connection.ready;
if (process.argv[3] === "calls")
  void connection
    .object<{ hang(): void }>("work")
    .hang()
    .catch(() => undefined);
