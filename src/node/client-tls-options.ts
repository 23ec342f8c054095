import { isBoolean, isFunction, isObject, isText, type OptionRule } from "../client/option-rules.js";
import type { VerifyPeer } from "./certificate-checks.js";
import { checkNested, isTlsVersion, MATERIAL_RULES } from "./check-tls-options.js";
import type { PemSource } from "./pem-source.js";
import type { Passphrase } from "./tls-identity.js";

/** How a Node program uses TLS to a daemon. Certificates are always verified; no option turns that off. */
export interface ClientTlsOptions {
  /** Authorities whose certificates are accepted, in place of those that Node trusts. @default Node's */
  ca?: PemSource | readonly PemSource[] | undefined;
  /**
   * The client's certificate, and those between it and its authority. Where neither `key` nor `ticket` is given it is also
   * what the daemon knows this client by. Read at each dial.
   */
  cert?: PemSource | undefined;
  /** The private key of `cert`. */
  key?: PemSource | undefined;
  /** That `key` is encrypted with; a function is asked each time that the key is read. */
  passphrase?: Passphrase | undefined;
  /**
   * Looks at the daemon's certificate, which TLS has verified, at each dial and before anything is sent over the line;
   * throwing refuses the daemon.
   */
  verifyPeer?: VerifyPeer | undefined;
  /**
   * Binds each handshake to its TLS connection, so that nobody can stand between the two, whatever certificate he has. No
   * proxy may end TLS before the daemon then. @default what the key says
   */
  requireChannelBinding?: boolean | undefined;
  /** The name that the daemon's certificate must have. @default the host of the address */
  servername?: string | undefined;
  /** @default "TLSv1.3" */
  minVersion?: "TLSv1.2" | "TLSv1.3" | undefined;
}

const { ca, cert, key, passphrase } = MATERIAL_RULES;

const RULES: Readonly<Record<keyof ClientTlsOptions, OptionRule>> = {
  ca,
  cert,
  key,
  passphrase,
  verifyPeer: isFunction,
  requireChannelBinding: isBoolean,
  servername: isText,
  minVersion: isTlsVersion,
};

/** The rule of the option `tls`. @throws ConfigError `HW_OPTION_INVALID` for what is wrong within */
export const isClientTls: OptionRule = (value) => {
  if (!isObject(value)) return "an object";
  checkNested(value, RULES);
  return undefined;
};
