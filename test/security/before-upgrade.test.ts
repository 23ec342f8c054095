import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { rawRequest, UPGRADE_LINES, type RawAnswer } from "../node/raw-http.js";
import { AttackedDaemon } from "./support/attacked-daemon.js";
import type { RawLine } from "./support/raw-line.js";

const PATH = "/rpc";

let attacked: AttackedDaemon;
beforeAll(async () => {
  attacked = await AttackedDaemon.start({
    serve: { path: PATH, origins: ["https://app.example"] },
    hasFakeClock: true,
  });
});
afterEach(() => attacked.isUnharmed());
afterAll(() => attacked[Symbol.asyncDispose]());

const own = (): string => `127.0.0.1:${attacked.port}`;
const host = (): string => `Host: ${own()}`;

/** Lines as a test writes them: `%` is the daemon's port. */
const withPort = (line: string): string => line.replaceAll("%", String(attacked.port));

function upgrade(lines: readonly string[], target = PATH): Promise<RawAnswer> {
  const head = [`GET ${target} HTTP/1.1`, ...lines.map(withPort)].join("\r\n");
  return rawRequest(attacked.port, `${head}\r\n\r\n`);
}

/** The status of a refusal that says nothing else, on a line that is closed then, and whose reason the owner is told. */
async function refusal(answer: Promise<RawAnswer>, reason: RegExp): Promise<number> {
  const { status, body, head, socket } = await answer;
  const isClosed = socket.closed || socket.readableEnded;
  socket.destroy();
  expect(body).toBe("");
  expect(head).toMatch(/^HTTP\/1\.1 \d{3} [A-Z][A-Za-z ]+\r\nConnection: close\r\nContent-Length: 0$/);
  expect(isClosed).toBe(true);
  expect(await attacked.event("refused", reason)).toMatch(reason);
  return status;
}

async function statusOf(answer: Promise<RawAnswer>): Promise<number> {
  const { status, socket } = await answer;
  socket.destroy();
  return status;
}

