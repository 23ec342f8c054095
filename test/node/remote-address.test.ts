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

it("ends at an entry that is no address: what stands left of it is the peer's own", () => {
  expect(remoteAddress("192.0.2.1", "unknown, evil\u001b[2J", true).address).toBe("192.0.2.1");
  expect(remoteAddress("192.0.2.1", "127.0.0.1, 198.51.100.9:4711", true)).toEqual({
    address: "192.0.2.1",
    isShared: true,
  });
});

it("is not shared only because a header speaks of loopback", () => {
  expect(remoteAddress("192.0.2.1", "127.0.0.1", true)).toEqual({ address: "127.0.0.1", isShared: false });
});

it("compares IPv6 however it is written", () => {
  const trustProxy = ["2001:DB8:0:0::1", "::ffff:192.0.2.1"];
  expect(remoteAddress("2001:db8::1", "2001:db8::0:2", trustProxy).address).toBe("2001:db8::2");
  expect(remoteAddress("192.0.2.1", "198.51.100.9", trustProxy).address).toBe("198.51.100.9");
  expect(remoteAddress("fe80::1%eth0", "198.51.100.9", trustProxy).address).toBe("fe80::1%eth0");
});

it("is what a proxy says on a Unix socket, for whoever trusts all that connect, and else unknown", () => {
  expect(remoteAddress(undefined, "198.51.100.9", true)).toEqual({ address: "198.51.100.9", isShared: false });
  expect(remoteAddress(undefined, undefined, true)).toEqual({ address: undefined, isShared: true });
  expect(remoteAddress(undefined, "198.51.100.9", ["192.0.2.1"])).toEqual({ address: undefined, isShared: false });
});
