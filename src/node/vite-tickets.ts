import { createHash, timingSafeEqual } from "node:crypto";
import type { IncomingMessage, ServerResponse } from "node:http";
import type { Daemon } from "./served-daemon.js";
import { isLoopbackAddress } from "./loopback.js";
import { toNodeHandler } from "./node-handler.js";
import type { Reachability } from "./reachability.js";
import { checkSource } from "./upgrade-checks.js";

/** Who may have a ticket of the dev server's daemon. */
export interface TicketPolicy {
  /** This run's code; undefined: every user of this machine may connect. */
  readonly code: string | undefined;
  /** In place of loopback and code: the subject of a request, `null` when nobody is logged in. */
  readonly login: ((request: Request) => string | null | Promise<string | null>) | undefined;
  /** The subject of tickets when there is no `login`. */
  readonly subject: string;
}

/** The daemon as far as tickets need it. */
export interface TicketDaemon extends Pick<Daemon, "mintTicket"> {
  readonly reach: Reachability | undefined;
}

/** Where the routes stand, and whom they serve. */
export interface TicketRouteOptions {
  readonly policy: TicketPolicy;
  /** The daemon's path, which the routes stand below. */
  readonly path: string;
  /** Where the app's own page is, to which the page of the printed URL leads on. */
  readonly base: string;
  /** The daemon, once its module has been loaded; undefined when that failed. */
  readonly daemon: () => Promise<TicketDaemon | undefined>;
}

/** A route of Connect, mounted at the daemon's path. */
export type ConnectRoute = (request: IncomingMessage, response: ServerResponse, next: () => void) => void;

/**
 * The dev server's HTTP beside the daemon (protocol.md section 8):
 *
 * | route | does |
 * |---|---|
 * | `GET /open` | the page of the printed URL: posts the code from its fragment, then goes on to the app |
 * | `POST /code` | this run's code for an `HttpOnly; SameSite=Strict` cookie of the daemon's path |
 * | `POST /ticket` | a ticket for who has that cookie |
 *
 * Both POSTs ask for a loopback peer, the right Host and the exact Origin. Nothing of this can be done by another user of
 * the machine, who can reach the port but has not seen the code.
 */
export function ticketRoutes(options: TicketRouteOptions): ConnectRoute {
  return (message, response, next) => {
    const route = `${message.method} ${message.url}`;
    if (route === "GET /open") open(options, response);
    else if (message.url === "/code" && options.policy.code !== undefined)
      guarded(options, message, response, takeCode);
    else if (message.url === "/ticket") guarded(options, message, response, mint);
    else next();
  };
}

type Answer = (options: TicketRouteOptions, request: Request, source: Guarded) => Promise<Response>;
interface Guarded {
  readonly daemon: TicketDaemon;
  readonly host: string;
  readonly isSecure: boolean;
}

/** Answers a POST whose source is right. */
function guarded(
  options: TicketRouteOptions,
  message: IncomingMessage,
  response: ServerResponse,
  answer: Answer,
): void {
  toNodeHandler(async (request) => {
    if (message.method !== "POST") return bare(405, { allow: "POST" });
    const daemon = await options.daemon();
    if (daemon?.reach === undefined) return bare(503);
    const remote = message.socket.remoteAddress;
    if (options.policy.login === undefined && (remote === undefined || !isLoopbackAddress(remote))) return bare(403);
    const source = checkSource(message.rawHeaders, daemon.reach);
    // Every browser sends an Origin with a POST, so that whoever sends none is no page.
    if (!source.isAllowed || source.origin === undefined) return bare(403);
    return answer(options, request, { daemon, host: source.host, isSecure: "encrypted" in message.socket });
  })(message, response);
}

async function takeCode({ policy, path }: TicketRouteOptions, request: Request, source: Guarded): Promise<Response> {
  if (policy.code === undefined || !isSame(await request.text(), policy.code)) return bare(401);
  const attributes = `Path=${path}; HttpOnly; SameSite=Strict${source.isSecure ? "; Secure" : ""}`;
  return bare(204, { "set-cookie": `${cookieName(source.host)}=${policy.code}; ${attributes}` });
}

async function mint(
  { policy }: TicketRouteOptions,
  request: Request,
  { daemon, host, isSecure }: Guarded,
): Promise<Response> {
  const subject = policy.login === undefined ? policy.subject : await policy.login(request);
  if (subject === null) return bare(401);
  if (
    policy.login === undefined &&
    policy.code !== undefined &&
    !isSame(cookie(request, cookieName(host)), policy.code)
  )
    return bare(401);
  const ticket = daemon.mintTicket({ subject, audience: `${isSecure ? "wss" : "ws"}://${host}` });
  return Response.json(ticket, { headers: { "cache-control": "no-store" } });
}

/** Cookies are shared by all ports of a host, and so by all dev servers of this machine: the name has the port. */
function cookieName(host: string): string {
  return `hearthwire-${/:(\d+)$/.exec(host)?.[1] ?? "default"}`;
}

function cookie(request: Request, name: string): string {
  const pairs = (request.headers.get("cookie") ?? "").split(";").map((pair) => pair.trim());
  return pairs.find((pair) => pair.startsWith(`${name}=`))?.slice(name.length + 1) ?? "";
}

/** Compares hashes, which have one length, in constant time. */
function isSame(given: string, expected: string): boolean {
  const digest = (text: string): Buffer => createHash("sha256").update(text).digest();
  return timingSafeEqual(digest(given), digest(expected));
}

function bare(status: number, headers: Record<string, string> = {}): Response {
  return new Response(null, { status, headers: { "cache-control": "no-store", ...headers } });
}

function open({ path, base }: TicketRouteOptions, response: ServerResponse): void {
  // The fragment never leaves the browser, and `replace` takes it out of the history.
  const script = `
const code = new URLSearchParams(location.hash.slice(1)).get("code") ?? "";
const { status } = await fetch(${scriptText(`${path}/code`)}, { method: "POST", body: code });
if (status === 204) location.replace(${scriptText(base)});
else if (status === 503) document.body.textContent = "The daemon is not running: see the terminal of the dev server.";
else document.body.textContent = "This is not the code of the dev server that runs here: open the URL that it printed last.";
`;
  const hash = createHash("sha256").update(script).digest("base64");
  response.writeHead(200, {
    "content-type": "text/html; charset=utf-8",
    "content-security-policy": `default-src 'none'; script-src 'sha256-${hash}'; connect-src 'self'; frame-ancestors 'none'; base-uri 'none'`,
    "cache-control": "no-store",
    "referrer-policy": "no-referrer",
  });
  response.end(`<!doctype html><title>hearthwire</title><body><script type="module">${script}</script>`);
}

/** A string as JavaScript that can stand in HTML. */
function scriptText(text: string): string {
  return JSON.stringify(text).replace(/</g, "\\u003c");
}
