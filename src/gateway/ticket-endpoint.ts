import type { Key } from "../auth/key.js";
import type { KeyRing } from "../auth/key-ring.js";
import type { ScopeOptions } from "../auth/scope.js";
import { mintTicket, type TicketOptions } from "../auth/ticket.js";
import { ConfigError } from "../errors/hearthwire-error.js";
import { listedOrigins } from "../wire/listed-origins.js";

/** What `ticketEndpoint` gives; the second argument is left out unless `subject` says that it needs one. */
export type TicketHandler<Context = unknown> = (
  request: Request,
  ...context: unknown extends Context ? [context?: unknown] : [context: Context]
) => Promise<Response>;

/** Whom one ticket is for, with what differs for them from the endpoint's own options. */
export interface TicketHolder {
  subject: string;
  /** In place of the endpoint's. @default the endpoint's */
  scope?: ScopeOptions | undefined;
  /** In place of the endpoint's. @default the endpoint's */
  lifetimeMs?: number | undefined;
}

/** What `ticketEndpoint` needs: the key to mint with, who is logged in, and what the ticket is good for. */
export interface TicketEndpointOptions<Context = unknown> extends Omit<TicketOptions, "subject"> {
  /** A key of use `mint`, or the ring that holds one. */
  keys: Key | KeyRing;
  /**
   * Who a request comes from, by the app's own login: a session cookie, a bearer token. `null` or undefined when nobody is
   * logged in. Never decide by the network address alone: every page in the user's browser shares it.
   *
   * `context` is what the handler was called with beside the request, such as the framework's own request with its session;
   * `toNodeHandler` gives the `IncomingMessage`, which in Express is its request.
   */
  subject: (
    request: Request,
    context: Context,
  ) => string | TicketHolder | null | undefined | Promise<string | TicketHolder | null | undefined>;
  /**
   * Exact origins of pages that may ask, besides this server's own (see `ticketEndpoint`). Browsers let these alone read
   * the answer. For a session cookie they ask by `fetchTicket(url, { credentials: "include" })`, and the cookie itself has
   * to be one that goes to another site (`SameSite=None; Secure`), if it is another.
   * @default []
   */
  origins?: readonly string[] | undefined;
  /** Told what `subject` threw, or why what it gave makes no ticket: the page is told nothing but 500. */
  onError?: ((error: unknown) => void) | undefined;
}

/**
 * A fetch-style POST handler that mints a ticket for whoever `subject` says is logged in.
 *
 * | answer | when |
 * |---|---|
 * | 200, `{ payload, key, expiresAtMs }`, `Cache-Control: no-store` | minted |
 * | 403 | the page's Origin is neither this server's own nor listed |
 * | 204 | `OPTIONS` of a listed origin: a browser asks before it posts |
 * | 405 | any other method |
 * | 401 | `subject` gave `null` or undefined |
 * | 500 | `subject` threw, or gave no subject that a ticket can have: `onError` is told |
 *
 * This server's own origin is that of the request's URL, as long as it is `https:` or loopback: under plain http a
 * page of another site can give this server its own name (DNS rebinding), so that any other origin has to be listed.
 *
 * Answers to listed origins have the CORS headers that let the page read them (Fetch standard, CORS protocol). With
 * `origins`, route `OPTIONS` here too, and let nothing in front add CORS headers of its own.
 *
 * @throws ConfigError when no key of the ring can mint, or an option is wrong: at once, not at the first request
 *
 * @example
 * app.post("/rpc/ticket", (context) => endpoint(context.req.raw, context));
 * const endpoint = ticketEndpoint({ keys, subject: (request) => sessions.userOf(request.headers.get("cookie")) });
 */
export function ticketEndpoint<Context = unknown>(options: TicketEndpointOptions<Context>): TicketHandler<Context> {
  const { keys, subject, origins, onError, ...ticket } = options;
  for (const [name, hook] of Object.entries({ subject, onError })) {
    if (typeof hook === "function" || (name === "onError" && hook === undefined)) continue;
    throw new ConfigError("HW_OPTION_INVALID", `"${name}" must be a function, got ${typeof hook}`);
  }
  const listed = new Set(listedOrigins(origins));
  mintTicket(keys, { ...ticket, subject: "probe" });

  const answer = async (request: Request, context: Context): Promise<Response> => {
    if (request.method !== "POST") return bare(405, { allow: "POST" });
    try {
      const holder = await subject(request, context);
      if (holder === null || holder === undefined) return bare(401);
      const own = typeof holder === "string" ? { subject: holder } : withoutUndefined(holder);
      return Response.json(mintTicket(keys, { ...ticket, ...own }), { headers: { "cache-control": "no-store" } });
    } catch (error) {
      // Whatever went wrong in the app's login is none of the page's business.
      onError?.(error);
      return bare(500);
    }
  };

  return async (request, ...[context]) => {
    const origin = request.headers.get("origin");
    if (origin !== null && listed.has(origin)) {
      return shareWith(
        origin,
        request.method === "OPTIONS" ? bare(204, PREFLIGHT) : await answer(request, context as Context),
      );
    }
    return isOwnPage(request, origin) ? answer(request, context as Context) : bare(403);
  };
}

/** What is undefined counts as left out, and shall not hide what the endpoint says. */
function withoutUndefined(holder: TicketHolder): TicketHolder {
  return Object.fromEntries(
    Object.entries(holder).filter(([, value]) => value !== undefined),
  ) as unknown as TicketHolder;
}

/** What a listed origin may send: a session cookie goes by itself, a bearer token in `Authorization`. */
const PREFLIGHT: Readonly<Record<string, string>> = {
  "access-control-allow-methods": "POST",
  "access-control-allow-headers": "authorization, content-type",
};

/** Lets pages of one origin read the answer, cookies or not. */
function shareWith(origin: string, response: Response): Response {
  response.headers.set("access-control-allow-origin", origin);
  response.headers.set("access-control-allow-credentials", "true");
  response.headers.set("vary", "Origin");
  return response;
}

function bare(status: number, headers: Record<string, string> = {}): Response {
  return new Response(null, { status, headers: { "cache-control": "no-store", ...headers } });
}

/** protocol.md section 8: absent is no browser; otherwise exactly this server's own. */
function isOwnPage(request: Request, origin: string | null): boolean {
  if (origin === null) return true;
  const own = new URL(request.url);
  return (
    origin === own.origin && (own.protocol === "https:" || /^(localhost|127(\.\d+){3}|\[::1\])$/.test(own.hostname))
  );
}
