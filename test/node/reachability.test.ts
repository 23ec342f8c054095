import { describe, expect, it } from "vitest";
import { listedOrigins } from "../../src/wire/listed-origins.js";
import { daemonPath, publicUrls, reachability } from "../../src/node/reachability.js";

const nothingPublic = { path: "/", publicUrls: [], origins: [] };

describe("audiences", () => {
  it("are the bound literal and its loopback aliases", () => {
    const { audiences } = reachability({ host: "127.0.0.1", port: 7766, isSecure: false }, nothingPublic);
    expect([...audiences].sort()).toEqual(["ws://127.0.0.1:7766", "ws://[::1]:7766", "ws://localhost:7766"]);
  });

  it("have no aliases beyond loopback", () => {
    const { audiences } = reachability({ host: "192.0.2.7", port: 7766, isSecure: false }, nothingPublic);
    expect(audiences).toEqual(["ws://192.0.2.7:7766"]);
  });

  it("are the public URL's origin alone when bound to a wildcard", () => {
    const addresses = { path: "/rpc", publicUrls: ["wss://app.example/rpc"], origins: [] };
    for (const host of ["0.0.0.0", "::"]) {
      expect(reachability({ host, port: 7766, isSecure: false }, addresses).audiences).toEqual(["wss://app.example"]);
    }
  });

  it("are wss where TLS stands on the server", () => {
    const { audiences, url } = reachability({ host: "::1", port: 443, isSecure: true }, nothingPublic);
    expect(audiences).toContain("wss://localhost");
    expect(url).toBe("wss://[::1]:443/");
  });
});

it("dials the first public URL, else the bound address", () => {
  const bound = { host: "127.0.0.1", port: 7766, isSecure: false };
  expect(reachability(bound, { ...nothingPublic, path: "/rpc" }).url).toBe("ws://127.0.0.1:7766/rpc");
  const urls = publicUrls(["https://app.example/rpc/", "http://other.example"]);
  expect(reachability(bound, { ...nothingPublic, publicUrls: urls }).url).toBe("wss://app.example/rpc");
});

describe("publicUrl", () => {
  it.each([
    "not a url",
    "ftp://app.example",
    "https://user:secret@app.example",
    "https://app.example/?a",
    "https://app.example/#a",
  ])("refuses %s", (url) => {
    expect(() => publicUrls(url)).toThrow(
      expect.objectContaining({ code: "HW_OPTION_INVALID", message: expect.stringMatching(/^"publicUrl" /) }),
    );
  });

  it("keeps a password out of the message", () => {
    expect(() => publicUrls("https://user:secret@app.example")).toThrow(expect.not.stringMatching(/secret/));
  });
});

describe("origins", () => {
  it("accepts exact origins of pages and of apps", () => {
    const origins = ["https://app.example", "http://localhost:5173", "tauri://localhost", "chrome-extension://abcdef"];
    expect(listedOrigins(origins)).toEqual(origins);
  });

  it.each([
    "*",
    "null",
    "",
    "app.example",
    "https://app.example/",
    "https://app.example:443",
    "https://*.app.example/x",
    "HTTPS://app.example",
  ])('refuses "%s"', (origin) => {
    expect(() => listedOrigins([origin])).toThrow(
      expect.objectContaining({ code: "HW_OPTION_INVALID", message: expect.stringMatching(/^"origins" /) }),
    );
  });
});

describe("path", () => {
  it.each([
    [undefined, "/"],
    ["/", "/"],
    ["/rpc", "/rpc"],
    ["/rpc/", "/rpc"],
    ["/a/b", "/a/b"],
  ])("reads %s as %s", (option, path) => {
    expect(daemonPath(option)).toBe(path);
  });

  it.each(["", "rpc", "//rpc", "/a//b", "/rpc?x", "/rpc#x", "/a/../b", "/é"])('refuses "%s"', (option) => {
    expect(() => daemonPath(option)).toThrow(
      expect.objectContaining({ code: "HW_OPTION_INVALID", message: expect.stringMatching(/^"path" /) }),
    );
  });
});
