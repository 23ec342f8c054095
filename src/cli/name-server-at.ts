import { ConnectionError, HearthwireError } from "../errors/hearthwire-error.js";
import type { NameServer } from "../naming/name-server.js";
import { connect } from "../node/connect.js";
import type { CommandIo } from "./command-io.js";
import { connectOptionsOf } from "./connect-from-options.js";

/** Longest wait for what listens to say what it is, in ms. */
const PATIENCE_MS = 2_000;

/** What listens where a name server would. */
export type Listener =
  | { readonly kind: "names"; /** How many it has. */ readonly count: number }
  /** A daemon that takes this key, without names. */
  | { readonly kind: "daemon" }
  /** A daemon that does not take this key. */
  | { readonly kind: "foreign daemon" }
  | { readonly kind: "other" };

/**
 * Asks whatever listens at a name server's address what it is, with the command's own key.
 * @throws as `connectOptionsOf`
 */
export async function nameServerAt(io: CommandIo, address: string): Promise<Listener> {
  const options = await connectOptionsOf(io, address);
  try {
    using names = await connect<NameServer>(address, {
      ...options,
      reconnect: false,
      timeoutMs: PATIENCE_MS,
      connectTimeoutMs: PATIENCE_MS,
    });
    return { kind: "names", count: await names.count() };
  } catch (error) {
    if (!(error instanceof HearthwireError)) throw error;
    if (error.code === "HW_NO_SUCH_OBJECT" || error.code === "HW_NO_SUCH_MEMBER") return { kind: "daemon" };
    // Of what is no daemon nothing comes that is signed, or a refusal of its key.
    const isDaemon = error instanceof ConnectionError && error.code === "HW_REFUSED";
    return { kind: isDaemon ? "foreign daemon" : "other" };
  }
}

/** How many names, for people. */
export function namesText(count: number): string {
  return count === 1 ? "one name" : `${count} names`;
}
