import { access } from "node:fs/promises";
import type { KeyRing } from "../auth/key-ring.js";
import type { Connection } from "../client/connection.js";
import type { Remote, UntypedObject } from "../client/remote.js";
import { ConfigError } from "../errors/hearthwire-error.js";
import type { ClientTlsOptions } from "../node/client-tls-options.js";
import { config } from "../node/config.js";
import { connect, openConnection } from "../node/connect.js";
import type { NodeConnectOptions } from "../node/node-connect-options.js";
import type { VerifyPeer } from "../node/certificate-checks.js";
import { keyFile } from "../node/key-file.js";
import type { CommandIo } from "./command-io.js";
import { printable } from "./output.js";
import { isNamed } from "./daemon-address.js";

/** How long a name may take until something is said, in ms. */
const SAY_AFTER_MS = 1_000;

/** What is dialled without TLS. */
const PLAIN = /^(ws|http|ws\+unix):/i;

/**
 * The proxy of an object, by the global options: key file, authorities, deadline, Ctrl-C. Release it, by `using`, and its
 * connection is closed.
 *
 * @param address a URL or a named address, as `connect` takes them
 * @throws ConfigError `HW_OPTION_INVALID`, `HW_KEY_FILE_UNSAFE`, `HW_KEY_INVALID` for the files that were named
 * @example
 * using names = await connectFromOptions<NameServer>(io, namesAddress());
 */
export async function connectFromOptions<T = UntypedObject>(io: CommandIo, address: string): Promise<Remote<T>> {
  const options = await connectOptionsOf(io, address);
  using _patience = isNamed(address) && io.isTty ? sayWaiting(io, address) : undefined;
  return (await connect<T>(address, options)) as Remote<T>;
}

/** Says after a while what takes so long: a name that is not registered is waited for. */
function sayWaiting(io: CommandIo, address: string): Disposable {
  const waitMs = io.options.timeout ?? config.get("connectTimeoutMs");
  const howLong = waitMs === 0 ? "without end" : `for up to ${waitMs / 1_000} s`;
  const timer = setTimeout(
    () => io.err(`Waiting ${howLong} for ${printable(address)} (--timeout says how long) ...`),
    SAY_AFTER_MS,
  );
  return { [Symbol.dispose]: () => clearTimeout(timer) };
}

/** A connection to a daemon by the global options; close it by `await using`. @throws as `connectFromOptions` */
export async function openFromOptions(io: CommandIo, address: string): Promise<Connection> {
  return openConnection(address, await connectOptionsOf(io, address));
}

/**
 * The options of `connect` that the global options stand for.
 *
 * @param more `verifyPeer` sees the daemon's certificate, once TLS has found it to be trusted
 * @throws as `connectFromOptions`
 */
export async function connectOptionsOf(
  io: CommandIo,
  address: string,
  { verifyPeer }: { readonly verifyPeer?: VerifyPeer | undefined } = {},
): Promise<NodeConnectOptions> {
  const { timeout } = io.options;
  const keys = await keysFromOptions(io);
  const tls = tlsFromOptions(io, address, { verifyPeer });
  return {
    ...(keys !== undefined && { key: keys.primary }),
    ...(tls !== undefined && { tls }),
    timeoutMs: timeout,
    connectTimeoutMs: timeout,
    signal: io.signal,
    // The process ends when the command does, and not a second later; nor does the line to a name server linger.
    isolated: true,
    lingerMs: 0,
  };
}

/**
 * TLS by the global options; undefined for an address that says by itself that it has none, and, unless authorities were
 * named, for a name: nobody knows yet where it leads, and a line without TLS would be refused.
 */
export function tlsFromOptions(
  io: CommandIo,
  address: string,
  { verifyPeer }: { readonly verifyPeer?: VerifyPeer | undefined } = {},
): ClientTlsOptions | undefined {
  const { ca } = io.options;
  if (PLAIN.test(address) || (ca === undefined && (verifyPeer === undefined || isNamed(address)))) return undefined;
  return { ...(ca !== undefined && { ca: { file: ca } }), ...(verifyPeer !== undefined && { verifyPeer }) };
}

/**
 * The keys of `--key-file`; undefined when it was not given: this user's key file then counts, for loopback alone. Unlike
 * that one it is not made when it isn't there, since no other side would know its keys.
 *
 * @throws ConfigError `HW_OPTION_INVALID` when there is no such file; else as `keyFile`
 */
export async function keysFromOptions(io: CommandIo): Promise<KeyRing | undefined> {
  const path = io.options.keyFile;
  if (path === undefined) return undefined;
  await access(path).catch((cause: NodeJS.ErrnoException) => {
    const why = cause.code === "ENOENT" ? "there is no such file" : `it can't be read (${cause.code})`;
    const remedy = "name the file of keys that the other side has too, or make one by: hearthwire keys new";
    throw new ConfigError("HW_OPTION_INVALID", `"--key-file" ${path}: ${why}; ${remedy}`, { cause });
  });
  return keyFile(path);
}

/** The name server's address: of `--names`, else of `HEARTHWIRE_NAMES`, else the one on this machine. */
export function namesAddress(): string {
  return config.get("names");
}
