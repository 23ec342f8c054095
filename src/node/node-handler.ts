import type { IncomingMessage, ServerResponse } from "node:http";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import type { ReadableStream as NodeReadableStream } from "node:stream/web";

/** A request's body beyond this ends it: the handlers of this package read no more than a line. */
const MAX_REQUEST_BYTES = 64 * 1024;

/**
 * `(request, response)` around a fetch-style handler, for Express, Connect and `node:http`.
 *
 * The handler's URL is made of the one Host header; more than one, or none, is answered 400. A handler that throws is
 * answered 500 with nothing in it. The request's signal aborts when the peer goes away. The message itself is the
 * handler's second argument: in Express it is the request with its session.
 *
 * @example
 * app.post("/rpc/ticket", toNodeHandler(ticketEndpoint({ keys, subject: (request) => userOf(request) })));
 */
export function toNodeHandler<Message extends IncomingMessage = IncomingMessage>(
  handler: (request: Request, message: Message) => Promise<Response>,
): (request: Message, response: ServerResponse) => void {
  return (request, response) => {
    void answer(handler, request, response).catch(() => {
      if (response.headersSent) response.destroy();
      else response.writeHead(500).end();
    });
  };
}

async function answer<Message extends IncomingMessage>(
  handler: (request: Request, message: Message) => Promise<Response>,
  message: Message,
  reply: ServerResponse,
): Promise<void> {
  const aborted = new AbortController();
  reply.once("close", () => aborted.abort());

  const url = urlOf(message);
  if (url === undefined) {
    reply.writeHead(400).end();
    return;
  }
  const response = await handler(fetchRequest(message, url, aborted.signal), message);

  // `set-cookie` is the one header whose values can't be joined.
  for (const [name, value] of response.headers) if (name !== "set-cookie") reply.setHeader(name, value);
  const cookies = response.headers.getSetCookie();
  if (cookies.length > 0) reply.setHeader("set-cookie", cookies);
  reply.writeHead(response.status);
  if (response.body === null) reply.end();
  else await pipeline(Readable.fromWeb(response.body as NodeReadableStream), reply);
}

function urlOf(message: IncomingMessage & { originalUrl?: string }): URL | undefined {
  const hosts = message.rawHeaders.filter(
    (_, index, raw) => index % 2 === 1 && raw[index - 1]?.toLowerCase() === "host",
  );
  // Express and Connect shorten `url` where a handler is mounted.
  const target = message.originalUrl ?? message.url ?? "";
  const scheme = "encrypted" in message.socket ? "https" : "http";
  if (hosts.length !== 1 || !target.startsWith("/")) return undefined;
  try {
    const url = new URL(`${scheme}://${hosts[0]}${target}`);
    return url.username === "" && url.password === "" ? url : undefined;
  } catch {
    return undefined;
  }
}

function fetchRequest(message: IncomingMessage, url: URL, signal: AbortSignal): Request {
  const headers = new Headers();
  for (const [name, values] of Object.entries(message.headersDistinct))
    if (!name.startsWith(":")) for (const value of values ?? []) headers.append(name, value);
  const method = message.method ?? "GET";
  if (method === "GET" || method === "HEAD") return new Request(url, { method, headers, signal });
  const body = Readable.toWeb(Readable.from(bounded(message))) as ReadableStream<Uint8Array>;
  return new Request(url, { method, headers, signal, body, duplex: "half" } as RequestInit);
}

async function* bounded(message: IncomingMessage): AsyncGenerator<Uint8Array> {
  let bytes = 0;
  for await (const chunk of message as AsyncIterable<Uint8Array>) {
    bytes += chunk.length;
    if (bytes > MAX_REQUEST_BYTES) throw new RangeError(`request body is larger than ${MAX_REQUEST_BYTES} bytes`);
    yield chunk;
  }
}
