import { randomBytes, X509Certificate } from "node:crypto";
import { Command } from "commander";
import { ConfigError } from "../errors/hearthwire-error.js";
import { readCertificate } from "../node/read-certificate.js";
import { CertificateFolder, type PairFiles } from "./certificate-folder.js";
import { parseAuthorityName, parseDays, parseFileName, parseHosts, parseUris } from "./certificate-option-values.js";
import {
  type CertificatePair,
  type CertificateRequest,
  checkAuthority,
  issueCertificate,
  makeAuthority,
} from "./certificates.js";
import type { CommandIo } from "./command-io.js";
import { INSTALL_CERTIFICATES } from "./optional-packages.js";
import { withExamples } from "./examples.js";
import { print } from "./output.js";

/** Options of all three. */
interface CertificateOptions {
  readonly folder: string;
  readonly days?: number;
  readonly force?: true;
}

const DAY_MS = 86_400_000;
/** Other machines' clocks may be behind. */
const SINCE_MS = 3_600_000;
/** Lifetimes in days. Browsers refuse certificates of servers that live longer than 398. */
const DAYS = { authority: { byDefault: 365, most: 3_650 }, issued: { byDefault: 90, most: 398 } } as const;
const LOCAL_HOSTS = ["localhost", "127.0.0.1", "::1"] as const;

/** `hearthwire certs`: an authority, and certificates of servers and clients, for development and small teams. */
export function certsCommand(io: CommandIo): Command {
  const certs = new Command("certs")
    .description("make an authority for development, and certificates of servers and clients")
    .addHelpText("after", `\nIt needs two packages that are not installed with this one:\n  ${INSTALL_CERTIFICATES}`)
    .addCommand(authorityCommand(io))
    .addCommand(serverCommand(io))
    .addCommand(clientCommand(io));
  return withExamples(certs, [
    ["hearthwire certs ca", "an authority, in the folder certs"],
    ["hearthwire certs server --host localhost --host 127.0.0.1", "a certificate of a server"],
    ["hearthwire certs client --name ann", "a certificate of a client"],
  ]);
}

function authorityCommand(io: CommandIo): Command {
  const command = inFolder(new Command("ca"), DAYS.authority)
    .description("make an authority that signs certificates: ca.pem is for everybody, ca.key for nobody else")
    .option(
      "--name <text>",
      "what it is called in lists of authorities (default: one with a random number)",
      parseAuthorityName,
    )
    .action(async ({ folder, name, days, force }: CertificateOptions & { readonly name?: string }) => {
      const certificates = new CertificateFolder(folder);
      if (force !== true) await certificates.requireFree("ca");
      const nowMs = Date.now();
      const pair = await makeAuthority(name ?? `hearthwire development ${randomBytes(4).toString("hex")}`, {
        notBeforeMs: nowMs - SINCE_MS,
        notAfterMs: nowMs + (days ?? DAYS.authority.byDefault) * DAY_MS,
      });
      const files = await certificates.write("ca", pair, { replaces: force === true });
      tell(io, { what: "an authority", made: { ...pair, files }, advice: howToTrust(files.cert) });
    });
  return withExamples(command, [['hearthwire certs ca --name "Team authority" --days 730', "for two years"]]);
}

function serverCommand(io: CommandIo): Command {
  const command = inFolder(new Command("server"), DAYS.issued)
    .description("make a certificate of a server, signed by the authority in the folder")
    .option(
      "--host <host>",
      `a DNS name or IP address; may be repeated (default: ${LOCAL_HOSTS.join(", ")})`,
      parseHosts,
    )
    .option("--name <name>", "its common name, and that of its files", parseFileName, "server")
    .action(async (options: CertificateOptions & { readonly name: string; readonly host?: readonly string[] }) => {
      const { name, host: hosts = LOCAL_HOSTS } = options;
      const made = await issue(options, { name, use: "server", hosts });
      const advice = `Serve with it:
  a module   hearthwire serve ./module.js --tls-cert ${made.files.cert} --tls-key ${made.files.key}
  a program  serve(objects, { tls: { ${identityText(made.files)} } })`;
      tell(io, { what: "a certificate of a server", made, advice });
    });
  return withExamples(command, [["hearthwire certs server --host warehouse.lan --host 192.168.1.7", "for a LAN"]]);
}

