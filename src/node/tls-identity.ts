import { createPrivateKey, type KeyObject, X509Certificate } from "node:crypto";
import { ConfigError } from "../errors/hearthwire-error.js";
import { pemBlocks, type PemSource, readPem } from "./pem-source.js";

/** The passphrase of an encrypted private key, or who knows it: asked each time that the key is read. */
export type Passphrase = string | (() => string | Promise<string>);

/** What one end of a TLS connection shows of itself. */
export interface IdentityOptions {
  /** The certificate, first, and those between it and its authority. */
  readonly cert: PemSource;
  /** Its private key; encrypted, it needs a `passphrase`. */
  readonly key: PemSource;
  readonly passphrase?: Passphrase | undefined;
}

/** A certificate and its key, which were held against each other and the clock; as `node:tls` takes them. */
export interface TlsIdentity {
  readonly cert: string;
  /** PEM, not encrypted any more. */
  readonly key: string;
}

/**
 * Reads a certificate and its private key.
 *
 * A certificate out of its time is refused on the side that shows it: no peer that checks would take it, and a program
 * that fails as it starts is noticed sooner than one that nobody can reach.
 *
 * @param nowMs milliseconds since 1970
 * @throws ConfigError `HW_OPTION_INVALID`: one of them is missing, unreadable or malformed, they don't belong together, the
 *   passphrase is missing or wrong, or the certificate has expired or is not valid yet. Neither key nor passphrase is in it
 */
export async function readIdentity(
  options: { readonly [K in keyof IdentityOptions]?: IdentityOptions[K] | undefined },
  nowMs: number,
): Promise<TlsIdentity> {
  const { cert, key, passphrase } = options;
  if (cert === undefined || key === undefined)
    throw invalid(
      `"tls.${cert === undefined ? "cert" : "key"}" must be given: TLS needs a certificate and its private key`,
    );
  const chain = await readCertificates(cert, "tls.cert");
  const keyObject = await readKey(key, passphrase);
  const leaf = chain[0] as X509Certificate;
  if (!leaf.checkPrivateKey(keyObject))
    throw invalid('"tls.key" must be the private key of the first certificate in "tls.cert", got another one');
  requireDates(leaf, nowMs);
  return {
    cert: chain.map(String).join(""),
    key: keyObject.export({ type: "pkcs8", format: "pem" }).toString(),
  };
}

/**
 * Reads one certificate or more.
 * @throws ConfigError `HW_OPTION_INVALID` when there is none, or one that can't be read
 */
export async function readCertificates(source: PemSource, option: string): Promise<readonly X509Certificate[]> {
  const text = await readPem(source, { option, label: "CERTIFICATE" });
  return pemBlocks(text, "CERTIFICATE").map((block, index) => {
    try {
      return new X509Certificate(block);
    } catch (cause) {
      throw invalid(`"${option}" must hold certificates in PEM, number ${index + 1} can't be read`, cause);
    }
  });
}

async function readKey(source: PemSource, passphrase: Passphrase | undefined): Promise<KeyObject> {
  const text = await readPem(source, { option: "tls.key", label: "PRIVATE KEY" });
  const [key = ""] = pemBlocks(text, "PRIVATE KEY");
  if (!isEncrypted(key)) {
    try {
      return createPrivateKey(key);
    } catch (cause) {
      throw invalid('"tls.key" must hold a private key in PEM, its content can\'t be read', cause);
    }
  }
  const asked = await askPassphrase(passphrase);
  try {
    return createPrivateKey({ key, passphrase: asked });
  } catch (cause) {
    throw invalid('"tls.passphrase" must be that of "tls.key", which it does not decrypt', cause);
  }
}

/** PKCS #8 says so in the label, the older formats in a header (RFC 1421). */
function isEncrypted(key: string): boolean {
  return key.startsWith("-----BEGIN ENCRYPTED ") || /^Proc-Type: *4, *ENCRYPTED/m.test(key);
}

async function askPassphrase(passphrase: Passphrase | undefined): Promise<string> {
  if (passphrase === undefined)
    throw invalid('"tls.passphrase" must be given: "tls.key" is encrypted; it may be a function that asks for it');
  let answer: unknown;
  try {
    answer = typeof passphrase === "function" ? await passphrase() : passphrase;
  } catch (cause) {
    throw invalid('"tls.passphrase" must give the passphrase of "tls.key", it threw instead', cause);
  }
  if (typeof answer !== "string") throw invalid(`"tls.passphrase" must give a text, got ${typeof answer}`);
  return answer;
}

function requireDates(certificate: X509Certificate, nowMs: number): void {
  const { validFrom, validTo } = certificate;
  const now = new Date(nowMs).toISOString();
  if (nowMs > Date.parse(validTo))
    throw invalid(`"tls.cert" must not have expired, got one valid to ${iso(validTo)}, and it is ${now}: renew it`);
  if (nowMs < Date.parse(validFrom))
    throw invalid(
      `"tls.cert" must be valid already, got one valid from ${iso(validFrom)}, and it is ${now}: look at this machine's clock`,
    );
}

function iso(date: string): string {
  return new Date(date).toISOString();
}

function invalid(sentence: string, cause?: unknown): ConfigError {
  return new ConfigError("HW_OPTION_INVALID", sentence, cause === undefined ? undefined : { cause });
}
