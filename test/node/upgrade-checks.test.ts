import { describe, expect, it } from "vitest";
import { reachability } from "../../src/node/reachability.js";
import { checkUpgrade, isOwnPath } from "../../src/node/upgrade-checks.js";

const local = reachability(
  { host: "127.0.0.1", port: 7766, isSecure: false },
  { path: "/rpc", publicUrls: [], origins: [] },
);

type Header = readonly [name: string, value: string];
const PROTOCOL: Header = ["Sec-WebSocket-Protocol", "hearthwire.v1"];

function check(target: string, headers: readonly Header[], reach = local): number | string {
  const verdict = checkUpgrade({ target, httpVersion: "1.1", rawHeaders: headers.flat() }, reach);
  return verdict.isAllowed ? "allowed" : verdict.status;
}

describe("Host", () => {
  it.each(["127.0.0.1:7766", "localhost:7766", "[::1]:7766"])("accepts the bound address as %s", (host) => {
    expect(check("/rpc", [["Host", host], PROTOCOL])).toBe("allowed");
  });

  it.each([
    "127.0.0.1",
    "localhost",
    "localhost:1",
    "[::1]",
    "LOCALHOST:7766",
    "localhost.:7766",
    "127.0.0.1:7766 ",
    "127.0.0.1@evil.example",
    "127.0.0.1:7766@evil.example",
    "evil@127.0.0.1:7766",
    "0x7f.1:7766",
    "127.1:7766",
    "127.0.0.2:7766",
    "evil.example:7766",
    "localhost.evil.example:7766",
    "0.0.0.0:7766",
    "",
  ])('refuses Host "%s"', (host) => {
    expect(check("/rpc", [["Host", host], PROTOCOL])).toBe(403);
  });

  it("refuses a request without Host", () => {
    expect(check("/rpc", [PROTOCOL])).toBe(403);
  });

  it("refuses two Host headers, equal or not", () => {
    expect(check("/rpc", [["Host", "localhost:7766"], ["host", "localhost:7766"], PROTOCOL])).toBe(403);
    expect(check("/rpc", [["Host", "localhost:7766"], ["HOST", "evil.example"], PROTOCOL])).toBe(403);
  });

  it("takes no notice of X-Forwarded-Host", () => {
    expect(check("/rpc", [["Host", "evil.example"], ["X-Forwarded-Host", "localhost:7766"], PROTOCOL])).toBe(403);
  });

  it("accepts a name with and without the default port", () => {
    const reach = reachability(undefined, { path: "/rpc", publicUrls: ["wss://app.example/rpc"], origins: [] });
    expect(check("/rpc", [["Host", "app.example"], PROTOCOL], reach)).toBe("allowed");
    expect(check("/rpc", [["Host", "app.example:443"], PROTOCOL], reach)).toBe("allowed");
    expect(check("/rpc", [["Host", "app.example:80"], PROTOCOL], reach)).toBe(403);
  });
});

describe("Origin", () => {
  const withOrigin = (origin: string, host = "127.0.0.1:7766"): number | string =>
    check("/rpc", [["Host", host], ["Origin", origin], PROTOCOL]);

  it("accepts a program, which sends none", () => {
    expect(check("/rpc", [["Host", "localhost:7766"], PROTOCOL])).toBe("allowed");
  });

  it("accepts the origin of the Host that was named", () => {
    expect(withOrigin("http://localhost:7766", "localhost:7766")).toBe("allowed");
  });

  it("refuses the origin of another Host of the same daemon", () => {
    expect(withOrigin("http://localhost:7766", "127.0.0.1:7766")).toBe(403);
  });

  it.each([
    "http://evil.example",
    "null",
    "",
    "file://",
    "http://127.0.0.1",
    "http://127.0.0.1:7767",
    "http://127.0.0.1:77660",
    "https://127.0.0.1:7766",
    "HTTP://127.0.0.1:7766",
    "http://127.0.0.1:7766/",
    "http://127.0.0.1.:7766",
    "http://127.0.0.1:7766.evil.example",
    "http://user@127.0.0.1:7766",
    "http://127.0.0.1:7766, http://evil.example",
    "http://xn--80ak6aa92e.example:7766",
  ])('refuses Origin "%s"', (origin) => {
    expect(withOrigin(origin)).toBe(403);
  });

  it("refuses two Origin headers", () => {
    const origin: Header = ["Origin", "http://127.0.0.1:7766"];
    expect(check("/rpc", [["Host", "127.0.0.1:7766"], origin, origin, PROTOCOL])).toBe(403);
  });

  it("refuses DNS rebinding, where Host and Origin agree on the attacker's name", () => {
    const headers: readonly Header[] = [
      ["Host", "evil.example:7766"],
      ["Origin", "http://evil.example:7766"],
      PROTOCOL,
    ];
    expect(check("/rpc", headers)).toBe(403);
  });

  it("accepts a listed origin behind any accepted Host, and no neighbour of it", () => {
    const reach = reachability(
      { host: "127.0.0.1", port: 7766, isSecure: false },
      { path: "/rpc", publicUrls: [], origins: ["https://app.example"] },
    );
    const from = (origin: string) => check("/rpc", [["Host", "localhost:7766"], ["Origin", origin], PROTOCOL], reach);
    expect(from("https://app.example")).toBe("allowed");
    expect(from("http://app.example")).toBe(403);
    expect(from("https://app.example:8443")).toBe(403);
    expect(from("https://www.app.example")).toBe(403);
  });

  it.each([
    ["wss://app.example/rpc", "https://app.example", "allowed"],
    ["wss://app.example/rpc", "http://app.example", 403],
    ["ws://app.example/rpc", "http://app.example", "allowed"],
    ["ws://app.example/rpc", "https://app.example", "allowed"],
  ])("with publicUrl %s answers Origin %s by %s", (publicUrl, origin, expected) => {
    const reach = reachability(undefined, { path: "/rpc", publicUrls: [publicUrl], origins: [] });
    expect(check("/rpc", [["Host", "app.example"], ["Origin", origin], PROTOCOL], reach)).toBe(expected);
  });
});

