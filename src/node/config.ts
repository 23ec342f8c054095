import { ConfigError } from "../errors/hearthwire-error.js";
import { checkByRules, isObject, type OptionRule } from "../client/option-rules.js";
import { CONFIG_ITEMS, type ConfigValues, variableOf } from "./config-items.js";

export type { ConfigValues } from "./config-items.js";

/** Variables, as `process.env` has them. */
export type Environment = Readonly<Record<string, string | undefined>>;

/** One value that holds now. */
export interface ConfigEntry {
  readonly value: unknown;
  readonly from: "code" | "environment" | "default";
}

const PREFIX = "HEARTHWIRE_";
const names = Object.keys(CONFIG_ITEMS) as readonly (keyof ConfigValues)[];
const RULES = Object.fromEntries(names.map((name) => [name, CONFIG_ITEMS[name].rule])) as Record<string, OptionRule>;

/**
 * What `serve` and `connect` of this process take where their options say nothing: what code has set, else what the
 * environment says, else the default. The environment is read by `reset({ environment: true })` alone, and what it sets
 * is never looser than the default.
 */
export class Config {
  #code: Partial<ConfigValues> = {};
  #environment: Partial<ConfigValues> = {};
  #isFrozen = false;

  /** The value that holds now. */
  get<N extends keyof ConfigValues>(name: N): ConfigValues[N] {
    return this.#entry(name).value as ConfigValues[N];
  }

  /**
   * Sets values by code, all of them or, when one is wrong, none; undefined takes back what was set.
   * @throws ConfigError `HW_OPTION_INVALID` for an unknown name, a wrong value, or when the configuration is frozen
   */
  set(values: Partial<{ readonly [N in keyof ConfigValues]: ConfigValues[N] | undefined }>): this {
    this.#requireThawed("set()");
    // Read once: what is checked is what is kept.
    const copy: unknown = isObject(values) ? { ...values } : values;
    checkByRules(copy, RULES);
    this.#code = { ...this.#code, ...(copy as Partial<ConfigValues>) };
    return this;
  }

  /**
   * Forgets what was set, by code and environment, and reads the variables `HEARTHWIRE_*` when asked to: of each item
   * its name in capitals, such as `HEARTHWIRE_MAX_SESSIONS`. Unknown ones cause a warning of the process.
   *
   * @param source `environment`: false, true for `process.env`, or variables of another place
   * @throws ConfigError `HW_OPTION_INVALID` when a variable is malformed, or looser than the default: its name is said, its
   *   value not, and nothing has changed; also when the configuration is frozen
   */
  reset({ environment }: { readonly environment: boolean | Environment }): this {
    this.#requireThawed("reset()");
    const variables = environment === true ? process.env : environment;
    this.#environment = variables === false ? {} : readVariables(variables);
    this.#code = {};
    return this;
  }

  /** Refuses every later `set` and `reset`, for good. */
  freeze(): this {
    this.#isFrozen = true;
    return this;
  }

  /** All values and where they come from. There are no secrets among them: of keys it has the places of files. */
  dump(): Readonly<Record<keyof ConfigValues, ConfigEntry>> {
    return Object.fromEntries(names.map((name) => [name, this.#entry(name)])) as Record<
      keyof ConfigValues,
      ConfigEntry
    >;
  }

  toJSON(): object {
    return this.dump();
  }

  [Symbol.for("nodejs.util.inspect.custom")](): object {
    return this.dump();
  }

  #entry(name: keyof ConfigValues): ConfigEntry {
    if (this.#code[name] !== undefined) return { value: this.#code[name], from: "code" };
    if (this.#environment[name] !== undefined) return { value: this.#environment[name], from: "environment" };
    return { value: CONFIG_ITEMS[name].default, from: "default" };
  }

  #requireThawed(what: string): void {
    if (!this.#isFrozen) return;
    throw new ConfigError("HW_OPTION_INVALID", `"config" is frozen: ${what} must be called before config.freeze()`);
  }
}

/** The configuration of this process. */
export const config: Config = /* @__PURE__ */ new Config();

function readVariables(variables: Environment): Partial<ConfigValues> {
  const read: Record<string, unknown> = {};
  const known = new Map<string, keyof ConfigValues>(names.map((name) => [variableOf(name), name]));
  const unknown: string[] = [];
  for (const [variable, text] of Object.entries(variables)) {
    if (text === undefined || !variable.startsWith(PREFIX)) continue;
    const name = known.get(variable);
    if (name === undefined) unknown.push(variable);
    else read[name] = readVariable(variable, { name, text });
  }
  if (unknown.length > 0) {
    process.emitWarning(`no variable of this package, and without effect: ${unknown.join(", ")}`, "HearthwireWarning");
  }
  return read;
}

function readVariable(
  variable: string,
  { name, text }: { readonly name: keyof ConfigValues; readonly text: string },
): unknown {
  const { parse, rule, tightens } = CONFIG_ITEMS[name];
  const value = parse(text);
  const must = value === undefined ? (rule(undefined) ?? "of its kind") : (rule(value) ?? tightens(value));
  if (must === undefined) return value;
  throw new ConfigError("HW_OPTION_INVALID", `the environment variable "${variable}" must be ${must}`);
}
