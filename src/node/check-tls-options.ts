import { checkByRules, isBoolean, isFunction, isObject, type OptionRule } from "../client/option-rules.js";
import { ConfigError } from "../errors/hearthwire-error.js";
import type { ClientCertificateOptions, RenewedTls, TlsMaterial, TlsOptions } from "./tls-options.js";

const isPem: OptionRule = (value) => (isPemSource(value) ? undefined : PEM_FORMS);

const arePems: OptionRule = (value) => {
  const list: readonly unknown[] = Array.isArray(value) ? value : [value];
  return list.length > 0 && list.every(isPemSource) ? undefined : `${PEM_FORMS}, or an array of them`;
};

const PEM_FORMS = 'PEM as a text or bytes, or { file: "path" }';

/** What each part of the material must be. */
export const MATERIAL_RULES: Readonly<Record<keyof TlsMaterial, OptionRule>> = {
  cert: isPem,
  key: isPem,
  passphrase: (value) =>
    typeof value === "string" || typeof value === "function" ? undefined : "a text, or a function that gives it",
  ca: arePems,
  crl: arePems,
};

const CLIENT_CERTIFICATE_RULES: Readonly<Record<keyof ClientCertificateOptions, OptionRule>> = {
  certificateSubject: isFunction,
  verifyPeer: isFunction,
};

const TLS_RULES: Readonly<Record<keyof TlsOptions, OptionRule>> = {
  ...MATERIAL_RULES,
  ...CLIENT_CERTIFICATE_RULES,
  requestClientCertificate: isBoolean,
  minVersion: isTlsVersion,
};

/**
 * Refuses TLS options of a wrong name or type, and those that would do nothing without another: a check that never runs
 * is worse than none.
 * @throws ConfigError `HW_OPTION_INVALID`
 */
export function checkTlsOptions(tls: TlsOptions): void {
  checkNested(tls, TLS_RULES);
  if (tls.requestClientCertificate !== true) {
    for (const name of ["certificateSubject", "verifyPeer", "crl"] as const)
      if (tls[name] !== undefined)
        throw invalid(
          `"tls.requestClientCertificate" must be true for "tls.${name}", which is about the certificates of clients`,
        );
  } else if (tls.ca === undefined) {
    throw invalid(
      '"tls.ca" must name the authorities of your clients when "tls.requestClientCertificate" is true: any authority of the web would vouch for them otherwise',
    );
  }
}

/**
 * Checks what is said of client certificates to a daemon that is attached to a server, whose own TLS it is.
 * @throws ConfigError `HW_OPTION_INVALID`
 */
export function checkAttachedTls(tls: ClientCertificateOptions): void {
  checkNested(tls, CLIENT_CERTIFICATE_RULES);
}

/**
 * Checks what replaces parts of a daemon's TLS.
 * @throws ConfigError `HW_OPTION_INVALID`
 */
export function checkTlsMaterial(renewed: RenewedTls): void {
  checkNested(renewed, MATERIAL_RULES);
}

/**
 * Checks the options within `tls` by rules.
 * @throws ConfigError `HW_OPTION_INVALID`
 */
export function checkNested(tls: object, rules: Readonly<Record<string, OptionRule>>): void {
  if (!isObject(tls)) throw invalid(`"tls" must be an object of TLS options, got ${typeof tls}`);
  const prefixed = <T>(entries: Readonly<Record<string, T>>): Record<string, T> =>
    Object.fromEntries(Object.entries(entries).map(([name, value]) => [`tls.${name}`, value]));
  checkByRules(prefixed(tls as Readonly<Record<string, unknown>>), prefixed(rules));
}

/** A version of TLS that is not broken. */
export function isTlsVersion(value: unknown): string | undefined {
  return value === "TLSv1.2" || value === "TLSv1.3" ? undefined : '"TLSv1.2" or "TLSv1.3"';
}

function isPemSource(value: unknown): boolean {
  if (typeof value === "string" || value instanceof Uint8Array) return true;
  if (!isObject(value) || value instanceof URL) return false;
  const { file, ...others } = value as { readonly file?: unknown };
  return (
    Object.keys(others).length === 0 && (typeof file === "string" || (file instanceof URL && file.protocol === "file:"))
  );
}

function invalid(sentence: string): ConfigError {
  return new ConfigError("HW_OPTION_INVALID", sentence);
}
