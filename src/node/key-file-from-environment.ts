import { stat } from "node:fs/promises";
import { dirname, isAbsolute } from "node:path";
import type { KeyRing } from "../auth/key-ring.js";
import { ConfigError } from "../errors/hearthwire-error.js";
import { readKeyFile } from "./key-file.js";
import { parseKeyFile } from "./key-file-format.js";

/**
 * The key ring in the file that an environment variable names, with all checks of `keyFile`. The variable holds an
 * absolute path, never a key: what is in the environment is seen by child processes and crash reports. No error shows the
 * variable's value before it has proved to be the path of a file.
 *
 * The file must be there. Unlike `keyFile()` this makes none: whoever names a file in a deployment means keys that others
 * have too, and fresh ones in the place of a mistyped path would only fail later, at the first handshake.
 *
 * @param variable name of the environment variable
 * @throws ConfigError `HW_CREDENTIALS_MISSING`: it is not set, or there is no such file; `HW_OPTION_INVALID`: it is no
 *   absolute path; `HW_KEY_FILE_UNSAFE`, `HW_KEY_INVALID` as `keyFile`
 *
 * @example
 * const daemon = await serve({ warehouse }, { keys: await keyFileFromEnvironment("WAREHOUSE_KEY_FILE") });
 */
export async function keyFileFromEnvironment(
  variable: string,
  environment: NodeJS.ProcessEnv = process.env,
): Promise<KeyRing> {
  if (typeof variable !== "string" || variable === "") {
    throw new ConfigError("HW_OPTION_INVALID", `"variable" must name an environment variable, got ${typeof variable}`);
  }
  const path = environment[variable];
  if (path === undefined || path === "") {
    throw missing(`"${variable}" is not set in the environment; set it to the absolute path of a key file`);
  }
  if (!isAbsolute(path)) {
    throw new ConfigError(
      "HW_OPTION_INVALID",
      `"${variable}" of the environment must be the absolute path of a key file, and never a key itself; it holds ${path.length} other characters, which are not shown`,
    );
  }
  const content = (await isThere(path)) ? await readKeyFile(path) : undefined;
  if (content === undefined) {
    throw missing(
      `"${variable}" of the environment names no file that is there and can be looked at; make one by keyFile(path), and let the variable hold its path`,
    );
  }
  return parseKeyFile(content, path);
}

/** Standard base64 may begin with a slash: what can't be found might be a key, and stays untold. */
async function isThere(path: string): Promise<boolean> {
  try {
    await stat(dirname(path));
    await stat(path);
    return true;
  } catch {
    return false;
  }
}

function missing(message: string): ConfigError {
  return new ConfigError("HW_CREDENTIALS_MISSING", message);
}
