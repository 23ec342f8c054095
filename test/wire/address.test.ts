import { describe, expect, it } from "vitest";
import { ConfigError } from "../../src/errors/hearthwire-error.js";
import { audienceOf, formatAddress, parseAddress, parseDaemonUrl } from "../../src/wire/address.js";

const PAGE = "https://shop.example/cart/index.html?tab=1#top";

/** Runs the parser and gives the error it must throw. */
function refusal(task: () => unknown): ConfigError {
  try {
    task();
  } catch (error) {
    if (error instanceof ConfigError) return error;
    throw error;
  }
  throw new Error("it was accepted");
}

describe("parseAddress", () => {
  it.each([
    ["ws://127.0.0.1:7766/warehouse", "ws://127.0.0.1:7766/", "warehouse"],
    ["ws://host:1/a/b/warehouse", "ws://host:1/a/b", "warehouse"],
    ["wss://host/warehouse", "wss://host/", "warehouse"],
    ["http://host:80/rpc/x", "ws://host/rpc", "x"],
    ["https://host:443/rpc/x", "wss://host/rpc", "x"],
    ["http://host:443/rpc/x", "ws://host:443/rpc", "x"],
    ["WS://HOST/X", "ws://host/", "X"],
    ["ws://[::1]:7766/x", "ws://[::1]:7766/", "x"],
    ["ws://h/caf%C3%A9%20%3F%23", "ws://h/", "café ?#"],
    ["ws://h/a%2525", "ws://h/", "a%25"],
    ["ws://h/my%20daemon/x", "ws://h/my%20daemon", "x"],
    ["ws://h/../x", "ws://h/", "x"],
    ["ws+unix:///run/shop.sock:/warehouse", "ws+unix:///run/shop.sock:/", "warehouse"],
    ["ws+unix:/run/shop.sock:/rpc/warehouse", "ws+unix:///run/shop.sock:/rpc", "warehouse"],
    ["ws+unix:///my%20run/a%3Ab.sock:/a:/x", "ws+unix:///my%20run/a%3Ab.sock:/a:", "x"],
  ])("reads %s as the object %3$s of %2$s", (address, daemonUrl, objectId) => {
    expect(parseAddress(address)).toEqual({ daemonUrl, objectId });
    expect(parseAddress(new URL(address))).toEqual({ daemonUrl, objectId });
  });

  it.each([
    ["ws://h", "ws://h/"],
    ["ws://h/", "ws://h/"],
    ["ws://h/rpc/", "ws://h/rpc"],
    ["ws+unix:///run/shop.sock:/", "ws+unix:///run/shop.sock:/"],
    ["ws+unix:///run/shop.sock:/rpc:/", "ws+unix:///run/shop.sock:/rpc:"],
  ])("reads %s as no object of %s", (address, daemonUrl) => {
    expect(parseAddress(address)).toEqual({ daemonUrl, objectId: undefined });
  });

  it.each([
    ["/rpc/warehouse", "wss://shop.example/rpc", "warehouse"],
    ["warehouse", "wss://shop.example/cart", "warehouse"],
    ["//other.example/x", "wss://other.example/", "x"],
    ["ws://h/x", "ws://h/", "x"],
  ])("resolves %s against the page", (address, daemonUrl, objectId) => {
    expect(parseAddress(address, PAGE)).toEqual({ daemonUrl, objectId });
  });

  it.each([
    ["no URL", "warehouse"],
    ["a path without a page", "/rpc/warehouse"],
    ["a host without a scheme", "localhost:7766/warehouse"],
    ["another scheme", "ftp://h/x"],
    ["a Unix socket without a daemon's path", "ws+unix:///run/shop.sock"],
    ["a Unix socket on a host", "ws+unix://h/run/shop.sock:/x"],
    ["a Unix socket with a relative path", "ws+unix:shop.sock:/x"],
    ["a Unix socket without a path", "ws+unix:///:/x"],
    ["a scheme that is a property of every object", "constructor:x"],
    ["a query", "ws://h/x?y=1"],
    ["an empty query", "ws://h/x?"],
    ["a fragment", "ws://h/x#y"],
    ["an empty fragment", "ws://h/x#"],
    ["a user name", "ws://me@h/x"],
    ["a password", "ws://:secret@h/x"],
    ["an empty path segment", "ws://h/a//x"],
    ["a slash inside the object id", "ws://h/a%2Fb"],
    ["a control character inside the object id", "ws://h/a%0Ab"],
    ["a C1 control character", "ws://h/a%C2%85b"],
    ["percent-encoding that is none", "ws://h/%zz"],
    ["percent-encoding that is no UTF-8", "ws://h/%ff"],
    ["a line end that URL would drop", "ws://h/ware\nhouse"],
    ["an object id of 257 characters", `ws://h/${"x".repeat(257)}`],
  ])("refuses %s", (_, address) => {
    expect(refusal(() => parseAddress(address)).code).toBe("HW_ADDRESS_INVALID");
  });

  it("accepts an object id of 256 characters", () => {
    expect(parseAddress(`ws://h/${"x".repeat(256)}`).objectId).toBe("x".repeat(256));
  });

  it.each([
    "ws://me:hunter2@h/x",
    "ws://h/x?token=hunter2",
    "ws://h/x#hunter2",
    "ws://me:hunter2@:bad",
    "ht!tp://me:hunter2@h",
  ])("keeps what may be a secret out of the message and the cause: %s", (address) => {
    const error = refusal(() => parseAddress(address));
    expect(error.message).not.toContain("hunter2");
    expect(error.cause).toBeUndefined();
  });
});

