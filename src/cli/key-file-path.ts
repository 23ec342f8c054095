import { config } from "../node/config.js";
import { defaultKeyFilePath } from "../node/key-file.js";
import type { CommandIo } from "./command-io.js";

/** The key file that a command works on: of `--key-file`, else of `HEARTHWIRE_KEY_FILE`, else this user's. */
export function keyFilePath(io: CommandIo): string {
  return namedKeyFilePath(io) ?? defaultKeyFilePath(process.platform, io.env);
}

/** The key file that the user named; undefined when it is the one that is made on first use. */
export function namedKeyFilePath(io: CommandIo): string | undefined {
  return io.options.keyFile ?? config.get("keyFile");
}
