import { ConfigError, ConnectionError, HearthwireError, NamingError } from "../errors/hearthwire-error.js";

/** Whom a lookup asked for what. */
export interface Inquiry {
  /** The named address. */
  readonly address: string;
  /** The name server's daemon. */
  readonly serverUrl: string;
  /** The name server there. */
  readonly objectId: string;
}

/** A sentence of why a name server could not be reached, with what to do when there is none. */
export function withStartRemedy(sentence: string): string {
  return `${sentence}${/[.?!]$/.test(sentence) ? "" : "."} A name server is started by: npx hearthwire names serve`;
}

/** What such errors of a line to a name server are called for the line that asked. */
const KEPT: ReadonlySet<unknown> = new Set([
  "HW_REFUSED",
  "HW_CONNECT_TIMEOUT",
  "HW_TLS_FAILED",
  "HW_CREDENTIALS_EXPIRED",
] satisfies ConnectionError["code"][]);

/** Why a name could not be looked up, from what asking failed with. What the program itself must change stays as it is. */
export function askError(error: unknown, { address, serverUrl, objectId }: Inquiry): Error {
  if (error instanceof ConfigError || error instanceof NamingError) return error;
  const facts = { peer: serverUrl, cause: error };
  const { code, message = String(error), retryable = true } = error instanceof HearthwireError ? error : {};
  if (code === "HW_NO_SUCH_OBJECT") {
    const why = `${serverUrl} has no name server for this client: there is no object "${objectId}"`;
    return new ConnectionError("HW_CONNECT_FAILED", `${address} could not be looked up: ${why}`, facts);
  }
  const kept = error instanceof ConnectionError && KEPT.has(code) ? error.code : "HW_CONNECT_FAILED";
  const why = `the name server at ${serverUrl} could not be asked for ${address}: ${message}`;
  return new ConnectionError(kept, code === "HW_CONNECT_FAILED" ? withStartRemedy(why) : why, { ...facts, retryable });
}

/** Nothing is registered under an address. @param timeoutMs how long whoever asked gave it in all */
export function unregistered({ address, serverUrl }: Inquiry, timeoutMs: number): NamingError {
  const message =
    `nothing is registered for ${address} at ${serverUrl} (asked as long as "connectTimeoutMs" allows, ${timeoutMs} ms): is it ` +
    `served with "names", and there?`;
  return new NamingError("HW_NAME_UNKNOWN", message, { peer: serverUrl, delivery: "not-sent", retryable: true });
}

/** What is registered is no address of an object. */
export function unusable({ address, serverUrl }: Inquiry): ConnectionError {
  const message = `what ${serverUrl} has registered for ${address} is no address of an object`;
  return new ConnectionError("HW_CONNECT_FAILED", message, { peer: serverUrl, retryable: true });
}
