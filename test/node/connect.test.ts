import { mkdtemp, rm } from "node:fs/promises";
import { createServer } from "node:http";
import { once } from "node:events";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { Key } from "../../src/auth/key.js";
import { connect as connectPage } from "../../src/browser/connect.js";
import { fetchTicket } from "../../src/browser/fetch-ticket.js";
import { ticketEndpoint } from "../../src/gateway/ticket-endpoint.js";
import { connect, openConnection } from "../../src/node/connect.js";
import { toNodeHandler } from "../../src/node/node-handler.js";
import { serve } from "../../src/node/serve.js";
import { release } from "../../src/client/proxy-functions.js";
import { callContext } from "../../src/objects/call-context.js";

const objects = {
  greeter: {
    async whoami(): Promise<string> {
      await Promise.resolve();
      return callContext().principal.id;
    },
    origin: (): string | undefined => callContext().origin,
    size: (bytes: Uint8Array): number => bytes.length,
  },
};
type App = typeof objects;

const keys = Key.generate({ id: "test" });

let folder: string;
const cleanups: (() => unknown)[] = [];

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "hearthwire-connect-"));
  vi.stubEnv("XDG_CONFIG_HOME", folder);
});
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
  vi.unstubAllEnvs();
  await rm(folder, { recursive: true, force: true });
});

describe("this user's key file", () => {
  it("connects daemon and client without a word about keys, and the context outlives an await", async () => {
    const daemon = await serve(objects);
    cleanups.push(() => daemon.close({ graceMs: 0 }));
    const connection = openConnection<App>(daemon.url());
    cleanups.push(() => connection.close());
    expect(await connection.object("greeter").whoami()).toBe(`key:${daemon.keys.primary.subject}`);
  });

  it("is used for every name of this machine", async () => {
    const daemon = await serve(objects);
    cleanups.push(() => daemon.close({ graceMs: 0 }));
    const connection = openConnection<App>(`ws://localhost:${daemon.address.port}`);
    cleanups.push(() => connection.close());
    expect(await connection.object("greeter").size(new Uint8Array(100_000))).toBe(100_000);
  });

  it("is not used for other machines", async () => {
    const failed = connect("wss://192.0.2.1:7766/greeter");
    await expect(failed).rejects.toThrow(expect.objectContaining({ code: "HW_CREDENTIALS_MISSING" }));
  });

  it("does not open a daemon with keys of its own", async () => {
    const daemon = await serve(objects, { keys: Key.generate() });
    cleanups.push(() => daemon.close({ graceMs: 0 }));
    const refused: string[] = [];
    daemon.on("refused", ({ reason }) => refused.push(reason));
    const failed = connect(daemon.url("greeter"));
    await expect(failed).rejects.toThrow(expect.objectContaining({ code: "HW_REFUSED" }));
    expect(refused.length).toBeGreaterThan(0);
  });
});

it("to a daemon without TLS by wss: says so in one line", async () => {
  const daemon = await serve(objects, { keys });
  cleanups.push(() => daemon.close({ graceMs: 0 }));
  const failed = connect(daemon.url("greeter").replace("ws:", "wss:"), { key: keys });
  await expect(failed).rejects.toThrow(
    expect.objectContaining({
      code: "HW_TLS_FAILED",
      message: expect.stringMatching(
        /^could not connect to wss:.* no TLS is spoken there\..* use ws:\/\/127\.0\.0\.1:\d+\/$/,
      ),
    }),
  );
});

it("connects a page by a ticket of the app's own endpoint, and never shows it the key", async () => {
  const mint = Key.generate({ id: "root", use: "mint" });
  const app = createServer(toNodeHandler(ticketEndpoint({ keys: mint, subject: () => "alice" }))).listen(
    0,
    "127.0.0.1",
  );
  await once(app, "listening");
  const { port } = app.address() as AddressInfo;
  const daemon = await serve(objects, { server: app, path: "/rpc", keys: mint });
  cleanups.push(
    () => app.close(),
    () => daemon.close({ graceMs: 0 }),
  );
  const greeter = await connectPage<App["greeter"]>(daemon.url("greeter"), {
    ticket: fetchTicket(`http://127.0.0.1:${port}/ticket`),
    lingerMs: 0,
  });
  expect(await greeter.whoami()).toBe("ticket:root/alice");
  release(greeter);
});
