import { isAbsolute } from "node:path";
import { isBoolean, isDelay, isText, type OptionRule } from "../client/option-rules.js";
import { DEFAULT_CONNECT_OPTIONS } from "../client/connect.js";
import { completeLimits, DEFAULT_LIMITS, type Limits } from "../daemon/limits.js";
import { DEFAULT_NAMES, namesAddressOf, nameServerPlace } from "../naming/name-server-place.js";
import { isLoopbackAddress, LOOPBACK_ADDRESS } from "./loopback.js";
import { daemonPath } from "./reachability.js";

/** Limits that the configuration may set: all but the burst of a rate, with which the environment could widen the rate. */
export type ConfiguredLimit = Exclude<keyof Limits, "callBurstPerPrincipal">;

/** What stands where options of `serve` and `connect` say nothing. */
export interface ConfigValues extends Pick<Limits, ConfiguredLimit> {
  /** Where daemons listen. @default "127.0.0.1" */
  readonly host: string;
  /** @default 0, a free one */
  readonly port: number;
  /** Path of daemons. @default "/" */
  readonly path: string;
  /** The key file of daemons and clients that are given no keys. @default this user's */
  readonly keyFile: string | undefined;
  /** File of the certificate of daemons that are given no `tls`; with it and `tlsKeyFile` they have TLS. */
  readonly tlsCertFile: string | undefined;
  /** File of its private key. */
  readonly tlsKeyFile: string | undefined;
  /** File whose text, but for a line break at its end, is the passphrase of that key. */
  readonly tlsPassphraseFile: string | undefined;
  /** Whether daemons send stacks of thrown errors. @default false */
  readonly exposeStacks: boolean;
  /** Whether frames from 256 bytes on are signed by `node:crypto`, with the same bytes; else all by `@noble/hashes`. @default true */
  readonly platformHmac: boolean;
  /** Deadline of connecting in ms, 0 = none. @default 10_000 */
  readonly connectTimeoutMs: number;
  /** Deadline of calls in ms, 0 = none. @default 30_000 */
  readonly timeoutMs: number;
  /** How long a shared socket stays open after its last connection, in ms. @default 1_000 */
  readonly lingerMs: number;
  /** The name server that is asked for named addresses that say none. @default "ws://127.0.0.1:7765/names" */
  readonly names: string;
}

/** One item of the configuration. */
export interface ConfigItem {
  readonly default: unknown;
  /** What a value must be, whoever gives it. */
  readonly rule: OptionRule;
  /** Reads a variable's text; undefined when it is none of its kind. */
  readonly parse: (text: string) => unknown;
  /** What the environment may set: nothing looser than the default. */
  readonly tightens: OptionRule;
}

const isPort: OptionRule = (value) =>
  Number.isInteger(value) && (value as number) >= 0 && (value as number) <= 65_535 ? undefined : "an integer 0..65535";
const isPath: OptionRule = (value) => {
  try {
    daemonPath(value as string);
    return undefined;
  } catch {
    return 'a URL path such as "/rpc"';
  }
};
/** A key that was put in the place of its path is none. */
const isAbsolutePath: OptionRule = (value) => (isAbsolute(value as string) ? undefined : "the absolute path of a file");
const isNamesAddress: OptionRule = (value) => {
  try {
    nameServerPlace(value as string);
    return undefined;
  } catch {
    return `the address of a name server's object, such as ${DEFAULT_NAMES}`;
  }
};
const isNeutral: OptionRule = () => undefined;
const isLoopback: OptionRule = (value) =>
  isLoopbackAddress(String(value)) ? undefined : "a loopback address, since a wider one is said in code alone";
const isFalse: OptionRule = (value) => (value === false ? undefined : "false, since true is said in code alone");

/** Not above the default, and not 0, which would be no deadline at all. */
function isAtMost(most: number): OptionRule {
  return (value) =>
    (value as number) >= 1 && (value as number) <= most
      ? undefined
      : `1..${most}, since what is above the default of ${most} is said in code alone`;
}

/** Where something is; what is there is checked when it is read. */
const FILE: ConfigItem = { default: undefined, rule: isText, parse: asItIs, tightens: isAbsolutePath };

function delay(byDefault: number): ConfigItem {
  return { default: byDefault, rule: isDelay, parse: parseInteger, tightens: isAtMost(byDefault) };
}

function limit(name: keyof Limits): ConfigItem {
  const rule: OptionRule = (value) => {
    try {
      completeLimits({ [name]: value });
      return undefined;
    } catch (error) {
      return (error as Error).message.replace(/^.*? must be /, "").replace(/, got .*$/, "");
    }
  };
  const byDefault = DEFAULT_LIMITS[name];
  return { default: byDefault, rule, parse: parseInteger, tightens: isAtMost(byDefault) };
}

export const CONFIGURED_LIMITS = Object.keys(DEFAULT_LIMITS).filter(
  (name) => name !== "callBurstPerPrincipal",
) as readonly ConfiguredLimit[];

/** All items; the environment's variable of each is `HEARTHWIRE_` and its name in capitals, such as `HEARTHWIRE_KEY_FILE`. */
export const CONFIG_ITEMS: Readonly<Record<keyof ConfigValues, ConfigItem>> = {
  host: { default: LOOPBACK_ADDRESS, rule: isText, parse: asItIs, tightens: isLoopback },
  port: { default: 0, rule: isPort, parse: parseInteger, tightens: isNeutral },
  path: { default: "/", rule: isPath, parse: asItIs, tightens: isNeutral },
  keyFile: FILE,
  tlsCertFile: FILE,
  tlsKeyFile: FILE,
  tlsPassphraseFile: FILE,
  exposeStacks: { default: false, rule: isBoolean, parse: parseBoolean, tightens: isFalse },
  platformHmac: { default: true, rule: isBoolean, parse: parseBoolean, tightens: isNeutral },
  connectTimeoutMs: delay(DEFAULT_CONNECT_OPTIONS.connectTimeoutMs),
  timeoutMs: delay(DEFAULT_CONNECT_OPTIONS.timeoutMs),
  lingerMs: delay(DEFAULT_CONNECT_OPTIONS.lingerMs),
  // Elsewhere it is believed only once it has proved the key, and in the open it is not asked at all.
  names: { default: DEFAULT_NAMES, rule: isNamesAddress, parse: parseNames, tightens: isNeutral },
  ...(Object.fromEntries(CONFIGURED_LIMITS.map((name) => [name, limit(name)])) as Record<ConfiguredLimit, ConfigItem>),
};

/** The variable of an item: `maxFrameBytes` is read from `HEARTHWIRE_MAX_FRAME_BYTES`. */
export function variableOf(name: string): string {
  return `HEARTHWIRE_${name.replace(/[A-Z]/g, (capital) => `_${capital}`).toUpperCase()}`;
}

function asItIs(text: string): string | undefined {
  return text === "" ? undefined : text;
}

function parseNames(text: string): string | undefined {
  try {
    return namesAddressOf(text);
  } catch {
    return undefined;
  }
}

function parseInteger(text: string): number | undefined {
  return /^(0|[1-9]\d{0,15})$/.test(text) ? Number(text) : undefined;
}

/** As people write them; nothing else, so that a typing error is none of the two. */
function parseBoolean(text: string): boolean | undefined {
  const word = text.toLowerCase();
  if (["1", "on", "yes", "true"].includes(word)) return true;
  return ["0", "off", "no", "false"].includes(word) ? false : undefined;
}
