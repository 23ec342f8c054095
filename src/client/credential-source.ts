import type { Credential } from "../auth/client-handshake.js";
import { isKey } from "../auth/known-keys.js";
import type { Key } from "../auth/key.js";
import { checkTicket, type SealedTicket, type Ticket } from "../auth/read-ticket.js";
import { ConfigError } from "../errors/hearthwire-error.js";
import { AuthMethod } from "../wire/constants.js";
import { isLoopbackHost } from "../wire/loopback-host.js";
import type { ClientEnvironment } from "./client-environment.js";
import type { ConnectOptions } from "./connect-options.js";

/** Where the credentials of a line come from. */
export interface CredentialSource {
  /**
   * @param url the daemon's that is about to be dialled
   * @param fresh the last one will not do any more: the daemon refused it, or it is to be renewed
   */
  readonly credential: (url: string, fresh: boolean) => Promise<Credential>;
  /** Asking again may give another one. */
  readonly isRefreshable: boolean;
}

/** The program's key or ticket, asked for at each handshake when it is a function, or else what the host has. */
export function credentialSource(
  { key, ticket }: Pick<ConnectOptions, "key" | "ticket">,
  environment: ClientEnvironment,
): CredentialSource {
  if (key !== undefined) {
    return {
      isRefreshable: typeof key === "function",
      credential: async (url) => keyCredential(typeof key === "function" ? await key() : key, url),
    };
  }
  if (ticket !== undefined) {
    return {
      isRefreshable: typeof ticket === "function",
      credential: async (_url, fresh) =>
        ticketCredential(typeof ticket === "function" ? await ticket({ fresh }) : ticket),
    };
  }
  return {
    isRefreshable: false,
    credential: async (url) => {
      const own = await environment.credentials?.(url);
      if (own !== undefined) return own;
      throw new ConfigError(
        "HW_CREDENTIALS_MISSING",
        `"key" or "ticket": ${url} needs credentials and none were given. Pass { key } (a Key that the daemon's ring ` +
          `holds) or { ticket } (in pages: fetchTicket(url)); a Node program finds this user's key file for a daemon ` +
          `on loopback when it imports connect from "hearthwire/node"`,
      );
    },
  };
}

function keyCredential(key: unknown, url: string): Credential {
  if (!isKey(key)) {
    throw new ConfigError("HW_OPTION_INVALID", `"key" must give a Key, got ${typeof key}; make one with Key.from(...)`);
  }
  if (key.requireTls) requireTlsTo(url, key);
  return { method: AuthMethod.KEY, key };
}

/** Also where `allowPlaintext` is given: from what is said in the open, such a key could be guessed. */
function requireTlsTo(url: string, { id }: Key): void {
  const { protocol, hostname, host } = new URL(url);
  if (protocol !== "ws:" || isLoopbackHost(hostname)) return;
  throw new ConfigError(
    "HW_KEY_INVALID",
    `"key" "${id}" has "requireTls", as every key of a passphrase, and is not used over ws://${host}: dial wss://, or take a key from Key.generate()`,
  );
}

function ticketCredential(ticket: Ticket | SealedTicket): Credential {
  // Refuses what is no ticket here, where the option can be named, rather than in mid-handshake.
  checkTicket(ticket);
  return { method: AuthMethod.TICKET, ticket };
}
