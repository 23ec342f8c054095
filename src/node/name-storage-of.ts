import { ConfigError } from "../errors/hearthwire-error.js";
import { isObject } from "../client/option-rules.js";
import type { NameStorage } from "../naming/name-storage.js";

/**
 * The storage that an option names: an object of the program, or a file.
 * @throws ConfigError `HW_OPTION_INVALID` for what is neither
 */
export function nameStorageOf(storage: unknown): Promise<NameStorage | undefined> {
  if (storage === undefined || isObject(storage)) return Promise.resolve(storage as NameStorage | undefined);
  return Promise.reject(new ConfigError("HW_OPTION_INVALID", `"storage" must be a NameStorage, got ${typeof storage}`));
}
