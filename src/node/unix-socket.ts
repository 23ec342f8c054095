import { lstat, mkdir, rm, stat } from "node:fs/promises";
import { connect } from "node:net";
import { dirname, isAbsolute, normalize } from "node:path";
import { ConfigError, ConnectionError } from "../errors/hearthwire-error.js";

/** What `sockaddr_un` holds, without the zero byte that ends it: 108 on Linux, 104 on macOS and the BSDs. */
const MAX_PATH_BYTES = process.platform === "linux" ? 107 : 103;

const WRITABLE_BY_OTHERS = 0o022;
/** Of folders that are meant for all, as /tmp is. */
const STICKY = 0o1000;

/**
 * Checks the option `socketPath`.
 * @throws ConfigError `HW_OPTION_INVALID`
 */
export function checkSocketPath(socketPath: string): void {
  if (process.platform === "win32")
    throw invalid("can't be used on Windows, whose named pipes have no owner that could be checked: leave it out");
  // An abstract socket of Linux begins with a zero byte, and everybody may connect to it.
  const isPlain =
    isAbsolute(socketPath) && normalize(socketPath) === socketPath && !/[\0-\x1f\x7f]|\p{Surrogate}/u.test(socketPath);
  if (!isPlain || socketPath.endsWith("/"))
    throw invalid(
      `must be an absolute path of a file such as "/run/user/1000/shop/daemon.sock", got ${JSON.stringify(socketPath)}`,
    );
  const bytes = Buffer.byteLength(socketPath);
  if (bytes > MAX_PATH_BYTES)
    throw invalid(
      `must have at most ${MAX_PATH_BYTES} bytes, which is what this system takes for a socket, got ${bytes}: choose a shorter folder`,
    );
}

/**
 * Makes the folder of a socket (0700), or checks the one that is there: whoever else could write in it could put a
 * socket of their own in the place of the daemon's.
 *
 * @throws ConfigError `HW_OPTION_INVALID`
 */
export async function prepareFolder(socketPath: string): Promise<void> {
  const folder = dirname(socketPath);
  await mkdir(folder, { recursive: true, mode: 0o700 }).catch((cause: NodeJS.ErrnoException) => {
    throw invalid(`is in a folder that can't be made (${cause.code}): "${folder}"`, cause);
  });
  const { uid, mode } = await stat(folder);
  if (uid !== process.getuid?.())
    throw invalid(`must be in a folder of this user's own; "${folder}" belongs to user ${uid}`);
  if ((mode & WRITABLE_BY_OTHERS) !== 0)
    throw invalid(
      `must be in a folder that nobody else can write in; "${folder}" has mode 0${(mode & 0o7777).toString(8)}: ` +
        ((mode & STICKY) === 0 ? `chmod go-w "${folder}", or name` : "name") +
        " a folder that is not there yet",
    );
}

/**
 * Takes the file of a daemon that died out of the way. Called when the path is taken, under the lock of `withPathLock`.
 *
 * @throws ConnectionError `HW_PORT_IN_USE`: somebody answers there
 * @throws ConfigError `HW_OPTION_INVALID`: it is no socket, or another user's
 */
export async function removeStaleSocket(socketPath: string): Promise<void> {
  const found = await lstat(socketPath).catch(() => undefined);
  if (found === undefined) return;
  if (!found.isSocket() || found.uid !== process.getuid?.())
    throw invalid(
      `is taken by something that is no socket of this user's: look at "${socketPath}", and remove it or choose another path`,
    );
  if (await isAnswered(socketPath)) throw inUse(socketPath);
  await rm(socketPath, { force: true });
}

/** Whether a process listens on a socket, full backlog included; only a refusal says that none does. */
function isAnswered(socketPath: string): Promise<boolean> {
  return new Promise((resolve) => {
    const probe = connect(socketPath);
    probe.once("connect", () => {
      probe.destroy();
      resolve(true);
    });
    probe.once("error", ({ code }: NodeJS.ErrnoException) => resolve(code !== "ECONNREFUSED" && code !== "ENOENT"));
  });
}

/** Somebody listens on a socket. */
export function inUse(socketPath: string, cause?: unknown): ConnectionError {
  return new ConnectionError(
    "HW_PORT_IN_USE",
    `"socketPath" ${JSON.stringify(socketPath)} is in use: end the other program, or choose another path`,
    { cause, peer: socketPath },
  );
}

function invalid(fault: string, cause?: unknown): ConfigError {
  return new ConfigError("HW_OPTION_INVALID", `"socketPath" ${fault}`, { cause });
}
