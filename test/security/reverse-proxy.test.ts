import { once } from "node:events";
import { createServer, type IncomingMessage, type Server } from "node:http";
import { createServer as createHttpsServer } from "node:https";
import { connect, type AddressInfo } from "node:net";
import { connect as connectTls } from "node:tls";
import { afterEach, beforeAll, describe, expect, it, vi } from "vitest";
import { Key } from "../../src/auth/key.js";
import { createConnect } from "../../src/client/connect.js";
import { quietTurn } from "../../src/node/quiet-turn.js";
import { serve } from "../../src/node/serve.js";
import type { DaemonOptions } from "../../src/node/serve-options.js";
import type { Daemon } from "../../src/node/served-daemon.js";
import { callContext } from "../../src/objects/call-context.js";
import { systemClock } from "../../src/session/clock.js";
import { dialWebSocket } from "../../src/transport/websocket-transport.js";
import { rawUpgrade, UPGRADE_LINES } from "../node/raw-http.js";
import { type Authority, createAuthority } from "../support/certificates.js";

vi.setConfig({ testTimeout: 30_000 });

const key = Key.generate({ id: "ann" });
const objects = { clock: { from: () => callContext().remoteAddress } };
/** Where the proxy's clients come from: another address than the proxy's own, which is 127.0.0.1. */
const CLIENT = "127.0.0.2";
const isLinux = process.platform === "linux";

let authority: Authority;
const cleanups: (() => unknown)[] = [];
beforeAll(async () => void (authority = await createAuthority()));
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
});

interface Proxy {
  readonly port: number;
  /** Names the daemon behind it: it comes later, since it has to know the proxy's URL. */
  passTo(port: number): void;
}