function clientCommand(io: CommandIo): Command {
  const command = inFolder(new Command("client"), DAYS.issued)
    .description("make a certificate of a client, signed by the authority in the folder")
    .requiredOption("--name <name>", "its common name, and that of its files", parseFileName)
    .option("--uri <uri>", "a name that daemons can go by, such as spiffe://office/ann; may be repeated", parseUris)
    .action(async (options: CertificateOptions & { readonly name: string; readonly uri?: readonly string[] }) => {
      const made = await issue(options, { name: options.name, use: "client", uris: options.uri });
      const ca = `ca: { file: ${JSON.stringify(new CertificateFolder(options.folder).files("ca").cert)} }`;
      const advice = `Connect with it:  connect(address, { tls: { ${ca}, ${identityText(made.files)} } })
Daemons ask for it by  requestClientCertificate: true, ${ca}  and know whom it proves by  certificateSubject.`;
      tell(io, { what: "a certificate of a client", made, advice });
    });
  return withExamples(command, [
    ["hearthwire certs client --name ann --uri spiffe://office/ann", "ann.pem and ann.key"],
  ]);
}

function inFolder(command: Command, days: { readonly byDefault: number; readonly most: number }): Command {
  return command
    .option("--folder <folder>", "where the files are", "certs")
    .option("--days <days>", `how long it lives, at most ${days.most} (default: ${days.byDefault})`, (text) =>
      parseDays(text, days.most),
    )
    .option("--force", "replace files that are there");
}

/** A pair, and where it is now. */
interface Made extends CertificatePair {
  readonly files: PairFiles;
}

async function issue(options: CertificateOptions, request: CertificateRequest): Promise<Made> {
  const { folder, days, force } = options;
  const certificates = new CertificateFolder(folder);
  const authority = await certificates.authority();
  const nowMs = Date.now();
  const endsAtMs = checkAuthority(authority, { file: certificates.files("ca").cert, nowMs });
  if (force !== true) await certificates.requireFree(request.name);
  if (days !== undefined && nowMs + days * DAY_MS > endsAtMs)
    throw new ConfigError(
      "HW_OPTION_INVALID",
      `"--days" must not outlive the authority, which ends on ${new Date(endsAtMs).toISOString()}, got ${days}: make another by "hearthwire certs ca --force"`,
    );
  const pair = await issueCertificate(authority, {
    ...request,
    notBeforeMs: nowMs - SINCE_MS,
    notAfterMs: Math.min(nowMs + (days ?? DAYS.issued.byDefault) * DAY_MS, endsAtMs),
  });
  return { ...pair, files: await certificates.write(request.name, pair, { replaces: force === true }) };
}

function tell(
  io: CommandIo,
  { what, made, advice }: { readonly what: string; readonly made: Made; readonly advice: string },
): void {
  const { cert, key } = made.files;
  const { commonName, subjectAltNames, validFrom, validTo, fingerprint256 } = readCertificate(
    new X509Certificate(made.cert),
  );
  const names = [commonName, ...subjectAltNames].join(", ");
  print(io, {
    document: { cert, key, commonName, subjectAltNames, validFrom, validTo, fingerprint256 },
    text: `Made ${what}: ${names}, until ${validTo.slice(0, 10)}.
  ${cert}
  ${key}  (its private key, for its owner alone)

${advice}`,
  });
}

function identityText({ cert, key }: PairFiles): string {
  return `cert: { file: ${JSON.stringify(cert)} }, key: { file: ${JSON.stringify(key)} }`;
}

function howToTrust(file: string): string {
  return `Whoever has the private key can pose as any host to those who trust the certificate. Trust it where it is needed:
  this command  hearthwire --ca ${file} ...
  a program     connect(address, { tls: { ca: { file: ${JSON.stringify(file)} } } })
  Node          NODE_EXTRA_CA_CERTS=${file} node program.js
  Debian        sudo cp ${file} /usr/local/share/ca-certificates/hearthwire.crt && sudo update-ca-certificates
  Fedora        sudo trust anchor ${file}
  macOS         security add-trusted-cert -r trustRoot -k ~/Library/Keychains/login.keychain-db ${file}
  Windows       certutil -user -addstore Root ${file}
  Firefox       Settings, Privacy & Security, View Certificates, Authorities, Import`;
}
