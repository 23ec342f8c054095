import { createServer } from "node:net";
import { EventEmitter, once } from "node:events";
import { Server } from "node:http";
import type { AddressInfo } from "node:net";
import { lookup } from "node:dns/promises";
import { expect, it, vi } from "vitest";
import { ConnectionGuard } from "../../src/node/connection-guard.js";
import { listen, type ListenOptions } from "../../src/node/listen.js";
import { isLoopbackAddress } from "../../src/node/loopback.js";
import { systemClock } from "../../src/session/clock.js";

vi.mock("node:dns/promises", async (original) => ({ ...(await original<object>()), lookup: vi.fn() }));

const guard = new ConnectionGuard({ clock: systemClock, trustProxy: undefined, refused: () => {} });

const options: ListenOptions = {
  guard,
  host: "127.0.0.1",
  port: 0,
  path: "/",
  requireSafe: (address) => {
    if (!isLoopbackAddress(address)) throw new Error(`unsafe ${address}`);
  },
  onUpgrade: () => {},
};

it("reads the address back from the system", async () => {
  const { bound, stop, release } = await listen(options);
  expect(bound).toEqual({ host: "127.0.0.1", port: expect.any(Number), isSecure: false });
  expect(bound.port).toBeGreaterThan(0);
  stop();
  await release();
});

it("goes on when the system refuses a connection, as when file handles run out", async () => {
  const created = vi.spyOn(EventEmitter.prototype, "emit");
  const { stop, release } = await listen(options);
  const server = created.mock.contexts.find((context) => context instanceof Server) as Server;
  created.mockRestore();
  expect(() => server.emit("error", new Error("accept EMFILE"))).not.toThrow();
  expect(server.listening).toBe(true);
  stop();
  await release();
});

it("binds what a name means", async () => {
  vi.mocked(lookup).mockResolvedValue({ address: "127.0.0.1", family: 4 } as never);
  const { bound, stop, release } = await listen({ ...options, host: "localhost" });
  expect(bound.host).toBe("127.0.0.1");
  stop();
  await release();
});

it("refuses a name that the hosts file leads beyond loopback, before anything listens", async () => {
  vi.mocked(lookup).mockResolvedValue({ address: "10.0.0.5", family: 4 } as never);
  await expect(listen({ ...options, host: "localhost" })).rejects.toThrow("unsafe 10.0.0.5");
});

it("refuses what the system bound in place of what was asked for", async () => {
  let asked = 0;
  const requireSafe = (): void => {
    if (++asked === 2) throw new Error("read back");
  };
  await expect(listen({ ...options, requireSafe })).rejects.toThrow("read back");
});

it("names host, port and the way out when the port is taken", async () => {
  const other = createServer().listen(0, "127.0.0.1");
  await once(other, "listening");
  const { port } = other.address() as AddressInfo;
  await expect(listen({ ...options, port })).rejects.toThrow(
    expect.objectContaining({
      name: "ConnectionError",
      code: "HW_PORT_IN_USE",
      message: expect.stringMatching(new RegExp(`^"port" ${port} .*127\\.0\\.0\\.1:${port}.*another port`)),
    }),
  );
  other.close();
});

it.each([-1, 65_536, 1.5, Number.NaN])("refuses port %d", async (port) => {
  await expect(listen({ ...options, port })).rejects.toThrow(
    expect.objectContaining({
      code: "HW_OPTION_INVALID",
      message: expect.stringMatching(/^"port" must be an integer 0\.\.65535, got /),
    }),
  );
});

it("refuses a name that nobody knows, and an empty one", async () => {
  vi.mocked(lookup).mockRejectedValue(new Error("ENOTFOUND"));
  for (const host of ["nowhere.invalid", ""]) {
    await expect(listen({ ...options, host })).rejects.toThrow(
      expect.objectContaining({ code: "HW_OPTION_INVALID", message: expect.stringMatching(/^"host" must be /) }),
    );
  }
});

it("refuses an address that is not this machine's", async () => {
  await expect(listen({ ...options, host: "192.0.2.1", requireSafe: () => {} })).rejects.toThrow(
    expect.objectContaining({ code: "HW_OPTION_INVALID", message: expect.stringMatching(/^"host" .*EADDRNOTAVAIL/) }),
  );
});
