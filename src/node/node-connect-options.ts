import type { ConnectionOptions, Credentials } from "../client/connect-options.js";
import type { NameResolver } from "../naming/name-resolver.js";
import type { ClientTlsOptions } from "./client-tls-options.js";

/** How a Node program connects, and as whom. */
export type NodeConnectOptions = Omit<ConnectionOptions, "names"> &
  Credentials & {
    /**
     * [line] TLS of `wss:` addresses. Without `key` and `ticket`, its client certificate is what the daemon knows this client
     * by, before the user's key file.
     */
    tls?: ClientTlsOptions | undefined;
    /**
     * [line] Who is asked for named addresses, such as `hearthwire:chat`, that say nobody: the address of a name server's
     * object, or what `nameResolver` gives. @default the configuration's, "ws://127.0.0.1:7765/names"
     */
    names?: string | NameResolver | undefined;
  };
