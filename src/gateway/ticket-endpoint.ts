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
  /** Exact origins of pages that may ask, besides this server's own (see `ticketEndpoint`). @default [] */
  origins?: readonly string[];
}

/**
 * A fetch-style POST handler that mints a ticket for whoever `subject` says is logged in.
 *
 * | answer | when |
 * |---|---|
 * | 200, `{ payload, key, expiresAtMs }`, `Cache-Control: no-store` | minted |
 * | 405 | any other method |
 * | 403 | the page's Origin is neither this server's own nor listed |
 * | 401 | `subject` gave `null` |
 * | 500 | `subject` threw |
 *
 * This server's own origin is that of the request's URL, as long as it is `https:` or loopback: under plain http a
 * page of another site can give this server its own name (DNS rebinding), so that any other origin has to be listed.
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
  mintTicket(keys, { ...ticket, subject: "probe" });

  return async (request) => {
    if (request.method !== "POST") return bare(405, { allow: "POST" });
    if (!isOwnPage(request, origins)) return bare(403);
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
}

function bare(status: number, headers: Record<string, string> = {}): Response {
  return new Response(null, { status, headers: { "cache-control": "no-store", ...headers } });
}

/** protocol.md section 8: absent is no browser; otherwise exactly one that is this server's own or listed. */
function isOwnPage(request: Request, origins: readonly string[]): boolean {
  const origin = request.headers.get("origin");
  if (origin === null || origins.includes(origin)) return true;
  const own = new URL(request.url);
  return (
    origin === own.origin && (own.protocol === "https:" || /^(localhost|127(\.\d+){3}|\[::1\])$/.test(own.hostname))
  );
}
