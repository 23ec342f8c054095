import { config } from "../node/config.js";
import { defaultKeyFilePath } from "../node/key-file.js";
import type { CommandIo } from "./command-io.js";

/** The key file that a command works on: of `--key-file`, else of `HEARTHWIRE_KEY_FILE`, else this user's. */
export function keyFilePath(io: CommandIo): string {
  return io.options.keyFile ?? config.get("keyFile") ?? defaultKeyFilePath(process.platform, io.env);
}
