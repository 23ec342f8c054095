// The daemon that timing.ts dials, in a process of its own.
import { Key } from "../src/auth/key.js";
import { KeyRing } from "../src/auth/key-ring.js";
import { serve } from "../src/node/serve.js";

const alice = Key.generate({ id: "alice" });
const keys =
  process.argv[2] === "provider"
    ? new KeyRing([], { find: async (id) => (id === "alice" ? alice : undefined) })
    : new KeyRing([alice]);
const daemon = await serve({}, { keys });
process.on("disconnect", () => process.exit(0));
process.send?.(daemon.url());
