import type { Key } from "../auth/key.js";
import type { KeyRing } from "../auth/key-ring.js";
import type { TicketOptions } from "../auth/ticket.js";
import { mintTicket } from "../auth/ticket.js";
import { ConfigError } from "../errors/hearthwire-error.js";

/** What `ticketEndpoint` needs: the key to mint with, who is logged in, and what the ticket is good for. */
export interface TicketEndpointOptions extends Omit<TicketOptions, "subject"> {
  /** A key of use `mint`, or the ring that holds one. */
  keys: Key | KeyRing;
  /**
   * Who a request comes from, by the app's own login: a session cookie, a bearer token. `null` when nobody is logged in.
   * Never decide by the network address alone: every page in the user's browser shares it.
   */
  subject: (request: Request) => string | null | Promise<string | null>;
  /**
   * Exact origins of pages that may ask, besides this server's own (see `ticketEndpoint`). Browsers let these alone read
   * the answer. For a session cookie they ask by `fetchTicket(url, { credentials: "include" })`, and the cookie itself has
   * to be one that goes to another site (`SameSite=None; Secure`), if it is another.
   * @default []
   */
  origins?: readonly string[];
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
 * | 401 | `subject` gave `null` |
 * | 500 | `subject` threw |
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
 * app.post("/rpc/ticket", (context) => endpoint(context.req.raw));
 * const endpoint = ticketEndpoint({ keys, subject: (request) => sessions.userOf(request.headers.get("cookie")) });
 */
export function ticketEndpoint(options: TicketEndpointOptions): (request: Request) => Promise<Response> {
  const { keys, subject, origins = [], ...ticket } = options;
  if (typeof subject !== "function")
    throw new ConfigError("HW_OPTION_INVALID", `"subject" must be a function of the request, got ${typeof subject}`);
  // A text has `includes` too, and parts of it would pass.
  if (!Array.isArray(origins))
    throw new ConfigError("HW_OPTION_INVALID", `"origins" must be an array of origins, got ${typeof origins}`);
  mintTicket(keys, { ...ticket, subject: "probe" });

  const answer = async (request: Request): Promise<Response> => {
    if (request.method !== "POST") return bare(405, { allow: "POST" });
    try {
      const name = await subject(request);
      if (name === null) return bare(401);
      return Response.json(mintTicket(keys, { ...ticket, subject: name }), {
        headers: { "cache-control": "no-store" },
      });
    } catch {
      // Whatever went wrong in the app's login is none of the page's business.
      return bare(500);
    }
  };

  return async (request) => {
    const origin = request.headers.get("origin");
    if (origin !== null && origins.includes(origin)) {
      return shareWith(origin, request.method === "OPTIONS" ? bare(204, PREFLIGHT) : await answer(request));
    }
    return isOwnPage(request, origin) ? answer(request) : bare(403);
  };
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
