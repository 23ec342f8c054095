import { ConfigError } from "../errors/hearthwire-error.js";
import type { Daemon } from "../node/served-daemon.js";
import type { CommandIo } from "./command-io.js";
import { ExitCode } from "./exit-code.js";
import { interrupted } from "./interrupted.js";
import { jsonText } from "./json-text.js";
import { sayRefusedPeers } from "./refused-peers.js";

/** What a daemon of a command says and does. */
export interface RunDaemonOptions {
  /** Ids of the objects whose addresses are printed. */
  readonly objectIds: readonly string[];
  /** How long calls that run may go on after Ctrl-C, in ms. @default 5_000 */
  readonly graceMs?: number | undefined;
}

/**
 * Prints a daemon's addresses, `{ object, url }` each with `--json`, and lets it run until Ctrl-C or SIGTERM; then calls
 * and streams that run have their grace. Peers that are refused are told of meanwhile. That is how such a command is meant to end: its status is 0.
 *
 * @throws whatever closed the daemon meanwhile
 */
export async function runDaemon(io: CommandIo, options: { readonly daemon: Daemon } & RunDaemonOptions): Promise<void> {
  const { daemon, objectIds, graceMs } = options;
  await using _closed = daemon;
  using _told = sayRefusedPeers(io, daemon);
  const width = Math.max(...objectIds.map(({ length }) => length));
  for (const object of objectIds) {
    const url = daemon.url(object);
    io.out(io.isJson ? jsonText({ object, url }) : `${object.padEnd(width)}  ${url}`);
  }
  if (!io.isJson && io.isTty) io.err("Ctrl-C ends it.");
  const reason = await Promise.race([interrupted(io.signal), daemon.closed]);
  if (reason !== undefined) throw reason;
  await daemon.close({ graceMs });
  io.exitCode = ExitCode.DONE;
}

/** @throws ConfigError `HW_OPTION_INVALID` when there is nothing to serve */
export function requireObjects(objects: Readonly<Record<string, object>>, module: string): void {
  if (Object.keys(objects).length > 0) return;
  throw new ConfigError("HW_OPTION_INVALID", `"module" ${module} must export at least one object in "objects"`);
}
