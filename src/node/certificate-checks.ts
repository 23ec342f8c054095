import { ConfigError, ConnectionError } from "../errors/hearthwire-error.js";
import { safeText } from "../observe/safe-text.js";
import type { PeerCertificate } from "../transport/peer-certificate.js";
import { after } from "../wire/after.js";

/** Looks at the other side's certificate, which TLS has verified; throwing or rejecting refuses it. */
export type VerifyPeer = (certificate: PeerCertificate) => void | Promise<void>;

/**
 * What the other side's certificate must say: all that is named here, and of a list one entry. Naming something with the
 * value undefined is an error, or a pin that was read from a place where it isn't would be no pin.
 */
export interface ExpectedCertificate {
  /** Hex digits in either case, with or without colons and leading zeros. */
  readonly serialNumber?: string | readonly string[];
  /** Compared exactly. */
  readonly commonName?: string | readonly string[];
  /** A whole entry with its type, compared exactly: `DNS:db.example`, `IP Address:10.0.0.7`, `URI:spiffe://example/db`. */
  readonly subjectAltName?: string | readonly string[];
  /** SHA-256 of the certificate: 64 hex digits in either case, with or without colons. Another one after each renewal. */
  readonly fingerprint256?: string | readonly string[];
  /** SHA-256 of its public key, written as `fingerprint256` is: stays the same when a renewal keeps the key. */
  readonly spkiSha256?: string | readonly string[];
}

/** How one thing that a certificate says is compared. */
interface Check {
  /** One spelling for all that mean the same; undefined when the text can't be such a thing. */
  readonly spelling: (text: string) => string | undefined;
  /** What an expectation must look like. */
  readonly form: string;
  /** What the certificate says of it. */
  readonly read: (certificate: PeerCertificate) => readonly string[];
}

const CHECKS: ReadonlyMap<string, Check> = new Map<keyof ExpectedCertificate, Check>([
  [
    "serialNumber",
    {
      spelling: (text) => hexDigits(text)?.replace(/^0+(?=.)/, ""),
      form: "hex digits, such as 4F:02:9A",
      read: ({ serialNumber }) => [serialNumber],
    },
  ],
  [
    "commonName",
    {
      spelling: (text) => (text === "" ? undefined : text),
      form: "a name",
      read: ({ commonName }) => (commonName === undefined ? [] : [commonName]),
    },
  ],
  [
    "subjectAltName",
    {
      spelling: (text) =>
        /^(DNS|IP Address|URI|email|DirName|othername|Registered ID):./s.test(text) ? text : undefined,
      form: "an entry with its type, such as DNS:db.example, IP Address:10.0.0.7 or URI:spiffe://example/db",
      read: ({ subjectAltNames }) => subjectAltNames,
    },
  ],
  ["fingerprint256", { ...sha256(), read: ({ fingerprint256 }) => [fingerprint256] }],
  ["spkiSha256", { ...sha256(), read: ({ spkiSha256 }) => [spkiSha256] }],
]);

/**
 * A `verifyPeer` that accepts only certificates that say what is expected, for `serve({ tls })` and `connect({ tls })`
 * alike. It comes after TLS, which has verified the chain, the dates and, on a client, the host.
 *
 * @throws ConfigError `HW_OPTION_INVALID` for an expectation that no certificate could meet, or for none at all
 *
 * @example
 * const tls = { ca, verifyPeer: verifyCertificate({ subjectAltName: "URI:spiffe://example/warehouse" }) };
 */
export function verifyCertificate(expected: ExpectedCertificate): (certificate: PeerCertificate) => void {
  const expectations = Object.entries(expected).map(([name, value]) => new Expectation(name, value));
  if (expectations.length === 0)
    throw invalid(`"verifyCertificate" must be told one of ${[...CHECKS.keys()].join(", ")}`);
  return (certificate) => {
    for (const expectation of expectations) expectation.require(certificate);
  };
}

/**
 * Asks a `verifyPeer`. One of JavaScript that answers false has meant to refuse, so that it does.
 * @throws whatever it throws; a promise rejects
 */
export function askVerifyPeer(verifyPeer: VerifyPeer, certificate: PeerCertificate): void | Promise<void> {
  return after(verifyPeer(certificate) as unknown, (answer) => {
    if (answer === false) throw new Error("it gave false");
  });
}

class Expectation {
  readonly #name: string;
  readonly #check: Check;
  readonly #accepted: ReadonlySet<string>;

  constructor(name: string, value: unknown) {
    const check = CHECKS.get(name);
    if (check === undefined)
      throw invalid(`"${name}" is nothing that can be expected here; there are ${[...CHECKS.keys()].join(", ")}`);
    this.#name = name;
    this.#check = check;
    const values: readonly unknown[] = Array.isArray(value) ? value : [value];
    this.#accepted = new Set(values.map((one) => this.#spelling(one)));
    if (values.length === 0) throw invalid(`"${name}" must list what is accepted, got an empty array`);
  }

  require(certificate: PeerCertificate): void {
    const found = this.#check.read(certificate);
    if (found.some((text) => this.#accepts(text))) return;
    const came = found.length === 0 ? "none" : safeText(found.join(", "));
    throw new ConnectionError(
      "HW_REFUSED",
      `the peer's certificate has another "${this.#name}" than expected: ${[...this.#accepted].join(" or ")}, it has ${came}`,
    );
  }

  #accepts(text: string): boolean {
    const spelling = this.#check.spelling(text);
    return spelling !== undefined && this.#accepted.has(spelling);
  }

  #spelling(value: unknown): string {
    const spelling = typeof value === "string" ? this.#check.spelling(value) : undefined;
    if (spelling !== undefined) return spelling;
    throw invalid(
      `"${this.#name}" must be ${this.#check.form}, got ${typeof value === "string" ? JSON.stringify(safeText(value)) : typeof value}`,
    );
  }
}

function sha256(): Pick<Check, "spelling" | "form"> {
  return {
    spelling: (text) => {
      const digits = hexDigits(text);
      return digits?.length === 64 ? digits : undefined;
    },
    form: "64 hex digits, with or without colons",
  };
}

/** Upper case, without colons. */
function hexDigits(text: string): string | undefined {
  const digits = text.replaceAll(":", "").toUpperCase();
  return /^[0-9A-F]+$/.test(digits) ? digits : undefined;
}

function invalid(sentence: string): ConfigError {
  return new ConfigError("HW_OPTION_INVALID", sentence);
}
