import { constants } from "node:crypto";
import type { RequestListener, ServerOptions } from "node:http";
import { createServer, type Server } from "node:https";
import { createSecureContext, type SecureContextOptions } from "node:tls";
import { ConfigError } from "../errors/hearthwire-error.js";
import { HEADERS_DEADLINE_MS } from "./connection-guard.js";
import { checkTlsMaterial } from "./check-tls-options.js";
import { pemBlocks, type PemLabel, type PemSource, readPem } from "./pem-source.js";
import { readCertificates, readIdentity } from "./tls-identity.js";
import type { RenewedTls, TlsMaterial, TlsOptions } from "./tls-options.js";

/** The guard at the door ends a handshake a little sooner, and still knows whose it was. */
const HANDSHAKE_TIMEOUT_MS = HEADERS_DEADLINE_MS + 500;

/**
 * No resumption: it skips the certificates, so that one revoked or expired meanwhile would go on working (CVE-2025-23419
 * of nginx); our lines are long, and save nothing by it. No renegotiation: a line keeps the identity that it began with.
 */
const SECURE_OPTIONS = constants.SSL_OP_NO_TICKET | constants.SSL_OP_NO_RENEGOTIATION;

/** The TLS of one daemon: never shared with another, renewed without ending a line. */
export class ServerTls {
  readonly #options: TlsOptions;
  #material: TlsMaterial;
  #context: SecureContextOptions;
  #server: Server | undefined;
  #reloading: Promise<void> = Promise.resolve();

  private constructor(options: TlsOptions, context: SecureContextOptions) {
    this.#options = options;
    this.#material = options;
    this.#context = context;
  }

  /**
   * Reads certificate, key, authorities and revocation lists.
   * @throws ConfigError `HW_OPTION_INVALID` naming the option; neither key nor passphrase is in it
   */
  static async read(options: TlsOptions): Promise<ServerTls> {
    return new ServerTls(options, await readContext(options, options.minVersion));
  }

  /** Makes the daemon's HTTP server; called once. */
  createServer(options: ServerOptions, onRequest: RequestListener): Server {
    const isMutual = this.#options.requestClientCertificate === true;
    this.#server = createServer(
      {
        ...options,
        ...this.#context,
        handshakeTimeout: HANDSHAKE_TIMEOUT_MS,
        requestCert: isMutual,
        rejectUnauthorized: isMutual,
      },
      onRequest,
    );
    return this.#server;
  }

  /**
   * Reads everything again, what is renewed from there; new lines get it, those that are open go on with what they
   * began with. Asked again meanwhile, one waits for the other.
   * @throws ConfigError `HW_OPTION_INVALID`; then all stays as it was
   */
  reload(renewed: RenewedTls): Promise<void> {
    const reloaded = this.#reloading.then(() => this.#reload(renewed));
    this.#reloading = reloaded.catch(() => {});
    return reloaded;
  }

  async #reload(renewed: RenewedTls): Promise<void> {
    checkTlsMaterial(renewed);
    const given = Object.entries(renewed).filter(([, value]) => value !== undefined);
    const material: TlsMaterial = { ...this.#material, ...Object.fromEntries(given) };
    const context = await readContext(material, this.#options.minVersion);
    this.#material = material;
    this.#context = context;
    this.#server?.setSecureContext(context);
  }
}

async function readContext(
  material: TlsMaterial,
  minVersion: TlsOptions["minVersion"] = "TLSv1.3",
): Promise<SecureContextOptions> {
  const identity = await readIdentity(material, Date.now());
  const authorities: string[] = [];
  for (const source of listOf(material.ca)) authorities.push(...(await readCertificates(source, "tls.ca")).map(String));
  const revoked = await readBlocks(material.crl, { option: "tls.crl", label: "X509 CRL" });
  const context: SecureContextOptions = {
    ...identity,
    ...(authorities.length === 0 ? {} : { ca: authorities }),
    ...(revoked.length === 0 ? {} : { crl: revoked }),
    minVersion,
    maxVersion: "TLSv1.3",
    secureOptions: SECURE_OPTIONS,
  };
  requireUsable(context);
  return context;
}

async function readBlocks(
  sources: PemSource | readonly PemSource[] | undefined,
  expected: { readonly option: string; readonly label: PemLabel },
): Promise<string[]> {
  const blocks: string[] = [];
  for (const source of listOf(sources)) blocks.push(...pemBlocks(await readPem(source, expected), expected.label));
  return blocks;
}

function listOf(sources: PemSource | readonly PemSource[] | undefined): readonly PemSource[] {
  if (sources === undefined) return [];
  return Array.isArray(sources) ? (sources as readonly PemSource[]) : [sources as PemSource];
}

/** Lists that can't be read, and keys that OpenSSL thinks too short, show up only when a context is made. */
function requireUsable(context: SecureContextOptions): void {
  const { crl, ...others } = context;
  for (const [option, part] of [
    ["cert", others],
    ["crl", { crl }],
  ] as const) {
    try {
      createSecureContext(part);
    } catch (cause) {
      const why = (cause as { readonly reason?: string }).reason ?? (cause as NodeJS.ErrnoException).code;
      throw new ConfigError("HW_OPTION_INVALID", `"tls.${option}" must be what TLS can use: ${why}`, { cause });
    }
  }
}