/** A small reverse proxy: ends TLS, keeps Host, appends its client to `X-Forwarded-For`, passes upgrades on. */
async function reverseProxy(isSecure: boolean): Promise<Proxy> {
  let target = 0;
  const { cert, key: privateKey } = await authority.issue();
  const server: Server = isSecure ? createHttpsServer({ cert, key: privateKey }) : createServer();
  server.on("upgrade", (request: IncomingMessage, socket, head) => {
    const { rawHeaders } = request;
    const lines = rawHeaders.flatMap((name, index) =>
      index % 2 === 1 || name.toLowerCase() === "x-forwarded-for" ? [] : [`${name}: ${rawHeaders[index + 1]}`],
    );
    const hops = [request.headers["x-forwarded-for"], request.socket.remoteAddress].filter(Boolean).join(", ");
    const upstream = connect(target, "127.0.0.1");
    upstream.write(`GET ${request.url} HTTP/1.1\r\n${[...lines, `X-Forwarded-For: ${hops}`].join("\r\n")}\r\n\r\n`);
    upstream.write(head);
    upstream.pipe(socket).pipe(upstream);
    for (const end of [socket, upstream]) {
      end.on("error", () => {});
      end.on("close", () => (socket.destroy(), upstream.destroy()));
    }
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  cleanups.push(() => server.close());
  return { port: (server.address() as AddressInfo).port, passTo: (port) => (target = port) };
}

async function served(options: Partial<DaemonOptions> = {}): Promise<Daemon> {
  const daemon = (await serve(objects, { keys: key, path: "/rpc", ...options })) as unknown as Daemon;
  cleanups.push(() => daemon.close({ graceMs: 0 }));
  return daemon;
}

/** Calls through the proxy from `CLIENT`, with what it says of itself: where the daemon sees it. */
async function addressSeen(url: string, claims: Readonly<Record<string, string>> = {}): Promise<string | undefined> {
  const { port, protocol } = new URL(url);
  const place = { host: "127.0.0.1", port: Number(port), ...(isLinux ? { localAddress: CLIENT } : {}) };
  const createConnection = () =>
    protocol === "wss:" ? connectTls({ ...place, ca: authority.cert, servername: "localhost" }) : connect(place);
  const { openConnection } = createConnect({
    clock: systemClock,
    scheduleFlush: quietTurn,
    dial: (daemonUrl) => dialWebSocket(daemonUrl, { nodeOptions: { createConnection, headers: claims } }),
  });
  await using connection = openConnection<typeof objects>(url, { key, isolated: true });
  return await connection.object("clock").from();
}

describe.each([
  ["a proxy that ends TLS", true],
  ["a plain proxy", false],
])("behind %s", (_name, isSecure) => {
  const publicUrlOf = ({ port }: Proxy): string => `${isSecure ? "https" : "http"}://localhost:${port}/rpc`;
  const dialled = (proxy: Proxy): string => publicUrlOf(proxy).replace("http", "ws");

  it("S19: a daemon is reached by its publicUrl, and listens on loopback as before", async () => {
    const proxy = await reverseProxy(isSecure);
    const daemon = await served({ publicUrl: publicUrlOf(proxy) });
    proxy.passTo(daemon.address.port!);
    expect(daemon.address.host).toBe("127.0.0.1");
    expect(daemon.url()).toBe(dialled(proxy));
    expect(await addressSeen(dialled(proxy))).toBe("127.0.0.1");
  });

  it("S19: a daemon without a publicUrl refuses the proxy's Host", async () => {
    const proxy = await reverseProxy(isSecure);
    const daemon = await served();
    proxy.passTo(daemon.address.port!);
    const refused = new Promise<string>((resolve) => daemon.on("refused", ({ reason }) => resolve(reason)));
    await expect(addressSeen(dialled(proxy))).rejects.toMatchObject({ code: "HW_REFUSED", retryable: false });
    expect(await refused).toMatch(/Host "localhost:\d+".*"publicUrl"/);
  });

  it.runIf(isLinux)(
    "S19, row 107: believes X-Forwarded-For of a proxy that it trusts, as far as that wrote it",
    async () => {
      const spoofed = { "x-forwarded-for": "198.51.100.1, 127.0.0.1" };
      for (const [trustProxy, expected] of [
        [undefined, "127.0.0.1"],
        [false, "127.0.0.1"],
        [["192.0.2.1"], "127.0.0.1"],
        [["127.0.0.1"], CLIENT],
        [true, CLIENT],
      ] as const) {
        const proxy = await reverseProxy(isSecure);
        const daemon = await served({
          publicUrl: publicUrlOf(proxy),
          ...(trustProxy === undefined ? {} : { trustProxy }),
        });
        proxy.passTo(daemon.address.port!);
        expect(await addressSeen(dialled(proxy), spoofed)).toBe(expected);
      }
    },
  );

  it("row 107: takes Host and scheme from no X-Forwarded header, trusted or not", async () => {
    const daemon = await served({ publicUrl: `${isSecure ? "https" : "http"}://app.example/rpc`, trustProxy: true });
    const status = async (...lines: string[]): Promise<number> => {
      const answer = await rawUpgrade({
        port: daemon.address.port!,
        target: "/rpc",
        lines: [...lines, ...UPGRADE_LINES],
      });
      answer.socket.destroy();
      return answer.status;
    };
    expect(await status("Host: app.example")).toBe(101);
    expect(await status("Host: evil.example", "X-Forwarded-Host: app.example")).toBe(403);
    expect(await status("Host: app.example", "Origin: https://app.example")).toBe(101);
    // Behind an https publicUrl no page of plain http is the daemon's own, whatever a header says of the scheme.
    const plain = ["Host: app.example", "Origin: http://app.example", "X-Forwarded-Proto: https"];
    expect(await status(...plain)).toBe(isSecure ? 403 : 101);
    expect(await status("Host: app.example", "X-Forwarded-Host: evil.example", "Origin: https://evil.example")).toBe(
      403,
    );
  });
});

it.each([["10.0.0.0/8"], ["proxy.example"], [""], [7]])(
  "row 107: refuses %j among the trusted proxies",
  async (entry) => {
    await expect(served({ trustProxy: [entry as string] })).rejects.toMatchObject({
      code: "HW_OPTION_INVALID",
      message: expect.stringMatching(/^"trustProxy" must be true or false, or an array of IP addresses/),
    });
  },
);
