import { expect, it } from "vitest";
import { remoteAddress } from "../../src/node/remote-address.js";

it("is the socket's, whatever a header claims, as long as no proxy is trusted", () => {
  expect(remoteAddress("192.0.2.1", "198.51.100.9")).toEqual({ address: "192.0.2.1", isShared: false });
  expect(remoteAddress("192.0.2.1", "198.51.100.9", ["192.0.2.2"])).toEqual({ address: "192.0.2.1", isShared: false });
});

it("is the last entry that a trusted proxy added", () => {
  expect(remoteAddress("192.0.2.1", "10.0.0.1, 198.51.100.9", true).address).toBe("198.51.100.9");
  expect(remoteAddress("192.0.2.1", "10.0.0.1, 198.51.100.9", ["192.0.2.1"]).address).toBe("198.51.100.9");
});

it("goes through a chain of trusted proxies and no further", () => {
  expect(remoteAddress("192.0.2.1", "127.0.0.1, 198.51.100.9, 192.0.2.2", ["192.0.2.1", "192.0.2.2"])).toEqual({
    address: "198.51.100.9",
    isShared: false,
  });
});

it("is shared on loopback and for a proxy that names nobody", () => {
  expect(remoteAddress("::ffff:127.0.0.1", undefined)).toEqual({ address: "127.0.0.1", isShared: true });
  expect(remoteAddress("::1", undefined).isShared).toBe(true);
  expect(remoteAddress("192.0.2.1", undefined, ["192.0.2.1"])).toEqual({ address: "192.0.2.1", isShared: true });
});

it("passes over entries that are no addresses", () => {
  expect(remoteAddress("192.0.2.1", "unknown, evil\u001b[2J", true).address).toBe("192.0.2.1");
});

it("is unknown without a socket address", () => {
  expect(remoteAddress(undefined, "198.51.100.9", true)).toEqual({ address: undefined, isShared: false });
});
