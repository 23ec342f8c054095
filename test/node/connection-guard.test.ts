import { EventEmitter, once } from "node:events";
import { Server } from "node:http";
import { createServer as createHttpsServer } from "node:https";
import { connect, type AddressInfo, type Socket } from "node:net";
import { connect as connectTls } from "node:tls";
import { beforeEach, describe, expect, it } from "vitest";
import type { Refusal } from "../../src/daemon/daemon-events.js";
import { ConnectionGuard, HEADERS_DEADLINE_MS } from "../../src/node/connection-guard.js";
import type { TrustProxy } from "../../src/node/remote-address.js";
import { type FakeClock, fakeClock } from "../../src/testing/fake-clock.js";
import { createAuthority } from "../support/certificates.js";
import { UPGRADE_LINES } from "./raw-http.js";

let clock: FakeClock;
let refusals: Refusal[];
beforeEach(() => {
  clock = fakeClock();
  refusals = [];
});

function guarding(trustProxy?: TrustProxy): { readonly guard: ConnectionGuard; readonly server: Server } {
  const guard = new ConnectionGuard({ clock, trustProxy, refused: (refusal) => refusals.push(refusal) });
  const server = new Server();
  guard.watch(server, () => {});
  return { guard, server };
}

let nextPort = 1024;

/** A connection as far as the guard looks at it. */
class Caller extends EventEmitter {
  readonly remoteAddress: string;
  readonly remotePort: number;
  readonly localAddress: string;
  destroyed = false;

  constructor(remoteAddress: string, { remotePort = nextPort++, localAddress = "198.51.100.1" } = {}) {
    super();
    this.remoteAddress = remoteAddress;
    this.remotePort = remotePort;
    this.localAddress = localAddress;
  }

  destroy(): void {
    this.destroyed = true;
    this.emit("close");
  }

  /** Calls without what Node's own listener does with a socket. */
  call(server: Server): this {
    for (const listener of server.listeners("connection").slice(1)) Reflect.apply(listener, server, [this]);
    return this;
  }
}

const calls = (server: Server, address: string, count: number): Caller[] =>
  Array.from({ length: count }, () => new Caller(address).call(server));
const gone = (callers: readonly Caller[]): number => callers.filter(({ destroyed }) => destroyed).length;

describe("connections that have not sent a request", () => {
  it("row 47: are 8 of one address at most, and the oldest of it makes room", () => {
    const { guard, server } = guarding();
    const [neighbour] = calls(server, "192.0.2.2", 1);
    const callers = calls(server, "192.0.2.1", 9);
    expect([callers[0]!.destroyed, gone(callers), neighbour!.destroyed]).toEqual([true, 1, false]);
    expect(guard.size).toBe(9);
    expect(refusals).toEqual([
      {
        remoteAddress: "192.0.2.1",
        reason: "8 connections of its address had not sent a request yet, and this one, the oldest, made room",
      },
    ]);
  });

  it("row 47: are 8 of one network of IPv6, where each peer has more addresses than there are", () => {
    const { server } = guarding();
    const callers = Array.from({ length: 9 }, (_, i) => new Caller(`2001:db8::${i + 1}`).call(server));
    expect([callers[0]!.destroyed, gone(callers)]).toEqual([true, 1]);
  });

  it("row 47: are 64 in all", () => {
    const { guard, server } = guarding();
    const callers = Array.from({ length: 65 }, (_, i) => new Caller(`192.0.2.${i}`).call(server));
    expect([callers[0]!.destroyed, gone(callers), guard.size]).toEqual([true, 1, 64]);
  });

  it.each([
    ["on loopback", "127.0.0.1", undefined],
    ["of a trusted proxy", "192.0.2.1", ["192.0.2.1"]],
    ["of whoever is trusted as a proxy", "192.0.2.1", true],
  ] as const)("row 47: have only the limit in all %s", (_what, address, trustProxy) => {
    const { server } = guarding(trustProxy);
    expect(gone(calls(server, address, 64))).toBe(0);
    expect(gone(calls(server, address, 1))).toBe(0);
    expect(refusals).toHaveLength(1);
  });

  it("row 47: leave no timer and no place when they hang up", () => {
    const { guard, server } = guarding();
    for (const caller of calls(server, "192.0.2.1", 5)) caller.destroy();
    expect([guard.size, clock.pendingTimers, refusals]).toEqual([0, 0, []]);
  });

  it("row 47: are two when one port of a peer leads to two addresses of ours", async () => {
    const { guard, server } = guarding();
    const first = new Caller("192.0.2.1", { remotePort: 99 }).call(server);
    await clock.advance(1_000);
    const second = new Caller("192.0.2.1", { remotePort: 99, localAddress: "198.51.100.2" }).call(server);
    first.destroy();
    expect(guard.size).toBe(1);
    await clock.advance(HEADERS_DEADLINE_MS);
    expect([second.destroyed, guard.size, clock.pendingTimers]).toEqual([true, 0, 0]);
  });

  it("row 47: are closed by their deadline, each by its own", async () => {
    const { guard, server } = guarding();
    const [first] = calls(server, "192.0.2.1", 1);
    await clock.advance(1_000);
    const [second] = calls(server, "192.0.2.1", 1);
    await clock.advance(HEADERS_DEADLINE_MS - 1_000);
    expect([first!.destroyed, second!.destroyed]).toEqual([true, false]);
    await clock.advance(1_000);
    expect([second!.destroyed, guard.size]).toEqual([true, 0]);
  });
});

it("row 47: a TLS handshake that does not end falls under the same deadline, and one that does passes", async () => {
  const { cert, key } = await (await createAuthority()).issue();
  const guard = new ConnectionGuard({ clock, trustProxy: undefined, refused: (refusal) => refusals.push(refusal) });
  const server = createHttpsServer({ cert, key });
  const upgrades: string[] = [];
  guard.watch(server, ({ url }, socket) => {
    upgrades.push(url ?? "");
    socket.destroy();
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  try {
    const silent: Socket = connect(port, "127.0.0.1").on("error", () => {});
    await expect.poll(() => guard.size).toBe(1);
    await clock.advance(HEADERS_DEADLINE_MS);
    if (!silent.closed) await once(silent, "close");
    expect(refusals).toEqual([{ remoteAddress: "127.0.0.1", reason: "no whole request head came within 5 s" }]);

    const honest = connectTls({ port, host: "127.0.0.1", rejectUnauthorized: false });
    honest.on("error", () => {});
    honest.write(`GET /rpc HTTP/1.1\r\nHost: 127.0.0.1\r\n${UPGRADE_LINES.join("\r\n")}\r\n\r\n`);
    await once(honest, "close");
    expect([upgrades, guard.size, clock.pendingTimers]).toEqual([["/rpc"], 0, 0]);
  } finally {
    server.closeAllConnections();
    server.close();
  }
});
