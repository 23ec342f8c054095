import { Key } from "../auth/key.js";
import { KeyRing } from "../auth/key-ring.js";
import { checkByRules, isAny, isBoolean, isListOf, isText, type OptionRule } from "../client/option-rules.js";
import { CORE_RULES } from "../daemon/core-option-rules.js";
import type { AttachTarget, DaemonOptions, ListenTarget, ServeOptions } from "./serve-options.js";

/** Types alone; what the values must be is checked where they are read. */
const SERVE_RULES: Readonly<Record<keyof DaemonOptions | keyof ListenTarget | keyof AttachTarget, OptionRule>> = {
  keys: (value) =>
    value instanceof Key || value instanceof KeyRing
      ? undefined
      : "a KeyRing or a Key that this copy of the package made: Key.from(bytes, { id }), or await keyFile(path)",
  host: isText,
  port: isAny,
  path: isText,
  server: isAny,
  origins: isListOf("origins"),
  publicUrl: (value) =>
    typeof value === "string" || value instanceof URL || Array.isArray(value)
      ? undefined
      : "a URL, or an array of URLs",
  trustProxy: (value) =>
    typeof value === "boolean" || Array.isArray(value) ? undefined : "true or false, or an array of addresses",
  allowPlaintext: isBoolean,
  ...CORE_RULES,
};

/**
 * Refuses options of a wrong name or type: a misspelt `authorize`, or an `allowPlaintext` of "false", must not be passed
 * over.
 * @throws ConfigError `HW_OPTION_INVALID`
 */
export function checkServeOptions(options: ServeOptions): void {
  checkByRules(options, SERVE_RULES);
}
