import type { KeyRing } from "../auth/key-ring.js";
import type { Logger } from "../observe/logger.js";
import { isLoopbackAddress } from "./loopback.js";
import type { BoundAddress } from "./reachability.js";

/**
 * Warns at each start beyond loopback: that is to be a conscious effort, and seen in the log of whoever runs the program.
 * Without TLS it is a warning of the process where there is no logger, since nobody else would say that calls can be
 * read on the way.
 *
 * | field | |
 * |---|---|
 * | `host`, `port` | the bound address |
 * | `isSecure` | whether TLS stands on it |
 * | `auth` | how peers prove themselves: `"key"`, `"ticket"` |
 */
export function warnBeyondLoopback(
  bound: BoundAddress,
  { keys, logger }: { readonly keys: KeyRing; readonly logger: Logger | undefined },
): void {
  const { host, port, isSecure } = bound;
  if (isLoopbackAddress(host)) return;
  const auth = new Set([...keys].map(({ use }) => (use === "mint" ? "ticket" : "key")));
  const fields = { host, port, isSecure, auth: [...auth] };
  if (isSecure) {
    logger?.warn("hearthwire: listens beyond loopback, with TLS", fields);
    return;
  }
  warn(
    'hearthwire: listens beyond loopback without TLS, as "allowPlaintext" says: frames are signed, but everyone on the ' +
      "way can read them",
    { fields, logger },
  );
}

/** Says once in a process that it runs as root. */
export class RootWarning {
  #isGiven = false;

  /** @param uid of the process; undefined where users have none, as on Windows. */
  give(logger: Logger | undefined, uid = process.getuid?.()): void {
    if (uid !== 0 || this.#isGiven) return;
    this.#isGiven = true;
    warn(
      "hearthwire: the daemon runs as root, so that whatever its objects can be made to do is done as root: start it as a " +
        "user of its own (User= in a systemd unit, USER in a Dockerfile), with a reverse proxy in front for ports below 1024",
      { fields: { uid }, logger },
    );
  }
}

/** The one of this process. */
export const rootWarning = new RootWarning();

function warn(
  message: string,
  { fields, logger }: { readonly fields: object; readonly logger: Logger | undefined },
): void {
  if (logger === undefined) process.emitWarning(message, { type: "SecurityWarning", detail: JSON.stringify(fields) });
  else logger.warn(message, fields);
}
