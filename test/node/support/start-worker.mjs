// Runs port-worker.ts in a worker thread: `--import tsx` has no effect there.
import { register } from "tsx/esm/api";

register();
await import("./port-worker.ts");
