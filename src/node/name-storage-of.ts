import { isObject } from "../client/option-rules.js";
import { ConfigError } from "../errors/hearthwire-error.js";
import type { NameStorage } from "../naming/name-storage.js";
import { sqliteNames } from "./sqlite-names.js";

/**
 * The storage that an option names: an object of the program, or a file.
 * @throws ConfigError `HW_OPTION_INVALID` for what is neither
 */
export function nameStorageOf(storage: unknown): NameStorage | undefined {
  if (typeof storage === "string") return sqliteNames(storage);
  if (storage === undefined || isObject(storage)) return storage as NameStorage | undefined;
  throw new ConfigError("HW_OPTION_INVALID", `"storage" must be a NameStorage or a file, got ${typeof storage}`);
}