describe("parseDaemonUrl", () => {
  it.each([
    ["ws://h", "ws://h/"],
    ["http://h/rpc", "ws://h/rpc"],
    ["ws://h/rpc/", "ws://h/rpc"],
    ["ws://h/rpc/v1", "ws://h/rpc/v1"],
    ["ws+unix:///run/shop.sock:/", "ws+unix:///run/shop.sock:/"],
    ["ws+unix:///run/shop.sock:/rpc/", "ws+unix:///run/shop.sock:/rpc"],
  ])("reads %s as %s", (address, daemonUrl) => {
    expect(parseDaemonUrl(address)).toBe(daemonUrl);
  });

  it("resolves against the page", () => {
    expect(parseDaemonUrl("/rpc", PAGE)).toBe("wss://shop.example/rpc");
  });

  it("refuses a query", () => {
    expect(refusal(() => parseDaemonUrl("ws://h/rpc?x")).code).toBe("HW_ADDRESS_INVALID");
  });
});

describe("formatAddress", () => {
  it.each([
    ["ws://h/", "warehouse"],
    ["ws://h/rpc", "warehouse"],
    ["ws://h/rpc", "café ?#%2F & co"],
    ["ws://h/rpc", "..."],
    ["ws+unix:///run/shop.sock:/", "warehouse"],
    ["ws+unix:///run/shop.sock:/rpc", "a:b"],
  ])("is the inverse of parseAddress for %s and %s", (daemonUrl, objectId) => {
    expect(parseAddress(formatAddress(daemonUrl, objectId))).toEqual({ daemonUrl, objectId });
  });

  it.each([
    ["no characters", ""],
    ["a slash", "a/b"],
    ["a control character", "a\u0000b"],
    ["257 characters", "x".repeat(257)],
    ["a dot, which a URL drops", "."],
    ["two dots, which a URL resolves", ".."],
    ["half of a surrogate pair", "\uD800"],
  ])("refuses an id of %s", (_, objectId) => {
    expect(refusal(() => formatAddress("ws://h/", objectId)).code).toBe("HW_ADDRESS_INVALID");
  });
});

describe("audienceOf", () => {
  it.each([
    ["ws://127.0.0.1:7766/rpc", "ws://127.0.0.1:7766"],
    ["wss://shop.example/rpc", "wss://shop.example"],
    ["ws://[::1]:7766/", "ws://[::1]:7766"],
    ["ws+unix:///run/my%20shop.sock:/rpc:/x", "ws+unix:///run/my%20shop.sock"],
  ])("is the origin of %s", (url, origin) => {
    expect(audienceOf(url)).toBe(origin);
  });
});
