import type { Key } from "../auth/key.js";
import type { KeyRing } from "../auth/key-ring.js";
import type { CoreOptions } from "../daemon/options.js";
import type { UpgradeServer } from "./attach.js";
import type { CloseOnSignal } from "./close-on-signal.js";
import type { NamesOptions } from "./names-options.js";
import type { TrustProxy } from "./remote-address.js";
import type { ClientCertificateOptions, TlsOptions } from "./tls-options.js";

/** Options of a daemon wherever it listens. */
export interface DaemonOptions extends Omit<CoreOptions, "keys" | "clock" | "scheduleFlush"> {
  /** @default this user's key file, for a daemon on loopback or a Unix socket */
  readonly keys?: KeyRing | Key;
  /** Exact web origins whose pages may connect, besides the daemon's own. @default [] */
  readonly origins?: readonly string[];
  /**
   * What peers dial when it is not the bound address: the URL of a reverse proxy. Its host, origin and audience are
   * accepted beside the bound ones.
   */
  readonly publicUrl?: string | URL | readonly (string | URL)[];
  /**
   * Believes `X-Forwarded-For`, of whoever connects (`true`) or of these IP addresses, for `remoteAddress` alone; Host and
   * Origin are those of the request in any case. @default false
   */
  readonly trustProxy?: TrustProxy;
  /**
   * Which signals close the daemon before they end the program, and the grace of its running calls then; false: none. While
   * the program listens to a signal itself nothing is done for it, as it calls `daemon.close()`; the second signal of a
   * kind ends the program at once. @default { signals: ["SIGTERM"], graceMs: 5_000 }
   */
  readonly closeOnSignal?: false | CloseOnSignal | undefined;
  /**
   * Registers the objects with a name server, each by its id, for as long as the daemon serves; a name server that is away
   * is tried again, and told of by the daemon's event `namingFailed`. Its clients may then look up and watch names by the
   * object `hearthwire.names`, as far as their credentials and `authorize` allow. @default false
   */
  readonly names?: boolean | NamesOptions | undefined;
  /** Allows an address beyond loopback without TLS: frames stay signed, but everyone on the way can read them. @default false */
  readonly allowPlaintext?: boolean;
}

/** A server of the daemon's own. */
export interface ListenTarget {
  /** An address of this machine, or a name of one. @default "127.0.0.1" */
  readonly host?: string;
  /** @default 0, a free one */
  readonly port?: number;
  /** @default "/" */
  readonly path?: string;
  /** Serves by `wss:`. @default plain text, on loopback only */
  readonly tls?: TlsOptions;
  readonly server?: never;
  readonly socketPath?: never;
}

/** A Unix socket, which no other user can connect to, and no page. */
export interface ListenUnixTarget {
  /**
   * The absolute path of the socket's file. Its folder is made when it isn't there (0700), and must be this user's own
   * and nobody else's to write in; the socket is 0600, and removed when the daemon closes.
   */
  readonly socketPath: string;
  /** @default "/" */
  readonly path?: string;
  readonly tls?: never;
  readonly server?: never;
  readonly host?: never;
  readonly port?: never;
}

/** A server of the program, shared with whatever else it serves. */
export interface AttachTarget {
  /**
   * Before or after it listens. To end, `await daemon.close()` and then close the server: `http.Server.close()` waits for
   * upgraded sockets, and says "close", with which the daemon would close too, only when the last peer has gone.
   */
  readonly server: UpgradeServer;
  /** The daemon takes upgrades of this path, and one segment below it, alone. */
  readonly path: string;
  /** For a server of `node:https` that asks for client certificates; its other TLS is its own. */
  readonly tls?: ClientCertificateOptions;
  readonly host?: never;
  readonly port?: never;
  readonly socketPath?: never;
}

/** Options of `serve`. */
export type ServeOptions = DaemonOptions & (ListenTarget | ListenUnixTarget | AttachTarget);
