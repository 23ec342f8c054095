import { Command } from "commander";
import { config } from "../node/config.js";
import { NAMES_PORT } from "../wire/named-address.js";
import { checkCertificateFile } from "./check-certificate.js";
import { checkDaemon } from "./check-daemon.js";
import { checkKeyFile } from "./check-key-file.js";
import { checkNode, checkPort, checkSqlite } from "./check-machine.js";
import { checkNamesPort } from "./check-names-port.js";
import type { CommandIo } from "./command-io.js";
import { withExamples } from "./examples.js";
import { ExitCode } from "./exit-code.js";
import type { Finding } from "./finding.js";
import { flagsOf } from "./in-flags.js";
import { print, printable, styled } from "./output.js";

const STYLES = { ok: "green", warn: "yellow", fail: "red" } as const;

/** `hearthwire doctor`: what is in the way, and what to do. */
export function doctorCommand(io: CommandIo): Command {
  const command = new Command("doctor")
    .summary("check what is in the way of this machine, or of a daemon")
    .description("check Node, the key file, ports, certificates and, with an address, a daemon; say what to do")
    .argument("[address]", "of a daemon or an object: whether it lets you in, its clock, its certificate")
    .action((address: string | undefined) => examine(io, { address, flags: flagsOf(command) }));
  return withExamples(command, [
    ["hearthwire doctor", "this machine; it ends with 1 when something fails"],
    ["hearthwire doctor wss://team.example:7766/ --ca team-ca.pem --key-file team.json", "and a daemon"],
  ]);
}

/** What is looked at besides this machine, and the flags that findings speak of. */
interface Examination {
  readonly address: string | undefined;
  readonly flags: ReadonlySet<string>;
}

async function examine(io: CommandIo, examination: Examination): Promise<void> {
  for await (const finding of findings(io, examination)) {
    print(io, { document: finding, text: textOf(io, finding) });
    if (finding.level === "fail") io.exitCode = ExitCode.FAILED;
  }
}

async function* findings(io: CommandIo, { address, flags }: Examination): AsyncGenerator<Finding> {
  yield checkNode();
  yield checkSqlite();
  yield await checkKeyFile(io);
  yield await checkNamesPort(io);
  const port = config.get("port");
  if (port !== 0 && port !== NAMES_PORT) yield await checkPort(port, "a daemon of this configuration");
  const [cert, ca] = [config.get("tlsCertFile"), io.options.ca];
  if (cert !== undefined) yield await checkCertificateFile(cert, { option: "tlsCertFile" });
  if (ca !== undefined) yield await checkCertificateFile(ca, { option: "--ca" });
  if (address !== undefined) yield* await checkDaemon(io, address, { flags });
}

function textOf(io: CommandIo, { check, level, says, remedy }: Finding): string {
  const label = styled(io, { text: level.padEnd(4), style: STYLES[level] });
  return `${label}  ${check.padEnd(9)}  ${printable(says)}${remedy === undefined ? "" : `; ${remedy}`}`;
}
