import { describe, expect, it } from "vitest";
import { Key } from "../../src/auth/key.js";
import { KeyRing } from "../../src/auth/key-ring.js";
import { openTicket, type Ticket } from "../../src/auth/ticket.js";
import { ticketEndpoint, type TicketEndpointOptions } from "../../src/gateway/ticket-endpoint.js";

const keys = Key.generate({ id: "root", use: "mint" });
const alice = { keys, subject: () => "alice" } satisfies TicketEndpointOptions;

const post = (url: string, headers: Record<string, string> = {}): Request =>
  new Request(url, { method: "POST", headers });

async function status(options: Partial<TicketEndpointOptions>, request: Request): Promise<number> {
  return (await ticketEndpoint({ ...alice, ...options })(request)).status;
}

describe("an answer", () => {
  it("is a ticket for the subject, in JSON, never stored", async () => {
    const before = Date.now();
    const endpoint = ticketEndpoint({
      ...alice,
      lifetimeMs: 60_000,
      audience: "https://app.example/rpc",
      scope: { objects: ["clock"] },
    });
    const response = await endpoint(post("http://localhost:3000/ticket"));
    expect(response.status).toBe(200);
    expect(response.headers.get("cache-control")).toBe("no-store");
    expect(response.headers.get("content-type")).toMatch(/^application\/json/);
    const ticket = (await response.json()) as Ticket;
    expect(Object.keys(ticket).sort()).toEqual(["expiresAtMs", "key", "payload"]);
    expect(ticket.expiresAtMs).toBeGreaterThanOrEqual(before + 60_000);
    expect(openTicket(ticket).payload).toMatchObject({
      subject: "alice",
      audience: "wss://app.example",
      keyId: "root",
    });
  });

  it("mints with the ring's mint key and never has the root's bytes in it", async () => {
    const ring = new KeyRing([Key.generate({ id: "connect" }), keys]);
    const text = await (await ticketEndpoint({ ...alice, keys: ring })(post("http://localhost:3000/ticket"))).text();
    expect(text).not.toContain(Buffer.from(keys.export()).toString("base64url"));
    expect(openTicket(JSON.parse(text) as Ticket).payload.keyId).toBe("root");
  });

  it.each(["GET", "HEAD", "PUT", "DELETE", "OPTIONS"])("to %s is 405", async (method) => {
    const response = await ticketEndpoint(alice)(new Request("http://localhost:3000/ticket", { method }));
    expect([response.status, response.headers.get("allow")]).toEqual([405, "POST"]);
  });

  it("is 401 when nobody is logged in, without a body", async () => {
    const response = await ticketEndpoint({ ...alice, subject: async () => null })(
      post("http://localhost:3000/ticket"),
    );
    expect([response.status, await response.text(), response.headers.get("cache-control")]).toEqual([
      401,
      "",
      "no-store",
    ]);
  });

  it.each([
    ["subject throws", () => Promise.reject(new Error("the database password is swordfish"))],
    ["the subject can't stand in a ticket", () => "x".repeat(300)],
  ])("is 500 without a body when %s", async (_why, subject) => {
    const response = await ticketEndpoint({ ...alice, subject })(post("http://localhost:3000/ticket"));
    expect([response.status, await response.text()]).toEqual([500, ""]);
  });
});

