import { createPrivateKey, randomBytes, webcrypto, X509Certificate } from "node:crypto";
import { isIP } from "node:net";
import type * as x509 from "@peculiar/x509";
import { ConfigError } from "../errors/hearthwire-error.js";
import { INSTALL_CERTIFICATES } from "./optional-packages.js";

/** A certificate and its private key, in PEM. */
export interface CertificatePair {
  readonly cert: string;
  /** PKCS #8, not encrypted. */
  readonly key: string;
}

/** What an authority vouches for. */
export interface CertificateRequest {
  /** The common name; for people, TLS goes by `hosts`. */
  readonly name: string;
  /** Whose it is: that of a server can't be shown by a client, nor the other way round. */
  readonly use: "server" | "client";
  /** DNS names and IP addresses; of servers. */
  readonly hosts?: readonly string[] | undefined;
  /** Of clients, such as `spiffe://office/ann`. */
  readonly uris?: readonly string[] | undefined;
}

/** From when until when, in ms since 1970. */
export interface CertificateDates {
  readonly notBeforeMs: number;
  readonly notAfterMs: number;
}

/** Elliptic curves: small keys that are made at once, and that every TLS 1.3 stack has (RFC 8446 section 9.1). */
const ALGORITHM = { name: "ECDSA", namedCurve: "P-256", hash: "SHA-256" } as const;

/** An authority that signs certificates of servers and clients, and no other authorities. */
export async function makeAuthority(name: string, dates: CertificateDates): Promise<CertificatePair> {
  const library = await loadLibrary();
  const keys = await generateKeys();
  const { BasicConstraintsExtension, KeyUsageFlags, KeyUsagesExtension, SubjectKeyIdentifierExtension } = library;
  const made = await library.X509CertificateGenerator.createSelfSigned({
    name: [{ CN: [name] }],
    keys,
    ...validity(dates),
    serialNumber: randomSerial(),
    signingAlgorithm: ALGORITHM,
    extensions: [
      new BasicConstraintsExtension(true, 0, true),
      new KeyUsagesExtension(KeyUsageFlags.keyCertSign | KeyUsageFlags.cRLSign, true),
      await SubjectKeyIdentifierExtension.create(keys.publicKey),
    ],
  });
  return pair(made, keys);
}

/**
 * A certificate that an authority signs.
 * @param authority one that {@link makeAuthority} made
 */
export async function issueCertificate(
  authority: CertificatePair,
  request: CertificateRequest & CertificateDates,
): Promise<CertificatePair> {
  const library = await loadLibrary();
  const keys = await generateKeys();
  const issuer = new library.X509Certificate(authority.cert);
  const made = await library.X509CertificateGenerator.create({
    subject: [{ CN: [request.name] }],
    issuer: issuer.subjectName.toJSON(),
    publicKey: keys.publicKey,
    signingKey: await importSigningKey(authority.key),
    ...validity(request),
    serialNumber: randomSerial(),
    signingAlgorithm: ALGORITHM,
    extensions: [
      new library.BasicConstraintsExtension(false, undefined, true),
      new library.KeyUsagesExtension(library.KeyUsageFlags.digitalSignature, true),
      new library.ExtendedKeyUsageExtension([
        request.use === "server" ? library.ExtendedKeyUsage.serverAuth : library.ExtendedKeyUsage.clientAuth,
      ]),
      ...alternativeNames(library, request),
      await library.SubjectKeyIdentifierExtension.create(keys.publicKey),
      await library.AuthorityKeyIdentifierExtension.create(issuer),
    ],
  });
  return pair(made, keys);
}

/**
 * Checks that an authority's certificate and key belong together and can sign now.
 * @returns when it ends, in ms since 1970
 * @throws ConfigError `HW_OPTION_INVALID`
 */
export function checkAuthority(authority: CertificatePair, { file, nowMs }: { file: string; nowMs: number }): number {
  const { certificate, key } = readAuthority(authority, file);
  if (!certificate.ca || key.asymmetricKeyDetails?.namedCurve !== "prime256v1" || !certificate.checkPrivateKey(key))
    throw invalid(`"${file}" must be an authority that "hearthwire certs ca" made, beside its own key`);
  const endsAtMs = Date.parse(certificate.validTo);
  if (endsAtMs <= nowMs)
    throw invalid(
      `"${file}" must not have expired, got one valid to ${new Date(endsAtMs).toISOString()}: make another by "hearthwire certs ca --force"`,
    );
  return endsAtMs;
}

function readAuthority(authority: CertificatePair, file: string) {
  try {
    return { certificate: new X509Certificate(authority.cert), key: createPrivateKey(authority.key) };
  } catch (cause) {
    throw invalid(`"${file}" and its key must be in PEM, they can't be read`, cause);
  }
}

/** Loaded when a certificate is made: who uses keys alone needs neither package. */
async function loadLibrary(): Promise<typeof x509> {
  try {
    // It asks for decorator metadata as soon as it is loaded.
    await import("reflect-metadata");
    return await import("@peculiar/x509");
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code !== "ERR_MODULE_NOT_FOUND") throw cause;
    throw new ConfigError(
      "HW_OPTION_INVALID",
      `"certs" needs two packages that are not installed with this one: ${INSTALL_CERTIFICATES}`,
      { cause },
    );
  }
}

function alternativeNames(library: typeof x509, request: CertificateRequest): readonly x509.Extension[] {
  const names: x509.JsonGeneralName[] = [
    ...(request.hosts ?? []).map((value) => ({ type: isIP(value) === 0 ? ("dns" as const) : ("ip" as const), value })),
    ...(request.uris ?? []).map((value) => ({ type: "url" as const, value })),
  ];
  return names.length === 0 ? [] : [new library.SubjectAlternativeNameExtension(names)];
}

function generateKeys(): Promise<CryptoKeyPair> {
  return webcrypto.subtle.generateKey(ALGORITHM, true, ["sign", "verify"]) as Promise<CryptoKeyPair>;
}

function importSigningKey(pem: string): Promise<CryptoKey> {
  const bytes = createPrivateKey(pem).export({ format: "der", type: "pkcs8" });
  return webcrypto.subtle.importKey("pkcs8", bytes, ALGORITHM, false, ["sign"]) as Promise<CryptoKey>;
}

async function pair(made: x509.X509Certificate, { privateKey }: CryptoKeyPair): Promise<CertificatePair> {
  const bytes = Buffer.from(await webcrypto.subtle.exportKey("pkcs8", privateKey as webcrypto.CryptoKey));
  const key = createPrivateKey({ key: bytes, format: "der", type: "pkcs8" });
  return { cert: `${made.toString("pem")}\n`, key: key.export({ format: "pem", type: "pkcs8" }).toString() };
}

/** Certificates know whole seconds. */
function validity({ notBeforeMs, notAfterMs }: CertificateDates): {
  readonly notBefore: Date;
  readonly notAfter: Date;
} {
  return {
    notBefore: new Date(Math.floor(notBeforeMs / 1_000) * 1_000),
    notAfter: new Date(Math.floor(notAfterMs / 1_000) * 1_000),
  };
}

/** 16 random bytes, the first one so that the number is positive and has no leading zeros (RFC 5280 section 4.1.2.2). */
function randomSerial(): string {
  const bytes = randomBytes(16);
  bytes[0] = ((bytes[0] as number) & 0x3f) | 0x40;
  return bytes.toString("hex");
}

function invalid(message: string, cause?: unknown): ConfigError {
  return new ConfigError("HW_OPTION_INVALID", message, cause === undefined ? undefined : { cause });
}
