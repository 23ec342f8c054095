import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { afterEach, beforeAll, describe, expect, it, vi } from "vitest";
import { Key } from "../../src/auth/key.js";
import { mintTicket } from "../../src/auth/ticket.js";
import * as anyEntry from "../../src/client/default-connect.js";
import * as browserEntry from "../../src/browser/connect.js";
import { fetchTicket } from "../../src/browser/fetch-ticket.js";
import * as nodeEntry from "../../src/node/connect.js";
import { type Authority, createAuthority } from "../support/certificates.js";
import { type DeskApp, serveDesk } from "./support/desk.js";
import { findKeyBytes } from "./support/key-bytes.js";
import { tapWire, unmasked } from "./support/relay.js";

const key = Key.generate({ id: "office" });
const mint = Key.generate({ id: "root", use: "mint" });

let authority: Authority;

beforeAll(async () => {
  authority = await createAuthority();
});

afterEach(() => vi.unstubAllGlobals());

describe.each([
  ["hearthwire", anyEntry],
  ["hearthwire/browser", browserEntry],
  ["hearthwire/node", nodeEntry],
])("a client of %s", (_, { connect, openConnection }) => {
  const insecure = {
    name: "ConfigError",
    code: "HW_OPTION_INVALID",
    message: expect.stringMatching(/^"allowPlaintext" must be true to connect to ws:\/\/.* Use wss:\/\//),
  };

  it.each(["ws://shop.example/desk", "http://192.0.2.1:7766/desk", "ws://[2001:db8::1]/desk"])(
    "S17: does not dial %s",
    async (address) => {
      await expect(connect(address, { key })).rejects.toMatchObject(insecure);
      const { ready } = openConnection(new URL("./", address), { key });
      await expect(ready).rejects.toMatchObject(insecure);
    },
  );

  it("S17: dials what is allowed, in code alone", async () => {
    // Nobody has that name (RFC 6761): it gets as far as asking for it.
    const failed = connect("ws://nobody.invalid/desk", { key, allowPlaintext: true });
    await expect(failed).rejects.toMatchObject({ code: "HW_CONNECT_FAILED" });
    const misspelt = connect("ws://nobody.invalid/desk", { key, allowPlaintext: "true" as unknown as boolean });
    await expect(misspelt).rejects.toMatchObject({
      message: expect.stringMatching(/^"allowPlaintext" must be true or/),
    });
  });

  it("S17: dials this machine", async () => {
    await using served = await serveDesk({ keys: key });
    await using connection = openConnection<DeskApp>(served.url(), { key, isolated: true });
    expect(await connection.object("desk").whoami()).toBe("key:office");
  });

  it.each([
    ["a user and a password", "ws://ann:swordfish@127.0.0.1:1/desk"],
    ["a user", "wss://swordfish@127.0.0.1:1/desk"],
    ["a key in the query", "ws://127.0.0.1:1/desk?key=swordfish"],
    ["a token in the fragment", "ws://127.0.0.1:1/desk#swordfish"],
  ])("row 121: refuses an address with %s, and does not repeat it", async (__, address) => {
    const error = await connect(address, { key }).then(
      () => expect.unreachable(),
      (failed: Error) => failed,
    );
    expect(error).toMatchObject({ name: "ConfigError", code: "HW_ADDRESS_INVALID" });
    expect(`${error.message} ${error.stack}`).not.toContain("swordfish");
  });

  it.each([301, 302, 307, 308])("row 122: does not follow a redirect of the upgrade (%i)", async (status) => {
    await using elsewhere = await serveDesk({ keys: key });
    const server = createServer();
    server.on("upgrade", (_request, socket) => {
      const location = elsewhere.url().replace("ws:", "http:");
      socket.end(`HTTP/1.1 ${status} Moved\r\nLocation: ${location}\r\nContent-Length: 0\r\n\r\n`);
    });
    server.listen(0, "127.0.0.1");
    await once(server, "listening");
    const { port } = server.address() as AddressInfo;
    await expect(connect(`ws://127.0.0.1:${port}/desk`, { key })).rejects.toMatchObject({
      code: "HW_CONNECT_FAILED",
      message: expect.stringContaining(`HTTP status ${status}`),
    });
    expect([elsewhere.desk.calls, elsewhere.refusals]).toEqual([0, []]);
    server.close();
  });
});

describe("a page", () => {
  it("S17: that was opened by http: beyond this machine does not dial its own host", async () => {
    vi.stubGlobal("location", new URL("http://192.0.2.1:5173/index.html"));
    await expect(browserEntry.connect("/rpc/desk", { key })).rejects.toMatchObject({
      code: "HW_OPTION_INVALID",
      message: expect.stringContaining("open it by https:"),
    });
  });

  it("S18: does not fetch a ticket by http: beyond this machine, whose key everybody on the way could read", async () => {
    const fetched = vi.fn<typeof fetch>();
    vi.stubGlobal("fetch", fetched);
    vi.stubGlobal("location", new URL("http://192.0.2.1:5173/index.html"));
    await expect(fetchTicket("/rpc/ticket")()).rejects.toMatchObject({
      code: "HW_OPTION_INVALID",
      message: expect.stringMatching(/^"allowPlaintext" must be true to fetch a ticket from http:\/\/192/),
    });
    expect(fetched).not.toHaveBeenCalled();
  });
});

describe("what goes over the wire", () => {
  it("S18: of a session without TLS can be read, but for the key, also when a proxy is passed", async () => {
    await using tap = await tapWire();
    await using served = await serveDesk({ keys: key, publicUrl: `ws://127.0.0.1:${tap.port}` });
    tap.target = Number(served.daemon.address.port);
    await using connection = nodeEntry.openConnection<DeskApp>(`ws://127.0.0.1:${tap.port}`, { key, isolated: true });
    const desk = connection.object("desk");
    const drawer = await desk.drawer();
    expect([await desk.open(drawer), await desk.ask(() => drawer)]).toEqual(["pens", drawer]);
    expect(await desk.whoami()).toBe("key:office");
    const sent = Buffer.concat([unmasked(tap.up()), tap.down()]);
    expect(sent.toString("latin1")).toContain("whoami");
    expect(findKeyBytes(sent, key.export())).toBeUndefined();
    expect(findKeyBytes(tap.up(), key.export())).toBeUndefined();
    // That the search finds what is there.
    expect(findKeyBytes(Buffer.concat([sent, Buffer.from(key.export())]), key.export())).toBe("raw");
  });

  it("S18: of a session by ticket has neither the ticket's key nor its root", async () => {
    await using tap = await tapWire();
    await using served = await serveDesk({ keys: mint, publicUrl: `ws://127.0.0.1:${tap.port}` });
    tap.target = Number(served.daemon.address.port);
    const ticket = mintTicket(mint, { subject: "zoe" });
    const url = `ws://127.0.0.1:${tap.port}`;
    await using connection = nodeEntry.openConnection<DeskApp>(url, { ticket, isolated: true });
    expect(await connection.object("desk").whoami()).toBe("ticket:root/zoe");
    const sent = Buffer.concat([unmasked(tap.up()), tap.down()]);
    expect(sent.includes(Buffer.from(ticket.payload, "base64url"))).toBe(true);
    for (const secret of [mint.export(), Buffer.from(ticket.key, "base64url")])
      expect(findKeyBytes(sent, secret)).toBeUndefined();
  });

  it("S18: of a session over TLS can't be read at all", async () => {
    const own = await authority.issue();
    await using tap = await tapWire();
    await using served = await serveDesk({
      keys: key,
      tls: { cert: own.cert, key: own.key },
      publicUrl: `wss://localhost:${tap.port}`,
    });
    tap.target = Number(served.daemon.address.port);
    const options = { key, tls: { ca: authority.cert }, isolated: true };
    await using connection = nodeEntry.openConnection<DeskApp>(`wss://localhost:${tap.port}`, options);
    expect(await connection.object("desk").whoami()).toBe("key:office");
    const sent = Buffer.concat([tap.up(), tap.down()]);
    expect(sent.length).toBeGreaterThan(1_000);
    for (const word of ["whoami", "office", "desk", "hearthwire", "HW\u0001"])
      expect(sent.toString("latin1")).not.toContain(word);
    expect(findKeyBytes(sent, key.export())).toBeUndefined();
  });
});