describe("path", () => {
  const host: Header = ["Host", "localhost:7766"];

  it.each(["/rpc", "/rpc/warehouse", "/rpc/%E2%82%AC"])("accepts %s", (target) => {
    expect(check(target, [host, PROTOCOL])).toBe("allowed");
  });

  it.each([
    "/",
    "/rp",
    "/rpcs",
    "/RPC",
    "/rpc/",
    "//rpc",
    "/rpc/a/b",
    "/rpc/a/",
    "/rpc?token=1",
    "/rpc/warehouse?",
    "/x/../rpc",
    "http://localhost:7766/rpc",
    "*",
    "",
  ])('refuses "%s"', (target) => {
    expect(check(target, [host, PROTOCOL])).toBe(404);
  });

  it("accepts every single segment below the root", () => {
    expect(isOwnPath("/", "/")).toBe(true);
    expect(isOwnPath("/warehouse", "/")).toBe(true);
    expect(isOwnPath("/a/b", "/")).toBe(false);
  });
});

describe("subprotocol", () => {
  const host: Header = ["Host", "localhost:7766"];

  it.each(["hearthwire.v1", "graphql-ws, hearthwire.v1", "hearthwire.v1,other"])('accepts "%s"', (offered) => {
    expect(check("/rpc", [host, ["Sec-WebSocket-Protocol", offered]])).toBe("allowed");
  });

  it.each(["", "hearthwire", "hearthwire.v10", "hearthwire.v2", "HEARTHWIRE.V1", "vite-hmr"])(
    'refuses "%s"',
    (offered) => {
      expect(check("/rpc", [host, ["Sec-WebSocket-Protocol", offered]])).toBe(400);
    },
  );

  it("refuses a request that offers none", () => {
    expect(check("/rpc", [host])).toBe(400);
  });
});

it.each<Header>([
  ["Content-Length", "5"],
  ["Transfer-Encoding", "chunked"],
])("refuses an upgrade with a body: %s", (...header) => {
  expect(check("/rpc", [["Host", "localhost:7766"], PROTOCOL, header])).toBe(400);
});

it("checks Host, then Origin, then path, then subprotocol", () => {
  const reason = (target: string, headers: readonly Header[]): string => {
    const verdict = checkUpgrade({ target, httpVersion: "1.1", rawHeaders: headers.flat() }, local);
    return verdict.isAllowed ? "" : verdict.reason;
  };
  expect(
    reason("/no", [
      ["Host", "evil"],
      ["Origin", "null"],
    ]),
  ).toMatch(/^Host "evil" .*"publicUrl"/);
  expect(
    reason("/no", [
      ["Host", "localhost:7766"],
      ["Origin", "null"],
    ]),
  ).toMatch(/^Origin "null" .*"origins"/);
  expect(reason("/no", [["Host", "localhost:7766"]])).toMatch(/^path "\/no" /);
  expect(reason("/rpc", [["Host", "localhost:7766"]])).toMatch(/^subprotocol hearthwire.v1 /);
});

it("keeps what a terminal would act on, and long values, out of the reason", () => {
  const verdict = checkUpgrade(
    { target: "/rpc", httpVersion: "1.1", rawHeaders: ["Host", `\u001b[2Jevil\u009b${"x".repeat(10_000)}`] },
    local,
  );
  expect(verdict.isAllowed ? "" : verdict.reason).toMatch(/^Host "\?\[2Jevil\?x{1,200}" [\x20-\x7e]{1,100}$/);
});
