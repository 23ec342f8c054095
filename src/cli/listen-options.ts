import { type Command, InvalidArgumentError } from "commander";
import type { ServeOptions } from "../node/serve-options.js";
import type { CommandIo } from "./command-io.js";
import { keysFromOptions } from "./connect-from-options.js";

/** Where a command's daemon listens, as its options say. */
export interface ListenOptions {
  readonly host?: string | undefined;
  readonly port?: number | undefined;
  readonly path?: string | undefined;
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
    .option("--path <path>", "the daemon's path (/)")
    .option("--socket <file>", "listen on a Unix socket instead")
    .option("--tls-cert <file>", "serve by wss: with this certificate (PEM)")
    .option("--tls-key <file>", "and its private key")
    .option("--grace <ms>", "how long calls that run may go on after Ctrl-C", parseGrace);
}

/**
 * The options of `serve` that the command line stands for; those that were not given are not there. Signals are the
 * command's own matter.
 *
 * @throws as `keysFromOptions`
 */
export async function serveOptionsOf(io: CommandIo, listen: ListenOptions): Promise<ServeOptions> {
  const { host, port, path, socket, tlsCert, tlsKey } = listen;
  const keys = await keysFromOptions(io);
  return {
    ...(host !== undefined && { host }),
    ...(port !== undefined && { port }),
    ...(path !== undefined && { path }),
    ...(socket !== undefined && { socketPath: socket }),
    ...((tlsCert !== undefined || tlsKey !== undefined) && { tls: tlsOf(tlsCert, tlsKey) }),
    ...(keys !== undefined && { keys }),
    closeOnSignal: false,
  } as ServeOptions;
}

/** One without the other is refused by `serve`, which says what is missing. */
function tlsOf(cert: string | undefined, key: string | undefined): object {
  return { ...(cert !== undefined && { cert: { file: cert } }), ...(key !== undefined && { key: { file: key } }) };
}

function parsePort(text: string): number {
  if (/^\d{1,5}$/.test(text) && Number(text) <= 65_535) return Number(text);
  throw new InvalidArgumentError("it must be an integer 0..65535.");
}

function parseGrace(text: string): number {
  if (/^\d{1,10}$/.test(text) && Number(text) < 2 ** 31) return Number(text);
  throw new InvalidArgumentError("it must be a number of milliseconds, 0..2147483647.");
}