describe("Origin", () => {
  it("row 102: of a foreign page is answered 403", async () => {
    expect(
      await refusal(upgrade([host(), "Origin: http://evil.example", ...UPGRADE_LINES]), /Origin "http:\/\/evil/),
    ).toBe(403);
  });

  it.each(["http://127.0.0.1:%", "https://app.example"])("row 104: %s may connect", async (origin) => {
    expect(await statusOf(upgrade([host(), `Origin: ${origin}`, ...UPGRADE_LINES]))).toBe(101);
  });

  it("row 104: none is no browser, and may connect", async () => {
    expect(await statusOf(upgrade([host(), ...UPGRADE_LINES]))).toBe(101);
  });

  it.each([
    "null",
    "file://",
    "",
    "http://127.0.0.1",
    "http://127.0.0.1:1",
    "http://127.0.0.1:%0",
    "https://127.0.0.1:%",
    "ws://127.0.0.1:%",
    "http://127.0.0.1:%/",
    "http://127.0.0.1:%,http://127.0.0.1:%",
    "http://localhost:%",
    "http://[::1]:%",
    "http://localhost.evil.example:%",
    "http://127.0.0.1.evil.example:%",
    "http://127.0.0.1:%@evil.example",
    "http://evil.example#http://127.0.0.1:%",
    "http://127.0.0.1.:%",
    "http://127.1:%",
    "http://0x7f.1:%",
    "HTTP://127.0.0.1:%",
    "https://APP.example",
    "https://app.example.",
    "https://app.example:443",
    "http://app.example",
    "https://sub.app.example",
    "https://app.example.evil.example",
    "https://xn--pp-jia.example",
    "https://\u00e4pp.example",
    "chrome-extension://app.example",
  ])('row 104: "%s" is answered 403', async (origin) => {
    expect(await refusal(upgrade([host(), `Origin: ${origin}`, ...UPGRADE_LINES]), /Origin/)).toBe(403);
  });

  it("row 104: two of them are answered 403, even when both may connect", async () => {
    const lines = ["Origin: http://127.0.0.1:%", "Origin: http://127.0.0.1:%"];
    expect(await refusal(upgrade([host(), ...lines, ...UPGRADE_LINES]), /more than one Origin/)).toBe(403);
  });
});

describe("Host", () => {
  it("row 103: of a name that somebody rebound to this machine is answered 403, whatever Origin agrees with it", async () => {
    const lines = ["Host: evil.example:%", "Origin: http://evil.example:%", ...UPGRADE_LINES];
    expect(
      await refusal(upgrade(lines), /Host "evil\.example:\d+" is not an address of this daemon; .*"publicUrl"/),
    ).toBe(403);
  });

  it.each(["127.0.0.1:%", "localhost:%", "[::1]:%"])("row 105: %s is this daemon", async (name) => {
    expect(await statusOf(upgrade([`Host: ${name}`, ...UPGRADE_LINES]))).toBe(101);
  });

  it.each([
    "",
    "127.0.0.1",
    "localhost",
    "localhost:1",
    "[::1]",
    "::1:%",
    "127.0.0.1:%0",
    "127.0.0.1:0%",
    "127.0.0.1@evil.example:%",
    "evil.example@127.0.0.1:%",
    "127.0.0.1:%@evil.example",
    "127.0.0.1:%,evil.example",
    "127.0.0.1:%/",
    "http://127.0.0.1:%",
    "0x7f.1:%",
    "127.1:%",
    "2130706433:%",
    "0.0.0.0:%",
    "127.0.0.2:%",
    "localhost.:%",
    "localhost.evil.example:%",
    "[::ffff:127.0.0.1]:%",
    "[0:0:0:0:0:0:0:1]:%",
    "LOCALHOST:%",
  ])('row 105: "%s" is answered 403', async (name) => {
    expect(await refusal(upgrade([`Host: ${name}`, ...UPGRADE_LINES]), /Host/)).toBe(403);
  });

  it("row 105: none, or two, are answered 403", async () => {
    expect(await refusal(upgrade([...UPGRADE_LINES]), /no Host header/)).toBe(403);
    expect(await refusal(upgrade([host(), host(), ...UPGRADE_LINES]), /more than one Host header/)).toBe(403);
    expect(await refusal(upgrade([host(), "hOST: evil.example", ...UPGRADE_LINES]), /more than one Host header/)).toBe(
      403,
    );
  });

  it("row 105: a second one can't hide behind more headers than are looked at", async () => {
    const many = Array.from({ length: 100 }, (_, index) => `X-${index}: 1`);
    expect(await refusal(upgrade([host(), ...UPGRADE_LINES, ...many, "Host: evil.example"]), /107 headers.*100/)).toBe(
      400,
    );
    expect(await statusOf(upgrade([host(), ...UPGRADE_LINES, ...many.slice(0, 94)]))).toBe(101);
  });

  it.each([
    ["in absolute form", "http://127.0.0.1:%/rpc"],
    ["in absolute form of another host", "http://evil.example/rpc"],
    ["of two slashes", "//127.0.0.1:%/rpc"],
    ["with a query", "/rpc?ticket=1"],
    ["with a fragment", "/rpc#x"],
    ["above the daemon's path", "/rpc/../rpc"],
    ["two segments below it", "/rpc/a/b"],
    ["in another case", "/RPC"],
    ["that only begins like it", "/rpcx"],
    ["of the root", "/"],
  ])("row 105: a target %s is answered 404", async (_what, target) => {
    expect(await refusal(upgrade([host(), ...UPGRADE_LINES], withPort(target)), /path/)).toBe(404);
  });

  it("row 105: is looked at before Origin, path and subprotocol, so that nobody learns of those", async () => {
    const lines = ["Host: evil.example", "Origin: http://evil.example", ...UPGRADE_LINES.slice(0, 4)];
    expect(await refusal(upgrade(lines, "/nowhere"), /Host/)).toBe(403);
    expect(await refusal(upgrade([host(), ...lines.slice(1)], "/nowhere"), /Origin/)).toBe(403);
    expect(await refusal(upgrade([host(), ...lines.slice(2)], "/nowhere"), /path/)).toBe(404);
    expect(await refusal(upgrade([host(), ...lines.slice(2)]), /subprotocol/)).toBe(400);
  });
});

it("row 107: what X-Forwarded-* and Forwarded say changes nothing", async () => {
  const forwarded = [
    `X-Forwarded-Host: 127.0.0.1:%`,
    "X-Forwarded-Proto: https",
    "X-Forwarded-For: 127.0.0.1",
    "X-Forwarded-Port: %",
    "X-Forwarded-Server: 127.0.0.1",
    "X-Original-Host: 127.0.0.1:%",
    "Forwarded: for=127.0.0.1;host=127.0.0.1:%;proto=http",
  ];
  expect(await refusal(upgrade(["Host: evil.example:%", ...forwarded, ...UPGRADE_LINES]), /Host/)).toBe(403);
  const page = [host(), "Origin: https://127.0.0.1:%", ...forwarded, ...UPGRADE_LINES];
  expect(await refusal(upgrade(page), /Origin/)).toBe(403);
  expect(await statusOf(upgrade([host(), "X-Forwarded-Host: evil.example", ...UPGRADE_LINES]))).toBe(101);
});

describe("the subprotocol", () => {
  it.each([
    ["missing", undefined],
    ["empty", ""],
    ["another", "graphql-ws"],
    ["of another version", "hearthwire.v2"],
    ["in another case", "HEARTHWIRE.V1"],
    ["only part of a word", "xhearthwire.v1"],
    ["the whole list as one word", "hearthwire.v1 hearthwire.v2"],
  ])("row 108: %s is answered 400", async (_what, offered) => {
    const lines = offered === undefined ? [] : [`Sec-WebSocket-Protocol: ${offered}`];
    expect(await refusal(upgrade([host(), ...UPGRADE_LINES.slice(0, 4), ...lines]), /subprotocol/i)).toBe(400);
  });

  it.each(["hearthwire.v1", "hearthwire.v2, hearthwire.v1", "hearthwire.v1,graphql-ws"])(
    'row 108: "%s" offers ours',
    async (offered) => {
      expect(
        await statusOf(upgrade([host(), ...UPGRADE_LINES.slice(0, 4), `Sec-WebSocket-Protocol: ${offered}`])),
      ).toBe(101);
    },
  );

  it("row 108: twice the same, or something malformed beside it, is answered 400", async () => {
    for (const offered of ["hearthwire.v1, hearthwire.v1", "hearthwire.v1, (", "hearthwire.v1,,"]) {
      const lines = [host(), ...UPGRADE_LINES.slice(0, 4), `Sec-WebSocket-Protocol: ${offered}`];
      expect(await refusal(upgrade(lines), /protocol/i)).toBe(400);
    }
  });
});

describe("headers of the WebSocket handshake", () => {
  const without = (name: string): readonly string[] => UPGRADE_LINES.filter((line) => !line.startsWith(name));
  const KEY = "Sec-WebSocket-Key: AQEBAQEBAQEBAQEBAQEBAQ==";

  it.each([
    ["no key", without("Sec-WebSocket-Key")],
    ["a key that is too short", [...without("Sec-WebSocket-Key"), "Sec-WebSocket-Key: AQEB"]],
    ["two keys", [...UPGRADE_LINES, KEY]],
    ["no version", without("Sec-WebSocket-Version")],
    ["an old version", [...without("Sec-WebSocket-Version"), "Sec-WebSocket-Version: 7"]],
    ["two versions", [...UPGRADE_LINES, "Sec-WebSocket-Version: 13"]],
    ["another kind of upgrade", [...without("Upgrade"), "Upgrade: h2c"]],
    ["two kinds of upgrade", [...UPGRADE_LINES, "Upgrade: h2c"]],
  ])("row 106: %s is answered 400", async (_what, lines) => {
    expect(await refusal(upgrade([host(), ...lines]), /Invalid|Missing/)).toBe(400);
  });

  it("row 106: a method other than GET is answered 400", async () => {
    const bytes = [`POST ${PATH} HTTP/1.1`, host(), ...UPGRADE_LINES].join("\r\n");
    expect(await refusal(rawRequest(attacked.port, `${bytes}\r\n\r\n`), /method/)).toBe(400);
  });
});

describe("request smuggling", () => {
  const right = (): string => [`GET ${PATH} HTTP/1.1`, host(), ...UPGRADE_LINES].join("\r\n");
  const whole = (...lines: readonly string[]): string => `${[right(), ...lines].join("\r\n")}\r\n\r\n`;

  it.each([
    ["a blank before the colon", () => whole("X-A : 1")],
    ["a blank before the colon of Host", () => right().replace("Host:", "Host :") + "\r\n\r\n"],
    ["a folded line", () => whole("X-A: 1", " evil.example")],
    ["a folded Host", () => right().replace(host(), `${host()}\r\n\tevil.example`) + "\r\n\r\n"],
    ["bare line feeds", () => whole("X-A: 1").replaceAll("\r\n", "\n")],
    ["a bare carriage return", () => whole("X-A: 1\rX-B: 1")],
    ["a zero byte in a value", () => whole("X-A: \0")],
    ["a header without a colon", () => whole("X-A")],
    ["a header without a name", () => whole(": 1")],
    ["a target that is an authority", () => whole().replace(PATH, own())],
    ["no HTTP version", () => whole().replace(" HTTP/1.1", "")],
    ["an older HTTP version", () => whole().replace("HTTP/1.1", "HTTP/1.0")],
    ["a newer HTTP version", () => whole().replace("HTTP/1.1", "HTTP/2.0")],
    ["an HTTP version that is none", () => whole().replace("HTTP/1.1", "HTTP/1.9")],
    ["Content-Length and Transfer-Encoding", () => whole("Content-Length: 3", "Transfer-Encoding: chunked")],
    ["two Content-Lengths", () => whole("Content-Length: 3", "Content-Length: 4")],
    ["a Content-Length that is none", () => whole("Content-Length: -1")],
    ["what is no HTTP at all", () => "\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03"],
    ["the preface of HTTP/2", () => "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"],
  ])("row 106: %s is answered 400, and the line closed", async (_what, bytes) => {
    expect(await refusal(rawRequest(attacked.port, bytes()), /./)).toBe(400);
  });

  it.each([
    ["Content-Length", ["Content-Length: 3"], "abc"],
    ["Content-Length 0", ["Content-Length: 0"], ""],
    ["chunks", ["Transfer-Encoding: chunked"], "3\r\nabc\r\n0\r\n\r\n"],
    ["another encoding", ["Transfer-Encoding: gzip"], "abc"],
  ])(
    "row 106: an upgrade with a body (%s) is answered 400, and the body is nobody's frames",
    async (_what, lines, body) => {
      expect(await refusal(rawRequest(attacked.port, whole(...lines) + body), /body/)).toBe(400);
    },
  );

  it("row 106: a head above 8 KiB is answered 431", async () => {
    const answer = rawRequest(attacked.port, whole(`X-A: ${"a".repeat(8 * 1024)}`));
    expect(await refusal(answer, /HPE_HEADER_OVERFLOW/)).toBe(431);
    expect(await statusOf(upgrade([host(), ...UPGRADE_LINES, `X-A: ${"a".repeat(7 * 1024)}`]))).toBe(101);
  });

  it("row 106: a request behind a refused upgrade is not looked at", async () => {
    const refused = [`GET ${PATH} HTTP/1.1`, "Host: evil.example", ...UPGRADE_LINES].join("\r\n");
    expect(await refusal(rawRequest(attacked.port, `${refused}\r\n\r\n${whole()}`), /Host/)).toBe(403);
  });

  it("row 106: a request behind an accepted upgrade is a broken frame, and ends the line", async () => {
    await using line = await attacked.line();
    expect(await line.upgrade(`${whole()}GET /secret HTTP/1.1\r\n${host()}\r\n\r\n`)).toBe(101);
    expect(await line.closeCode()).toBe(1002);
    await attacked.event("refused", /RSV|MASK|frame/i);
  });

  it("row 106: an upgrade behind a plain request never becomes a WebSocket", async () => {
    const plain = `GET ${PATH} HTTP/1.1\r\n${host()}\r\n\r\n`;
    const { status, head, body } = await rawRequest(attacked.port, plain + whole());
    expect(status).toBe(426);
    expect(head + body).not.toContain("101");
    await attacked.event("refused", /not the first request/);
  });

  it("row 106: an Expect that nobody meets is answered and ends the line, whatever comes behind it", async () => {
    const { status, head, body } = await rawRequest(
      attacked.port,
      `GET ${PATH} HTTP/1.1\r\n${host()}\r\nExpect: banana\r\n\r\n${whole()}`,
    );
    expect(status).toBe(417);
    expect(head + body).not.toContain("101");
    await attacked.event("refused", /Expect/);
  });

  it("row 106: plain requests get one answer and a closed line, also when their body never comes", async () => {
    const plain = `GET ${PATH} HTTP/1.1\r\n${host()}\r\n\r\n`;
    const twice = await rawRequest(attacked.port, plain + plain);
    expect([twice.status, twice.body.includes("HTTP/1.1")]).toEqual([426, false]);
    const begun = await rawRequest(
      attacked.port,
      `POST ${PATH} HTTP/1.1\r\n${host()}\r\nContent-Length: 1000\r\n\r\nabc`,
    );
    expect(begun.status).toBe(426);
    expect(begun.socket.readableEnded).toBe(true);
  });
});

describe("before a whole request has come", () => {
  /** Waits for the connection to be in the room: the daemon's clock must not move before. */
  const waiting = (count: number): Promise<void> =>
    expect.poll(async () => (await attacked.facts()).waiting).toBe(count);

  it.each([
    ["nothing", ""],
    ["half a request line", "GET /rp"],
    ["half an upgrade", `GET ${PATH} HTTP/1.1\r\nHost: 127.0.0.1\r\nUpgrade: webs`],
  ])("row 47: a connection that brings %s is closed after 5 s", async (_what, bytes) => {
    await using line = await attacked.line();
    line.write(bytes);
    await waiting(1);
    await attacked.advance(4_999);
    expect((await attacked.facts()).waiting).toBe(1);
    await attacked.advance(1);
    await line.closed;
    expect(await attacked.event("refused", /head/)).toBe("no whole request head came within 5 s");
  });

  it("row 47: a head that comes byte by byte is closed after 5 s, however steadily", async () => {
    await using line = await attacked.line();
    await waiting(1);
    for (const byte of "GET /") {
      line.write(byte);
      await attacked.advance(1_000);
    }
    await line.closed;
    expect(await attacked.event("refused", /head/)).toBe("no whole request head came within 5 s");
  });

  it("row 47: a head that comes slowly, but in time, is taken", async () => {
    await using line = await attacked.line();
    await waiting(1);
    const request = [`GET ${PATH} HTTP/1.1`, host(), ...UPGRADE_LINES].join("\r\n") + "\r\n\r\n";
    line.write(request.slice(0, 40));
    await attacked.advance(4_000);
    line.write(request.slice(40));
    expect(await line.status()).toBe(101);
  });

  it("S16: of 65 silent connections the oldest makes room, and an honest peer gets in among them", async () => {
    const lines: RawLine[] = [];
    try {
      for (let count = 0; count < 65; count++) lines.push(await attacked.line());
      await lines[0]!.closed;
      await attacked.event("refused", /^64 connections in all had not sent a request yet/);
      expect(lines.slice(1).every(({ socket }) => !socket.destroyed)).toBe(true);
      expect(await statusOf(upgrade([host(), ...UPGRADE_LINES]))).toBe(101);
    } finally {
      for (const line of lines) await line[Symbol.asyncDispose]();
    }
  });
});
