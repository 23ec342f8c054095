import { ConnectionError, HearthwireError } from "../errors/hearthwire-error.js";
import { PORT_URL, towards } from "../transport/port-message.js";
import type { HandshakeAnswer } from "./connect-options.js";

/** The connect deadline passed. @param cause what the last try failed with */
export function timeoutError(url: string, connectTimeoutMs: number, cause?: Error): ConnectionError {
  const what = url === PORT_URL ? "the other end of the port did not serve" : `${url} was not connected to`;
  const remedy = url === PORT_URL ? "; it must call servePort" : "";
  return new ConnectionError(
    "HW_CONNECT_TIMEOUT",
    `"connectTimeoutMs": ${what} within ${connectTimeoutMs} ms${remedy}${because(cause)}`,
    { peer: url, retryable: true, ...(cause && { cause }) },
  );
}

/** The connection was lost, and could not be made again in time. @param cause what the last try failed with */
export function gaveUpError(url: string, giveUpAfterMs: number, cause: Error | undefined): ConnectionError {
  return new ConnectionError(
    "HW_CONNECT_TIMEOUT",
    `"reconnect.giveUpAfterMs": ${url} was not connected to again within ${giveUpAfterMs} ms`,
    { peer: url, retryable: true, ...(cause && { cause }) },
  );
}

/** The one credential that there is has ended. @param cause what the daemon said to it */
export function expiredError(url: string, cause: Error): ConnectionError {
  const message = `the credential for ${url} has expired, and there is no other; give "ticket" or "key" as a function`;
  return new ConnectionError("HW_CREDENTIALS_EXPIRED", message, { peer: url, cause });
}

/** Why a line whose daemon still serves it looks for another. */
export function drainingError(url: string): ConnectionError {
  const message = `${url} is shutting down: calls that run there are finished, new ones wait for another session`;
  return new ConnectionError("HW_CONNECTION_CLOSED", message, { peer: url, retryable: true });
}

function because(cause: Error | undefined): string {
  return cause === undefined ? "" : `: ${cause.message}`;
}

/** There is no session to renew yet. */
export function notConnectedError(url: string): ConnectionError {
  const message = `renew() needs an open connection, and the one ${towards(url)} is still connecting: await its "ready"`;
  return new ConnectionError("HW_CONNECT_FAILED", message, { peer: url, retryable: true });
}

/** What connecting failed with, as one of this package's errors. */
export function connectError(error: unknown, url: string): Error {
  if (error instanceof HearthwireError) return error;
  const why = error instanceof Error ? error.message : String(error);
  return new ConnectionError("HW_CONNECT_FAILED", `could not connect ${towards(url)}: ${why}`, {
    peer: url,
    cause: error,
  });
}

/** Lets the program look at the daemon's answer. @throws ConnectionError `HW_REFUSED` with what it threw as the cause */
export async function approve(
  onHandshake: (welcome: HandshakeAnswer) => void | Promise<void>,
  welcome: HandshakeAnswer,
): Promise<void> {
  try {
    await onHandshake(welcome);
  } catch (cause) {
    const why = cause instanceof Error ? `: ${cause.message}` : "";
    throw new ConnectionError("HW_REFUSED", `"onHandshake" refused ${welcome.url}${why}`, { peer: welcome.url, cause });
  }
}

/**
 * What calls on a closed connection fail with: the reason itself while it had never been connected, since that says what
 * to do.
 */
export function closedError(
  url: string,
  { reason, wasConnected }: { readonly reason: Error | undefined; readonly wasConnected: boolean },
): Error {
  if (reason !== undefined && !wasConnected) return reason;
  const why = reason === undefined ? "it was closed here" : reason.message;
  return new ConnectionError("HW_CONNECTION_CLOSED", `the connection ${towards(url)} is closed: ${why}`, {
    peer: url,
    ...(reason === undefined ? {} : { cause: reason }),
  });
}
