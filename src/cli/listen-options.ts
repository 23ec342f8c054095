import { type Command, InvalidArgumentError, Option } from "commander";
import { daemonPath, publicUrls } from "../node/reachability.js";
import { ConfigError } from "../errors/hearthwire-error.js";
import type { ServeOptions } from "../node/serve-options.js";
import type { CommandIo } from "./command-io.js";
import { keysFromOptions } from "./connect-from-options.js";
import { checkedBy } from "./option-values.js";

/** Where a command's daemon listens, as its options say. */
export interface ListenOptions {
  readonly host?: string | undefined;
  readonly port?: number | undefined;
  readonly path?: string | undefined;
  readonly publicUrl?: string | undefined;
  readonly socket?: string | undefined;
  readonly tlsCert?: string | undefined;
  readonly tlsKey?: string | undefined;
  /** ms */
  readonly grace?: number | undefined;
}

/** Adds the options that say where a daemon listens, and how it closes. */
export function withListenOptions(command: Command): Command {
  return command
    .option("--host <address>", "listen here (127.0.0.1); beyond loopback it takes keys and TLS")
    .option("--port <n>", "0 is a free one", parsePort)
    .option("--path <path>", "the daemon's path (/)", checkedBy(daemonPath))
    .option("--public-url <url>", "what others dial; must be said with --host 0.0.0.0", checkedBy(publicUrls))
    .addOption(
      new Option("--socket <file>", "listen on a Unix socket instead").conflicts([
        ...["host", "port", "publicUrl"],
        ...["tlsCert", "tlsKey"],
      ]),
    )
    .option("--tls-cert <file>", "serve by wss: with this certificate (PEM)")
    .option("--tls-key <file>", "and its private key")
    .option("--grace <ms>", "how long calls that run may go on after Ctrl-C", parseGrace);
}

/**
 * The options of `serve` that the command line stands for; those that were not given are not there. Signals are the
 * command's own matter.
 *
 * @throws ConfigError `HW_OPTION_INVALID` for half of TLS; else as `keysFromOptions`
 */
export async function serveOptionsOf(io: CommandIo, listen: ListenOptions): Promise<ServeOptions> {
  const { host, port, path, publicUrl, socket, tlsCert, tlsKey } = listen;
  requireBoth(tlsCert, tlsKey);
  const keys = await keysFromOptions(io);
  return {
    ...(host !== undefined && { host }),
    ...(port !== undefined && { port }),
    ...(path !== undefined && { path }),
    ...(publicUrl !== undefined && { publicUrl }),
    ...(socket !== undefined && { socketPath: socket }),
    ...(tlsCert !== undefined && { tls: { cert: { file: tlsCert }, key: { file: tlsKey } } }),
    ...(keys !== undefined && { keys }),
    closeOnSignal: false,
  } as ServeOptions;
}

/** @throws ConfigError `HW_OPTION_INVALID` for a certificate without its key, and the other way round */
function requireBoth(cert: string | undefined, key: string | undefined): void {
  if ((cert === undefined) === (key === undefined)) return;
  const [given, missing] = key === undefined ? ["--tls-cert", "--tls-key"] : ["--tls-key", "--tls-cert"];
  throw new ConfigError("HW_OPTION_INVALID", `"${missing}" must be given with ${given}: a certificate and its key`);
}

function parsePort(text: string): number {
  if (/^\d{1,5}$/.test(text) && Number(text) <= 65_535) return Number(text);
  throw new InvalidArgumentError("it must be an integer 0..65535.");
}

function parseGrace(text: string): number {
  if (/^\d{1,10}$/.test(text) && Number(text) < 2 ** 31) return Number(text);
  throw new InvalidArgumentError("it must be a number of milliseconds, 0..2147483647.");
}
