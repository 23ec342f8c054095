import "reflect-metadata";
import { createPrivateKey, webcrypto, X509Certificate as NodeCertificate } from "node:crypto";
import * as x509 from "@peculiar/x509";

/** What a certificate says, for tests; made anew at each run, so that no private key is ever in the repository. */
export interface CertificateRequest {
  /** @default "localhost" */
  readonly commonName?: string;
  /** DNS names, IP addresses and URIs; none leaves the extension out. @default localhost, 127.0.0.1 and ::1 */
  readonly subjectAltNames?: readonly x509.JsonGeneralName[];
  /** Hex digits. @default random */
  readonly serialNumber?: string;
  /** @default an hour ago */
  readonly notBefore?: Date;
  /** @default in a day */
  readonly notAfter?: Date;
  /** @default serverAuth and clientAuth */
  readonly usages?: readonly x509.ExtendedKeyUsageType[];
  /** Of the signature. @default "SHA-256" */
  readonly hash?: "SHA-1" | "SHA-256";
}

/** A certificate with its private key, in PEM. */
export interface Certificate {
  readonly cert: string;
  /** PKCS#8, not encrypted. */
  readonly key: string;
  /** The same key, encrypted with a passphrase. */
  encryptedKey(passphrase: string): string;
  readonly x509: NodeCertificate;
}

/** An authority that signs certificates; `cert` is what the other side gives as its `ca`. */
export interface Authority {
  readonly cert: string;
  issue(request?: CertificateRequest): Promise<Certificate>;
  /** A list of these certificates as revoked, in PEM: what Node takes as `crl`. */
  revoke(...certificates: readonly Certificate[]): Promise<string>;
}

const ALGORITHM = { name: "ECDSA", namedCurve: "P-256", hash: "SHA-256" } as const;
const HOUR_MS = 3_600_000;

x509.cryptoProvider.set(webcrypto as Crypto);

/** A new authority of its own key. */
export async function createAuthority(name = "Test authority"): Promise<Authority> {
  const keys = await newKeys();
  const issuer = `CN=${name}`;
  const root = await x509.X509CertificateGenerator.createSelfSigned({
    name: issuer,
    keys,
    serialNumber: randomSerial(),
    ...validity({}),
    signingAlgorithm: ALGORITHM,
    extensions: [
      new x509.BasicConstraintsExtension(true, undefined, true),
      new x509.KeyUsagesExtension(x509.KeyUsageFlags.keyCertSign | x509.KeyUsageFlags.cRLSign, true),
      await x509.SubjectKeyIdentifierExtension.create(keys.publicKey),
    ],
  });
  return {
    cert: root.toString("pem"),
    issue: async (request = {}) => {
      const own = await newKeys();
      const issued = await x509.X509CertificateGenerator.create({
        subject: `CN=${request.commonName ?? "localhost"}`,
        issuer,
        publicKey: own.publicKey,
        signingKey: keys.privateKey,
        serialNumber: request.serialNumber ?? randomSerial(),
        ...validity(request),
        signingAlgorithm: { ...ALGORITHM, hash: request.hash ?? ALGORITHM.hash },
        extensions: [...extensions(request), await x509.AuthorityKeyIdentifierExtension.create(root)],
      });
      return certificate(issued, own.privateKey);
    },
    revoke: async (...certificates) => {
      const list = await x509.X509CrlGenerator.create({
        issuer,
        thisUpdate: new Date(Date.now() - HOUR_MS),
        nextUpdate: new Date(Date.now() + 24 * HOUR_MS),
        entries: certificates.map(({ x509: { serialNumber } }) => ({ serialNumber, revocationDate: new Date() })),
        signingKey: keys.privateKey,
        signingAlgorithm: ALGORITHM,
      });
      // OpenSSL knows the list under this label only.
      return list
        .toString("pem")
        .replaceAll("-----BEGIN CRL", "-----BEGIN X509 CRL")
        .replaceAll("-----END CRL", "-----END X509 CRL");
    },
  };
}

/** A certificate that vouches for itself. */
export async function selfSigned(request: CertificateRequest = {}): Promise<Certificate> {
  const keys = await newKeys();
  const made = await x509.X509CertificateGenerator.createSelfSigned({
    name: `CN=${request.commonName ?? "localhost"}`,
    keys,
    serialNumber: request.serialNumber ?? randomSerial(),
    ...validity(request),
    signingAlgorithm: ALGORITHM,
    extensions: extensions(request),
  });
  return certificate(made, keys.privateKey);
}

function newKeys(): Promise<CryptoKeyPair> {
  return webcrypto.subtle.generateKey(ALGORITHM, true, ["sign", "verify"]) as Promise<CryptoKeyPair>;
}

function validity(request: CertificateRequest): { readonly notBefore: Date; readonly notAfter: Date } {
  return {
    notBefore: request.notBefore ?? new Date(Date.now() - HOUR_MS),
    notAfter: request.notAfter ?? new Date(Date.now() + 24 * HOUR_MS),
  };
}

function extensions(request: CertificateRequest): x509.Extension[] {
  const names = request.subjectAltNames ?? [
    { type: "dns", value: "localhost" },
    { type: "ip", value: "127.0.0.1" },
    { type: "ip", value: "::1" },
  ];
  const usages = request.usages ?? [x509.ExtendedKeyUsage.serverAuth, x509.ExtendedKeyUsage.clientAuth];
  return [
    new x509.BasicConstraintsExtension(false),
    new x509.ExtendedKeyUsageExtension([...usages]),
    ...(names.length === 0 ? [] : [new x509.SubjectAlternativeNameExtension([...names])]),
  ];
}

async function certificate(made: x509.X509Certificate, privateKey: CryptoKey): Promise<Certificate> {
  const cert = made.toString("pem");
  const bytes = Buffer.from(await webcrypto.subtle.exportKey("pkcs8", privateKey as webcrypto.CryptoKey));
  const key = createPrivateKey({ key: bytes, format: "der", type: "pkcs8" });
  return {
    cert,
    key: key.export({ format: "pem", type: "pkcs8" }).toString(),
    encryptedKey: (passphrase) =>
      key.export({ format: "pem", type: "pkcs8", cipher: "aes-256-cbc", passphrase }).toString(),
    x509: new NodeCertificate(cert),
  };
}

/** Positive, and without leading zeros that the encoding would drop. */
function randomSerial(): string {
  const bytes = webcrypto.getRandomValues(new Uint8Array(12));
  bytes[0] = (bytes[0]! & 0x3f) | 0x40;
  return Buffer.from(bytes).toString("hex");
}
