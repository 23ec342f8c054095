import {
  checkServerIdentity,
  type ConnectionOptions,
  createSecureContext,
  type PeerCertificate as NodePeerCertificate,
  TLSSocket,
} from "node:tls";
import type { LineSecurity } from "../client/line-security.js";
import { ConfigError, ConnectionError } from "../errors/hearthwire-error.js";
import type { PeerCertificate } from "../transport/peer-certificate.js";
import type { Transport, TransportSecurity } from "../transport/transport.js";
import { askVerifyPeer, type VerifyPeer } from "./certificate-checks.js";
import type { ClientTlsOptions } from "./client-tls-options.js";
import type { PemSource } from "./pem-source.js";
import { dialFromNode } from "./dial.js";
import { requireCertificateChecks } from "./tls-environment.js";
import { tlsFault } from "./tls-fault.js";
import { readCertificates, readIdentity } from "./tls-identity.js";
import { tlsSecurity } from "./tls-security.js";

/** The TLS of the lines that a program dials with one value of the option `tls`, or without it. */
export class ClientTls implements LineSecurity {
  readonly #options: ClientTlsOptions | undefined;
  /** Of the last that was prepared; undefined before. */
  #dialOptions: ConnectionOptions | undefined;

  constructor(options?: ClientTlsOptions) {
    this.#options = options;
  }

  /** The client shows a certificate. */
  get hasCertificate(): boolean {
    return this.#options?.cert !== undefined;
  }

  get requireChannelBinding(): boolean {
    return this.#options?.requireChannelBinding === true;
  }

  /**
   * Reads what dialling needs.
   * @throws ConfigError `HW_OPTION_INVALID`: `tls` for an address without, what it names can't be read or does not belong
   *   together, or the environment switches the checks of certificates off
   */
  async prepare(url: string): Promise<void> {
    if (!url.startsWith("wss:")) {
      if (this.#options === undefined) return;
      throw invalid(`"tls" must be left out for an address without TLS, got ${url}: dial wss: if the daemon has TLS`);
    }
    requireCertificateChecks();
    this.#dialOptions = await readDialOptions(this.#options ?? {});
  }

  /** @throws TypeError for an address with TLS that was not prepared: it would be dialled by Node's rules, not by these */
  dial(url: string, { maxFrameBytes }: { readonly maxFrameBytes: number }): Transport {
    const nodeOptions = this.#dialOptions;
    if (nodeOptions === undefined && url.startsWith("wss:")) throw new TypeError(`${url} was not prepared`);
    const explain = (error: Error): Error => tlsFault(error, url);
    return dialFromNode(url, { maxFrameBytes, ...(nodeOptions && { nodeOptions }), readSecurity, explain });
  }

  verify(url: string, security: TransportSecurity | undefined): Promise<void> | undefined {
    const { verifyPeer } = this.#options ?? {};
    return verifyPeer === undefined ? undefined : askProgram(verifyPeer, url, security?.peerCertificate);
  }
}

async function askProgram(
  verifyPeer: VerifyPeer,
  url: string,
  certificate: PeerCertificate | undefined,
): Promise<void> {
  try {
    if (certificate === undefined) throw new Error("there is no certificate to be seen");
    await askVerifyPeer(verifyPeer, certificate);
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause);
    throw new ConnectionError("HW_REFUSED", `"tls.verifyPeer" refused ${url}: ${why}`, { peer: url, cause });
  }
}

async function readDialOptions(options: ClientTlsOptions): Promise<ConnectionOptions> {
  const { ca, servername, minVersion = "TLSv1.3", requireChannelBinding } = options;
  if (requireChannelBinding === true && minVersion !== "TLSv1.3")
    throw invalid(`"tls.minVersion" must be TLSv1.3 with "tls.requireChannelBinding", got ${minVersion}`);
  const authorities: string[] = [];
  for (const source of ca === undefined ? [] : ([ca].flat() as readonly PemSource[]))
    authorities.push(...(await readCertificates(source, "tls.ca")).map(String));
  const hasIdentity = options.cert !== undefined || options.key !== undefined;
  const identity = hasIdentity ? await readIdentity(options, Date.now()) : {};
  try {
    return {
      secureContext: createSecureContext({
        minVersion,
        ...identity,
        ...(authorities.length > 0 && { ca: authorities }),
      }),
      minVersion,
      checkServerIdentity: checkIdentity,
      ...(servername === undefined ? {} : { servername }),
    };
  } catch (cause) {
    const { reason } = cause as { readonly reason?: unknown };
    throw invalid(`"tls" must hold what OpenSSL takes on this side: ${String(reason ?? cause)}`, cause);
  }
}

/**
 * Common names were for hosts once; what they say today nobody checked for that (RFC 9525 section 2). Node still takes
 * them where the alternative names have no `DNS:` among them, so that it is not shown any.
 */
function checkIdentity(host: string, certificate: NodePeerCertificate): Error | undefined {
  if (certificate.subjectaltname !== undefined)
    return checkServerIdentity(host, { ...certificate, subject: { ...certificate.subject, CN: "" } });
  const reason = "it has no subject alternative name at all";
  return Object.assign(new Error(reason), { code: "ERR_TLS_CERT_ALTNAME_INVALID", reason, host });
}

function readSecurity(socket: object): TransportSecurity | undefined {
  return socket instanceof TLSSocket ? tlsSecurity(socket) : undefined;
}

function invalid(sentence: string, cause?: unknown): ConfigError {
  return new ConfigError("HW_OPTION_INVALID", sentence, cause === undefined ? undefined : { cause });
}
