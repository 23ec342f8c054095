import { resolve } from "node:path";
import { parseKeyFile } from "../node/key-file-format.js";
import { readKeyFile } from "../node/key-file.js";
import type { CommandIo } from "./command-io.js";
import { keyFilePath } from "./key-file-path.js";

/** A key by what may be said of it. */
export interface ShownKey {
  readonly id: string;
  /** Its file, absolute. */
  readonly file: string;
}

/** Which key the command connects with; undefined when there is none, or none that can be read. */
export async function shownKey(io: CommandIo): Promise<ShownKey | undefined> {
  const file = resolve(keyFilePath(io));
  try {
    const text = await readKeyFile(file);
    const key = text === undefined ? undefined : parseKeyFile(text, file).choose("connect", Date.now());
    return key && { id: key.id, file };
  } catch {
    // Whoever asks has an error to tell already.
    return undefined;
  }
}
