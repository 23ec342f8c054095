import { stat } from "node:fs/promises";
import { dirname, resolve } from "node:path";
import type { Key } from "../auth/key.js";
import type { KeyRing } from "../auth/key-ring.js";
import { readKeyFile } from "../node/key-file.js";
import { parseKeyFile } from "../node/key-file-format.js";
import type { CommandIo } from "./command-io.js";
import { keyFilePath, namedKeyFilePath } from "./key-file-path.js";
import { failed, type Finding } from "./finding.js";

const CHECK = "key file";
/** A key that ends sooner is told. */
const SOON_MS = 7 * 86_400_000;

/** Whether the key file that commands use is safe, whole, and good for now. It is not made. */
export async function checkKeyFile(io: CommandIo, nowMs: number = Date.now()): Promise<Finding> {
  const file = resolve(keyFilePath(io));
  try {
    const content = (await isThere(file)) ? await readKeyFile(file) : undefined;
    if (content !== undefined) return judged(parseKeyFile(content, file), { file, nowMs });
  } catch (error) {
    return failed(CHECK, error);
  }
  if (namedKeyFilePath(io) === undefined)
    return { check: CHECK, level: "ok", says: `${file} is not there yet: it is made on first use` };
  const remedy = "name another file, or make it by: hearthwire keys new";
  return { check: CHECK, level: "fail", says: `${file} is not there`, remedy };
}

/** With the folder: without that one there is nothing to be looked at. */
async function isThere(file: string): Promise<boolean> {
  return stat(dirname(file)).then(
    () => true,
    () => false,
  );
}

function judged(ring: KeyRing, { file, nowMs }: { readonly file: string; readonly nowMs: number }): Finding {
  const keys = [...ring];
  const connecting = ring.choose("connect", nowMs);
  const remedy = "make a new one by: hearthwire keys new";
  if (connecting === undefined)
    return { check: CHECK, level: "fail", says: `${file} has no key to connect with that is valid now`, remedy };
  const ending = keys.filter((key) => endsMs(key) < nowMs + SOON_MS);
  const says = `${file} is this user's alone and has ${keys.length === 1 ? "one key" : `${keys.length} keys`}`;
  if (ending.length === 0) return { check: CHECK, level: "ok", says };
  const ends = ending.map((key) => `${key.id} (${key.notAfter?.toISOString()})`).join(", ");
  return { check: CHECK, level: "warn", says: `${says}; these end soon, or have ended: ${ends}`, remedy };
}

function endsMs({ notAfter }: Key): number {
  return notAfter?.getTime() ?? Number.POSITIVE_INFINITY;
}
