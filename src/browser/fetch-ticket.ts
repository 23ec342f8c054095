import type { Ticket } from "../auth/ticket.js";
import { ConfigError, ConnectionError } from "../errors/hearthwire-error.js";
import { isLoopbackHost } from "../wire/loopback-host.js";

/** A ticket that ends sooner than this is not worth a handshake: it would be refreshed at once (protocol.md section 5). */
const REFRESH_BEFORE_MS = 30_000;

/** A request that a lost network left hanging must not hold up all that come after it, which share it. */
const REQUEST_LIMIT_MS = 10_000;

/** Statuses besides those of 500 and more after which asking again later may help: too slow, too often. */
const PASSING_STATUSES: readonly number[] = [408, 429];

/** What `fetch` is given besides the method, and what it may be asked over. */
export type FetchTicketInit = Omit<RequestInit, "method"> & {
  /** Fetch by `http:` from beyond this machine too: everybody on the way can use the ticket. @default false */
  readonly allowPlaintext?: boolean | undefined;
};

/** A source of tickets; `fresh` asks for a new one though the last has not ended, as after the daemon refused it. */
export type TicketSource = (options?: { fresh?: boolean }) => Promise<Ticket>;

const sources = new Map<string, Map<FetchTicketInit | undefined, TicketSource>>();

/**
 * A ticket source that POSTs to the app's own endpoint. It keeps a ticket as long as it has more than 30 s left; asked
 * twice at once it sends one request.
 *
 * The same URL, with the identical `init` object, gives the same function, so that `connect` shares one socket.
 *
 * An endpoint of another origin has to list the page's in its `origins`, and gets cookies only when it is asked by
 * `fetchTicket(url, { credentials: "include" })`.
 *
 * @param url relative to the page
 * @throws ConfigError from the source: `HW_OPTION_INVALID` for `http:` beyond this machine without `allowPlaintext`
 * @throws ConnectionError from the source: `HW_CONNECT_FAILED` when nobody answers, `HW_CONNECT_TIMEOUT` when nobody does
 *   within 10 s, `HW_REFUSED` when the answer is no ticket; the message has the status
 *
 * @example
 * const warehouse = connect<Warehouse>("/rpc/warehouse", { ticket: fetchTicket("/rpc/ticket") });
 */
export function fetchTicket(url: string | URL, init?: FetchTicketInit): TicketSource {
  const href = new URL(url, globalThis.location?.href).href;
  let ofUrl = sources.get(href);
  if (ofUrl === undefined) sources.set(href, (ofUrl = new Map()));
  let source = ofUrl.get(init);
  if (source === undefined) ofUrl.set(init, (source = ticketSource(href, init)));
  return source;
}

function ticketSource(url: string, init: FetchTicketInit | undefined): TicketSource {
  let ticket: Ticket | undefined;
  let pending: Promise<Ticket> | undefined;
  return async ({ fresh = false } = {}) => {
    if (pending !== undefined) return pending;
    if (!fresh && ticket !== undefined && ticket.expiresAtMs - Date.now() > REFRESH_BEFORE_MS) return ticket;
    pending = requestTicket(url, init);
    try {
      return (ticket = await pending);
    } finally {
      pending = undefined;
    }
  };
}

async function requestTicket(href: string, init: FetchTicketInit | undefined): Promise<Ticket> {
  // For messages: a query may hold a secret.
  const url = href.replace(/[?#].*$/, "");
  const { allowPlaintext, ...request } = init ?? {};
  const { protocol, hostname } = new URL(href);
  if (protocol === "http:" && allowPlaintext !== true && !isLoopbackHost(hostname)) {
    throw new ConfigError(
      "HW_OPTION_INVALID",
      `"allowPlaintext" must be true to fetch a ticket from ${url}, beyond this machine: everybody on the way could use it. ` +
        `Use https: (in a page: open it by https:), or say allowPlaintext: true`,
    );
  }
  const { status, text } = await answerOf(href, request, url);
  if (status < 200 || status > 299)
    throw refused(url, `status ${status}${remedy(status, url)}`, status >= 500 || PASSING_STATUSES.includes(status));
  const answer = parsed(text);
  if (!isTicket(answer)) throw refused(url, `status ${status}, but no { payload, key, expiresAtMs }`, false);
  return { payload: answer.payload, key: answer.key, expiresAtMs: answer.expiresAtMs };
}

/** The endpoint's whole answer, in bounded time. */
async function answerOf(href: string, request: RequestInit, url: string): Promise<{ status: number; text: string }> {
  const limit = AbortSignal.timeout(REQUEST_LIMIT_MS);
  const signal = request.signal ? AbortSignal.any([limit, request.signal]) : limit;
  try {
    const response = await fetch(href, { ...request, signal, method: "POST" });
    return { status: response.status, text: await response.text() };
  } catch (cause) {
    const options = { cause, peer: url, retryable: true };
    if (limit.aborted) {
      const message = `fetchTicket: nobody answers at ${url} within ${REQUEST_LIMIT_MS} ms`;
      throw new ConnectionError("HW_CONNECT_TIMEOUT", message, options);
    }
    // A browser says the same of both.
    const orRefused = isOtherOrigin(url) ? ', or it does not list this page\'s origin in its "origins"' : "";
    throw new ConnectionError("HW_CONNECT_FAILED", `fetchTicket: nobody answers at ${url}${orRefused}`, options);
  }
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function refused(url: string, fault: string, retryable: boolean): ConnectionError {
  return new ConnectionError("HW_REFUSED", `fetchTicket: ${url} gave no ticket: ${fault}`, { peer: url, retryable });
}

/** Whether a page asks beyond its own origin; a program has none. */
function isOtherOrigin(url: string): boolean {
  const own = globalThis.location?.origin;
  return own !== undefined && own !== new URL(url).origin;
}

function remedy(status: number, url: string): string {
  if (status === 401 && isOtherOrigin(url))
    return ': nobody is logged in (cookies go to another origin only with { credentials: "include" })';
  if (status === 401) return ": nobody is logged in (with the Vite plugin: open the page by the URL that it printed)";
  if (status === 403) return ": this page's origin is not among the endpoint's \"origins\"";
  if (status === 404) return ": is the endpoint mounted at this path?";
  return "";
}

function isTicket(value: unknown): value is Ticket {
  if (typeof value !== "object" || value === null) return false;
  const { payload, key, expiresAtMs } = value as Partial<Record<keyof Ticket, unknown>>;
  return (
    isBase64url(payload) && isBase64url(key) && typeof expiresAtMs === "number" && Number.isSafeInteger(expiresAtMs)
  );
}

function isBase64url(value: unknown): value is string {
  return typeof value === "string" && /^[\w-]+$/.test(value);
}
