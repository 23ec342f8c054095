import { SUBPROTOCOL } from "../wire/constants.js";
import type { Reachability } from "./reachability.js";

/** What of an upgrade request is looked at: nothing that Node has joined, folded or dropped. */
export interface UpgradeRequest {
  /** The request target as it stood on the request line. */
  readonly target: string;
  /** As `IncomingMessage.httpVersion` has it; Node reads a request line without one as "0.9". */
  readonly httpVersion: string;
  /** Names and values in turn, as `IncomingMessage.rawHeaders` has them. */
  readonly rawHeaders: readonly string[];
}

/** More than any browser or proxy sends. Node drops headers beyond a number of its own, and with them a second Host. */
const MAX_HEADERS = 100;

/** Who a request comes from by its own account; `origin` is absent when it doesn't come from a web page. */
export interface RequestSource {
  readonly isAllowed: true;
  readonly host: string;
  readonly origin: string | undefined;
}

/** A request that is answered with `status` and no body; `reason` is for the daemon's own eyes and names the remedy. */
export interface Refusal {
  readonly isAllowed: false;
  readonly status: 400 | 403 | 404;
  readonly reason: string;
}

/**
 * The checks before the upgrade, protocol.md section 8, in its order: Host, Origin, path, subprotocol.
 *
 * @returns the source, or the refusal of the first check that failed
 */
export function checkUpgrade(request: UpgradeRequest, reach: Reachability): RequestSource | Refusal {
  const source = checkSource(request.rawHeaders, reach);
  if (!source.isAllowed) return source;
  if (!isOwnPath(request.target, reach.path) || request.target.includes("?"))
    return refusal(
      404,
      `path ${quoted(request.target)} is not the daemon's path ${quoted(reach.path)} or one segment below it`,
    );
  const offered = headerValues(request.rawHeaders, "sec-websocket-protocol").flatMap((value) => value.split(","));
  if (!offered.some((protocol) => protocol.trim() === SUBPROTOCOL))
    return refusal(400, `subprotocol ${SUBPROTOCOL} was not offered, but ${quoted(offered.join(","))}`);
  // RFC 6455 section 4.2.1; neither Node nor `ws` looks at it, and proxies treat connections of older versions differently.
  if (request.httpVersion !== "1.1")
    return refusal(400, `the upgrade request is of HTTP ${request.httpVersion}, WebSockets begin with 1.1`);
  // Its bytes would be read as frames.
  if (
    headerValues(request.rawHeaders, "content-length").length > 0 ||
    headerValues(request.rawHeaders, "transfer-encoding").length > 0
  )
    return refusal(400, "the upgrade request has a body");
  return source;
}

/**
 * Host and Origin alone. Host comes first: it is what stops DNS rebinding, where a page of another site reaches this
 * server under its own name, so that its Origin would agree with a Host that nobody compared with anything.
 */
export function checkSource(rawHeaders: readonly string[], reach: Reachability): RequestSource | Refusal {
  if (rawHeaders.length > 2 * MAX_HEADERS)
    return refusal(400, `${rawHeaders.length / 2} headers, at most ${MAX_HEADERS} are taken`);
  const [host, ...otherHosts] = headerValues(rawHeaders, "host");
  if (host === undefined || otherHosts.length > 0)
    return refusal(403, `${otherHosts.length === 0 ? "no" : "more than one"} Host header`);
  const origins = reach.hosts.get(host);
  if (origins === undefined)
    return refusal(
      403,
      `Host ${quoted(host)} is not an address of this daemon; a reverse proxy's is named by "publicUrl"`,
    );
  const [origin, ...otherOrigins] = headerValues(rawHeaders, "origin");
  if (otherOrigins.length > 0) return refusal(403, "more than one Origin header");
  if (origin !== undefined && !origins.includes(origin) && !reach.origins.has(origin))
    return refusal(403, `Origin ${quoted(origin)} is not that of Host ${quoted(host)} nor listed in "origins"`);
  return { isAllowed: true, host, origin };
}

/** Whether a request target lies on a daemon's path or one segment below it, whatever its query. */
export function isOwnPath(target: string, path: string): boolean {
  const [pathname = ""] = target.split("?", 1);
  if (pathname === path) return true;
  const prefix = path === "/" ? path : `${path}/`;
  return pathname.startsWith(prefix) && /^[^/#]+$/.test(pathname.slice(prefix.length));
}

/** Every value that a header was sent with. */
function headerValues(rawHeaders: readonly string[], name: string): readonly string[] {
  return rawHeaders.filter((_, index) => index % 2 === 1 && rawHeaders[index - 1]?.toLowerCase() === name);
}

function refusal(status: Refusal["status"], reason: string): Refusal {
  return { isAllowed: false, status, reason };
}

/** A stranger's text, fit for a log: cut, and without anything that a terminal acts on. */
function quoted(text: string): string {
  return `"${text.slice(0, 200).replace(/[^\x20-\x7e]/g, "?")}"`;
}
