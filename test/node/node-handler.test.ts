import { once } from "node:events";
import { createServer, request, type IncomingMessage, type RequestOptions, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { connect } from "node:net";
import { afterEach, expect, it } from "vitest";
import { toNodeHandler } from "../../src/node/node-handler.js";

let server: Server | undefined;

afterEach(() => {
  server?.closeAllConnections();
  server?.close();
});

async function listening(handler: (request: Request) => Promise<Response>): Promise<number> {
  server = createServer(toNodeHandler(handler)).listen(0, "127.0.0.1");
  await once(server, "listening");
  return (server.address() as AddressInfo).port;
}

async function ask(options: RequestOptions, body?: string): Promise<{ message: IncomingMessage; text: string }> {
  const sent = request({ host: "127.0.0.1", ...options }).end(body);
  const [message] = (await once(sent, "response")) as [IncomingMessage];
  let text = "";
  for await (const chunk of message) text += String(chunk);
  return { message, text };
}

it("passes on method, URL, headers and body, and answers with status, headers and body", async () => {
  const port = await listening(async (asked) =>
    Response.json(
      { method: asked.method, url: asked.url, custom: asked.headers.get("x-custom"), body: await asked.text() },
      { status: 201, headers: { "x-answer": "42" } },
    ),
  );
  const { message, text } = await ask({ port, path: "/a?b=c", method: "POST", headers: { "x-custom": "1" } }, "hello");
  expect(message.statusCode).toBe(201);
  expect(message.headers).toMatchObject({ "content-type": "application/json", "x-answer": "42" });
  expect(JSON.parse(text)).toEqual({
    method: "POST",
    url: `http://127.0.0.1:${port}/a?b=c`,
    custom: "1",
    body: "hello",
  });
});

it("keeps several cookies apart", async () => {
  const port = await listening(async () => {
    const headers = new Headers();
    headers.append("set-cookie", "a=1; Path=/");
    headers.append("set-cookie", "b=2");
    return new Response(null, { headers });
  });
  expect((await ask({ port })).message.headers["set-cookie"]).toEqual(["a=1; Path=/", "b=2"]);
});

it("answers 500 without a word when the handler throws", async () => {
  const port = await listening(async () => {
    throw new Error("the password is swordfish");
  });
  const { message, text } = await ask({ port });
  expect([message.statusCode, text]).toEqual([500, ""]);
});

it.each(["two Host headers", "no Host header", "an absolute target", "user info in Host"])(
  "answers 400 to %s",
  async (fault) => {
    const port = await listening(async () => new Response("reached"));
    const head: Readonly<Record<string, string>> = {
      "two Host headers": "GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n",
      "no Host header": "GET / HTTP/1.0\r\n",
      "an absolute target": "GET http://a/ HTTP/1.1\r\nHost: a\r\n",
      "user info in Host": "GET / HTTP/1.1\r\nHost: a@b\r\n",
    };
    const socket = connect(port, "127.0.0.1");
    socket.end(`${head[fault]}Connection: close\r\n\r\n`);
    let answer = "";
    for await (const chunk of socket) answer += String(chunk);
    expect(answer).toMatch(/^HTTP\/1\.1 400 /);
    expect(answer).not.toContain("reached");
  },
);

it("ends a request whose body is larger than 64 KiB", async () => {
  const port = await listening(async (asked) => new Response(String((await asked.text()).length)));
  expect((await ask({ port, method: "POST" }, "x".repeat(65_536))).text).toBe("65536");
  expect((await ask({ port, method: "POST" }, "x".repeat(65_537))).message.statusCode).toBe(500);
});

it("aborts the request's signal when the peer goes away", async () => {
  let arrived: (signal: AbortSignal) => void;
  const arrival = new Promise<AbortSignal>((resolve) => (arrived = resolve));
  const port = await listening((asked) => {
    arrived(asked.signal);
    return new Promise((answer) => asked.signal.addEventListener("abort", () => answer(new Response())));
  });
  const socket = connect(port, "127.0.0.1", () => socket.write("GET / HTTP/1.1\r\nHost: a\r\n\r\n"));
  const signal = await arrival;
  expect(signal.aborted).toBe(false);
  socket.destroy();
  await once(signal, "abort");
});