describe("the Origin", () => {
  it.each([
    ["http://localhost:3000", "http://localhost:3000", 200],
    ["http://127.0.0.1:3000", "http://127.0.0.1:3000", 200],
    ["http://[::1]:3000", "http://[::1]:3000", 200],
    ["https://app.example", "https://app.example", 200],
    ["https://app.example", "http://app.example", 403],
    ["https://app.example", "https://app.example:8443", 403],
    ["https://app.example", "https://evil.example", 403],
    ["https://app.example", "https://app.example.evil.example", 403],
    ["https://app.example", "null", 403],
    ["https://app.example", "", 403],
    ["https://app.example", "https://app.example, https://evil.example", 403],
    // DNS rebinding: the page's own name leads here.
    ["http://evil.example:3000", "http://evil.example:3000", 403],
    ["http://127.0.0.1.evil.example", "http://127.0.0.1.evil.example", 403],
  ])("of a server at %s being %s is answered %d", async (server, origin, expected) => {
    expect(await status({}, post(`${server}/ticket`, { origin }))).toBe(expected);
  });

  it("may be missing, since programs send none", async () => {
    expect(await status({}, post("http://app.internal/ticket"))).toBe(200);
  });

  it("may be one that is listed, exactly", async () => {
    const origins = ["https://app.example", "http://intranet"];
    const from = (origin: string) => status({ origins }, post("http://10.0.0.5:3000/ticket", { origin }));
    expect(await from("https://app.example")).toBe(200);
    expect(await from("http://intranet")).toBe(200);
    expect(await from("http://intranet:8080")).toBe(403);
    expect(await from("http://10.0.0.5:3000")).toBe(403);
  });

  it("is looked at before anyone asks who is logged in", async () => {
    let asked = 0;
    const subject = (): string => `user-${++asked}`;
    await status({ subject }, post("https://app.example/ticket", { origin: "https://evil.example" }));
    expect(asked).toBe(0);
  });
});

describe("a listed origin", () => {
  const listed = "https://app.example";
  const ask = (origin: string, method = "POST", options: Partial<TicketEndpointOptions> = {}) =>
    ticketEndpoint({ ...alice, origins: [listed], ...options })(
      new Request("https://login.example/ticket", { method, headers: { origin } }),
    );
  const cors = ({ headers }: Response) =>
    Object.fromEntries([...headers].filter(([name]) => /^access-control-|^vary$/.test(name)));
  const shared = {
    "access-control-allow-origin": listed,
    "access-control-allow-credentials": "true",
    vary: "Origin",
  };

  it.each<[number, string, Partial<TicketEndpointOptions>]>([
    [200, "POST", {}],
    [401, "POST", { subject: () => null }],
    [500, "POST", { subject: () => Promise.reject(new Error("no database")) }],
    [405, "GET", {}],
  ])("may read the answer %d to %s", async (expected, method, options) => {
    const response = await ask(listed, method, options);
    expect([response.status, cors(response)]).toEqual([expected, shared]);
  });

  it("may ask beforehand, and nobody is asked who is logged in", async () => {
    const response = await ask(listed, "OPTIONS", { subject: () => expect.unreachable() });
    expect([response.status, await response.text()]).toEqual([204, ""]);
    expect(cors(response)).toEqual({
      ...shared,
      "access-control-allow-methods": "POST",
      "access-control-allow-headers": "authorization, content-type",
    });
  });

  it.each([
    [403, "https://evil.example", "POST"],
    [403, "https://evil.example", "OPTIONS"],
    [403, "https://app.example.evil.example", "OPTIONS"],
    [403, "null", "OPTIONS"],
    [405, "https://login.example", "OPTIONS"],
    [200, "https://login.example", "POST"],
  ])("is the only one with CORS headers: %d to %s, %s", async (expected, origin, method) => {
    const response = await ask(origin, method);
    expect([response.status, cors(response)]).toEqual([expected, {}]);
  });
});

describe("a wrong option is refused at once", () => {
  it.each([
    ["a key that mints nothing", { keys: Key.generate() }, "HW_KEY_INVALID"],
    ["a ring without a mint key", { keys: new KeyRing([Key.generate()]) }, "HW_KEY_INVALID"],
    ["a lifetime of a day", { lifetimeMs: 86_400_000 }, "HW_OPTION_INVALID"],
    ["origins that are a text", { origins: "https://app.example" as never }, "HW_OPTION_INVALID"],
    ["a subject that is no function", { subject: "alice" as never }, "HW_OPTION_INVALID"],
  ])("%s", (_what, options, code) => {
    expect(() => ticketEndpoint({ ...alice, ...options })).toThrow(expect.objectContaining({ code }));
  });
});
