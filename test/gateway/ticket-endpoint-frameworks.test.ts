import { createServer, type IncomingMessage, type Server } from "node:http";
import { once } from "node:events";
import type { AddressInfo } from "node:net";
import express from "express";
import fastify from "fastify";
import { Hono } from "hono";
import { afterEach, describe, expect, it } from "vitest";
import { decodeBase64Url } from "../../src/auth/base64url.js";
import { Key } from "../../src/auth/key.js";
import type { Ticket } from "../../src/auth/ticket.js";
import { decodeTicketPayload } from "../../src/auth/ticket-payload.js";
import { ticketEndpoint, type TicketEndpointOptions } from "../../src/gateway/ticket-endpoint.js";
import { toNodeHandler } from "../../src/node/node-handler.js";

const keys = Key.generate({ id: "root", use: "mint" });
const payloadOf = ({ payload }: Ticket) => decodeTicketPayload(decodeBase64Url(payload)!);
const post = () => new Request("https://app.example/rpc/ticket", { method: "POST" });
const answerTo = (options: Omit<TicketEndpointOptions, "keys">) => ticketEndpoint({ keys, ...options })(post());
const payloadFrom = async (response: Response) => payloadOf((await response.json()) as Ticket);

let server: Server | undefined;
afterEach(() => void server?.close());
async function served(made: Server): Promise<string> {
  server = made.listen(0, "127.0.0.1");
  await once(server, "listening");
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

describe("subject", () => {
  it("may say of one user what the endpoint says of all", async () => {
    const response = await answerTo({
      scope: { objects: ["shop"] },
      lifetimeMs: 60_000,
      subject: () => ({ subject: "zoe", scope: { objects: ["shop", "stock"] }, lifetimeMs: undefined }),
    });
    const { subject, scope, issuedAtMs, expiresAtMs } = await payloadFrom(response);
    expect([subject, scope, expiresAtMs - issuedAtMs]).toEqual(["zoe", "shop\nstock", 60_000]);
  });

  it("says by undefined, as by null, that nobody is logged in", async () => {
    for (const nobody of [undefined, null]) expect((await answerTo({ subject: () => nobody })).status).toBe(401);
  });

  it.each<[string, TicketEndpointOptions["subject"], RegExp]>([
    [
      "throws",
      () => {
        throw new Error("no session store");
      },
      /no session store/,
    ],
    ["rejects", () => Promise.reject(new Error("no session store")), /no session store/],
    ["gives no subject", () => "", /"subject" must be/],
    ["gives a number", () => 17 as never, /"subject" must be/],
    ["gives a misspelt restriction", () => ({ subject: "zoe", scopes: {} }) as never, /"scopes" is no option/],
    ["gives a scope of nothing", () => ({ subject: "zoe", scope: { objects: [] } }), /"scope" must allow/],
    ["gives another audience", () => ({ subject: "zoe", audience: "nonsense" }) as never, /./],
  ])("that %s is answered 500 with nothing in it, and told to onError", async (_, subject, message) => {
    const errors: unknown[] = [];
    const response = await answerTo({ subject, onError: (error) => errors.push(error) });
    expect([response.status, await response.text()]).toEqual([500, ""]);
    expect(String(errors[0])).toMatch(message);
  });
});

describe("ticketEndpoint", () => {
  it.each<[string, object, RegExp]>([
    ["an origin with a path", { origins: ["https://app.example/"] }, /"origins" must hold exact origins/],
    ["a wildcard", { origins: ["*"] }, /"origins" must hold exact origins/],
    ["origins in one text", { origins: "https://app.example" }, /"origins" must be an array/],
    ["an onError that is none", { onError: "log" }, /"onError" must be a function/],
    ["a misspelt option", { scopes: { objects: ["shop"] } }, /"scopes" is no option of a ticket/],
    ["a text of objects", { scope: { objects: "shop" } }, /"scope.objects" must be an array/],
    ["a scope that is none", { scope: null }, /"scope" must allow something/],
  ])("refuses %s at once", (_, options, message) => {
    expect(() => ticketEndpoint({ keys, subject: () => "zoe", ...options } as never)).toThrow(message);
  });
});

describe("the framework's own request, with its session, reaches subject", () => {
  interface WithUser extends IncomingMessage {
    user?: string | undefined;
  }

  it("in Express", async () => {
    const app = express();
    app.use((request, _response, next) => {
      (request as WithUser).user = request.get("x-user");
      next();
    });
    app.use(express.json());
    const subject = (_: Request, message: WithUser) => message.user;
    app.post("/rpc/ticket", toNodeHandler(ticketEndpoint({ keys, subject })));
    const url = await served(createServer(app));
    const ask = (headers: Record<string, string>) => fetch(`${url}/rpc/ticket`, { method: "POST", headers });
    expect((await payloadFrom(await ask({ "x-user": "zoe" }))).subject).toBe("zoe");
    expect((await ask({})).status).toBe(401);
  });

  it("in Hono", async () => {
    const app = new Hono<{ Variables: { user: string } }>();
    app.use(async (context, next) => {
      context.set("user", "zoe");
      await next();
    });
    const endpoint = ticketEndpoint({
      keys,
      subject: (_: Request, context: { get(name: "user"): string }) => context.get("user"),
    });
    app.post("/rpc/ticket", (context) => endpoint(context.req.raw, context));
    expect((await payloadFrom(await app.request(post()))).subject).toBe("zoe");
  });

  it("in Fastify", async () => {
    const app = fastify();
    const endpoint = ticketEndpoint({
      keys,
      subject: (_: Request, request: { user?: string | undefined }) => request.user,
    });
    app.post("/rpc/ticket", (request, reply) => {
      reply.hijack();
      toNodeHandler((fetched) => endpoint(fetched, { user: "zoe" }))(request.raw, reply.raw);
    });
    try {
      const url = await app.listen({ port: 0, host: "127.0.0.1" });
      expect((await payloadFrom(await fetch(`${url}/rpc/ticket`, { method: "POST" }))).subject).toBe("zoe");
    } finally {
      await app.close();
    }
  });
});
