import { once } from "node:events";
import { request } from "node:https";
import { connect as connectTcp, createServer, type Socket } from "node:net";
import { connect as connectTls } from "node:tls";
import { beforeAll, describe, expect, test, vi } from "vitest";
import { Key } from "../../src/auth/key.js";
import { ConfigError, ConnectionError } from "../../src/errors/hearthwire-error.js";
import { serve } from "../../src/node/serve.js";
import type { TlsOptions } from "../../src/node/tls-options.js";
import { type Authority, type Certificate, createAuthority } from "../support/certificates.js";
import { type Desk, ServedDesk } from "./support/tls-desk.js";
import { openTlsConnection } from "./support/tls-line.js";

let authority: Authority;
let own: Certificate;

beforeAll(async () => {
  authority = await createAuthority();
  own = await authority.issue();
});

function served(tls: Partial<TlsOptions> = {}): Promise<ServedDesk> {
  return ServedDesk.serve({ tls: { cert: own.cert, key: own.key, ...tls } });
}

function client({ daemon, key }: ServedDesk, { ca = authority.cert, ...tls }: { ca?: string; port?: number } = {}) {
  return openTlsConnection<{ desk: Desk }>(daemon.url(), { key, tls: { ca, ...tls } });
}

function refusedToServe(tls: unknown): Promise<Error> {
  return serve({}, { keys: Key.generate(), tls: tls as TlsOptions }).then(
    async (daemon) => {
      await daemon.close();
      return expect.fail("it serves");
    },
    (error: Error) => error,
  );
}

describe("a daemon with TLS", () => {
  test("S20, S23, S26: is reached by wss, asks for no certificate, and knows its clients by their keys", async () => {
    await using home = await served();
    expect(home.daemon.url("desk")).toBe(`wss://127.0.0.1:${home.port}/desk`);
    await using connection = client(home);
    expect(await connection.object("desk").whoCalls()).toEqual({ principal: "key:office", certificate: undefined });
    expect(home.refused).toEqual([]);
  });

  test("S20, S24: is refused by a client that does not know its authority, before anything is called", async () => {
    await using home = await served();
    const { cert: ca } = await createAuthority("Another");
    await using connection = client(home, { ca });
    await expect(connection.object("desk").whoCalls()).rejects.toBeInstanceOf(ConnectionError);
    expect(home.desk.calls).toBe(0);
  });

  test("S20: a byte that was changed on the way ends the line, and nothing is called", async () => {
    await using home = await served();
    await using proxy = await Proxy.to(home.port);
    await using connection = client(home, { port: proxy.port });
    expect(await connection.object("desk").whoCalls()).toMatchObject({ principal: "key:office" });
    const lost = new Promise<Error | undefined>((resolve) =>
      home.daemon.on("detached", (_session, cause) => resolve(cause)),
    );
    proxy.isChanging = true;
    const call = connection.object("desk").whoCalls();
    expect(await lost).toBeInstanceOf(ConnectionError);
    void connection.close();
    await expect(call).rejects.toBeInstanceOf(ConnectionError);
    expect(home.desk.calls).toBe(1);
  });

  test("S25: proves nobody by TLS alone: who has no key of the ring does not get in", async () => {
    await using home = await served();
    const stranger = Key.generate({ id: "stranger" });
    await using connection = openTlsConnection<{ desk: Desk }>(home.daemon.url(), {
      key: stranger,
      tls: { ca: authority.cert },
    });
    await expect(connection.object("desk").whoCalls()).rejects.toMatchObject({ code: "HW_REFUSED" });
    expect((await home.refusal()).reason).toMatch(/no key with the id "stranger"/);
    expect(home.desk.calls).toBe(0);
  });

  test("S20: answers plain HTTP requests over TLS with 426", async () => {
    await using home = await served();
    const asked = request(home.daemon.url().replace("wss", "https"), { ca: authority.cert }).end();
    const [response] = await once(asked, "response");
    response.resume();
    expect(response.statusCode).toBe(426);
  });

  test("S20: Host and Origin are those of https", async () => {
    await using home = await served();
    const host = `127.0.0.1:${home.port}`;
    expect(await upgrade(home, { host, origin: `https://${host}` })).toBe("HTTP/1.1 101 Switching Protocols");
    expect(await upgrade(home, { host, origin: `http://${host}` })).toBe("HTTP/1.1 403 Forbidden");
    expect(await upgrade(home, { host: "evil.example", origin: "https://evil.example" })).toBe(
      "HTTP/1.1 403 Forbidden",
    );
  });

  test("S20: TLS 1.3 alone by default, 1.2 when told so, and never 1.1", async () => {
    await using modern = await served();
    await using older = await served({ minVersion: "TLSv1.2" });
    expect(await offered(modern.port, "TLSv1.3")).toBe("TLSv1.3");
    expect(await offered(modern.port, "TLSv1.2")).toBe("ERR_SSL_TLSV1_ALERT_PROTOCOL_VERSION");
    expect((await modern.refusal()).reason).toMatch(/no version of TLS from "tls\.minVersion" on/);
    expect(await offered(older.port, "TLSv1.2")).toBe("TLSv1.2");
    expect(await offered(older.port, "TLSv1.3")).toBe("TLSv1.3");
    expect(await offered(older.port, "TLSv1.1")).toMatch(/^ERR_SSL_/);
  });

  test("S25, W25: two daemons of one process have each its own certificate", async () => {
    const second = await authority.issue({ commonName: "second" });
    await using one = await served();
    await using two = await served({ cert: second.cert, key: second.key });
    expect([await nameAt(one.port), await nameAt(two.port), await nameAt(one.port)]).toEqual([
      "localhost",
      "second",
      "localhost",
    ]);
  });

  test("W16: a ClientHello that never ends delays nobody, and its line is dropped", async () => {
    vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
    try {
      await using home = await served();
      const stalled = connectTcp(home.port, "127.0.0.1");
      stalled.on("error", () => {});
      await once(stalled, "connect");
      stalled.write(Buffer.from("160301020001", "hex"));
      await using connection = client(home);
      expect(await connection.object("desk").whoCalls()).toMatchObject({ principal: "key:office" });
      const gone = once(stalled.resume(), "close");
      await vi.advanceTimersByTimeAsync(5_000);
      await gone;
      expect((await home.refusal()).remoteAddress).toBe("127.0.0.1");
    } finally {
      vi.useRealTimers();
    }
  });

  test("W16: as many stand in their TLS handshake as may be unauthenticated; the oldest makes room", async () => {
    await using home = await served();
    const stalled: Socket[] = [];
    for (let count = 0; count < 65; count++) {
      const socket = connectTcp(home.port, "127.0.0.1");
      socket.on("error", () => {});
      await once(socket, "connect");
      stalled.push(socket.resume());
    }
    const [oldest, ...others] = stalled as [Socket, ...Socket[]];
    await once(oldest, "close");
    expect((await home.refusal()).reason).toMatch(/^64 .*the oldest, made room/);
    await using connection = client(home);
    expect(await connection.object("desk").whoCalls()).toMatchObject({ principal: "key:office" });
    expect(others.filter(({ closed }) => closed).length).toBeLessThanOrEqual(1);
    for (const socket of stalled) socket.destroy();
  });

  test("S20: ends while somebody stands in the TLS handshake", async () => {
    const home = await served();
    const stalled = connectTcp(home.port, "127.0.0.1");
    stalled.on("error", () => {});
    await once(stalled, "connect");
    const gone = once(stalled.resume(), "close");
    await home[Symbol.asyncDispose]();
    await gone;
    expect(home.refused).toEqual([]);
  });
});

describe("the wrong port", () => {
  test("S20: plain text to a TLS port is turned away, with the remedy in the event", async () => {
    await using home = await served();
    const socket = connectTcp(home.port, "127.0.0.1");
    socket.end("GET / HTTP/1.1\r\nHost: localhost\r\n\r\n");
    expect(await received(socket)).toBe("");
    expect(await home.refusal()).toEqual({
      remoteAddress: "127.0.0.1",
      reason: expect.stringMatching(/spoke plain text to the TLS port: it has to dial wss:/),
    });
    await using connection = client(home);
    expect(await connection.object("desk").whoCalls()).toMatchObject({ principal: "key:office" });
  });

  test("S20: TLS to a plain port is turned away, with the remedy in the event", async () => {
    await using home = await ServedDesk.serve({});
    const socket = connectTls({ port: home.port, host: "127.0.0.1", ca: authority.cert });
    const [error] = await once(socket, "error");
    expect(error).toBeInstanceOf(Error);
    expect(await home.refusal()).toEqual({
      remoteAddress: "127.0.0.1",
      reason: expect.stringMatching(/it speaks TLS.*"tls"/),
    });
  });
});

describe("TLS options", () => {
  test.each([
    ["nothing", {}, /^"tls\.cert" must be given/],
    ["no key", { cert: "x" }, /^"tls\.key" must be given/],
    ["a text that is no PEM", { cert: "cert.pem", key: "key.pem" }, /^"tls\.cert" must hold PEM.*\{ file: "path" \}/],
    [
      "a URL, which may be anything's",
      { cert: new URL("file:///x"), key: "" },
      /^"tls\.cert" must be PEM as a text or bytes, or \{ file/,
    ],
    ["a file of the web", { cert: { file: new URL("https://x/") }, key: "" }, /^"tls\.cert" must be PEM/],
    ["no object", "yes", /^"tls" must be an object/],
    ["true", true, /^"tls" must be an object of TLS options, got true/],
    ["a misspelt name", { certificate: "" }, /^"tls\.certificate" is no option here; there are tls\.cert, tls\.key/],
    ["an unknown version", { minVersion: "TLSv1.1" }, /^"tls\.minVersion" must be "TLSv1\.2" or "TLSv1\.3"/],
    ["authorities that are none", { ca: [] }, /^"tls\.ca" must be PEM as a text or bytes.*or an array of them/],
    ["a passphrase that is none", { passphrase: 7 }, /^"tls\.passphrase" must be a text, or a function that gives it/],
    [
      "a check of clients that show nothing",
      { verifyPeer: () => {} },
      /^"tls\.requestClientCertificate" must be true for "tls\.verifyPeer"/,
    ],
    [
      "a name for clients that show nothing",
      { certificateSubject: () => "x" },
      /^"tls\.requestClientCertificate" must be true for "tls\.certificateSubject"/,
    ],
    [
      "a revocation list for clients that show nothing",
      { crl: "x" },
      /^"tls\.requestClientCertificate" must be true for "tls\.crl"/,
    ],
    [
      "client certificates of anybody",
      { requestClientCertificate: true },
      /^"tls\.ca" must name the authorities of your clients/,
    ],
  ])("S21: %s is refused", async (_, tls, message) => {
    const error = await refusedToServe(tls);
    expect(error).toBeInstanceOf(ConfigError);
    expect(error.message).toMatch(message);
  });

  test("S21, W26: an object without certificate makes no daemon, nor one without TLS", async () => {
    const error = await refusedToServe({});
    expect(error).toMatchObject({ code: "HW_OPTION_INVALID" });
  });

  test("S22: an encrypted key is read with its passphrase, or by who knows it", async () => {
    const key = own.encryptedKey("correct horse");
    for (const passphrase of ["correct horse", async () => "correct horse"]) {
      await using home = await served({ key, passphrase });
      await using connection = client(home);
      expect(await connection.object("desk").whoCalls()).toMatchObject({ principal: "key:office" });
    }
  });

  test("S22: a wrong passphrase, or none, is an error that does not repeat it", async () => {
    const key = own.encryptedKey("correct horse");
    const wrong = await refusedToServe({ cert: own.cert, key, passphrase: "wrong horse" });
    expect(wrong).toMatchObject({ code: "HW_OPTION_INVALID", message: expect.stringMatching(/^"tls\.passphrase"/) });
    expect(wrong.message).not.toContain("horse");
    expect((await refusedToServe({ cert: own.cert, key })).message).toMatch(/^"tls\.passphrase" must be given/);
  });

  test("S22: a key of another certificate is refused", async () => {
    const { key } = await authority.issue();
    expect((await refusedToServe({ cert: own.cert, key })).message).toMatch(/^"tls\.key" must be the private key/);
  });

  test("row 114: a daemon refuses to start with a certificate of its own that has expired, or is not valid yet", async () => {
    const hour = 3_600_000;
    const expired = await authority.issue({ notAfter: new Date(Date.now() - hour / 60) });
    const early = await authority.issue({ notBefore: new Date(Date.now() + hour) });
    expect((await refusedToServe(expired)).message).toMatch(/is no option/);
    const pem = ({ cert, key }: Certificate) => ({ cert, key });
    expect((await refusedToServe(pem(expired))).message).toMatch(/^"tls\.cert" must not have expired/);
    expect((await refusedToServe(pem(early))).message).toMatch(/^"tls\.cert" must be valid already/);
  });

  test("row 113: nothing switches the checks off: neither an option nor the environment", async () => {
    expect((await refusedToServe({ cert: own.cert, key: own.key, rejectUnauthorized: false })).message).toMatch(
      /^"tls\.rejectUnauthorized" is no option here/,
    );
    vi.stubEnv("NODE_TLS_REJECT_UNAUTHORIZED", "0");
    try {
      const error = await refusedToServe({ cert: own.cert, key: own.key });
      expect(error).toBeInstanceOf(ConfigError);
      expect(error.message).toMatch(/^"NODE_TLS_REJECT_UNAUTHORIZED" must not be 0/);
    } finally {
      vi.unstubAllEnvs();
    }
  });

  test("row 111: TLS beyond loopback takes keys, or whom certificates prove", async () => {
    const tls = { cert: own.cert, key: own.key };
    await expect(serve({}, { host: "0.0.0.0", publicUrl: "wss://x.example", tls })).rejects.toMatchObject({
      code: "HW_CREDENTIALS_MISSING",
      message: expect.stringMatching(/^"keys" must be given .*"tls\.certificateSubject"/),
    });
    const mutual = { ...tls, ca: authority.cert, requestClientCertificate: true };
    await expect(serve({}, { host: "0.0.0.0", publicUrl: "wss://x.example", tls: mutual })).rejects.toMatchObject({
      code: "HW_CREDENTIALS_MISSING",
    });
  });
});

/** Passes bytes on, and changes one of a client's when told to. */
class Proxy implements AsyncDisposable {
  isChanging = false;
  readonly #server = createServer((socket) => this.#pass(socket));
  readonly #target: number;

  private constructor(target: number) {
    this.#target = target;
  }

  static async to(target: number): Promise<Proxy> {
    const proxy = new Proxy(target);
    proxy.#server.listen(0, "127.0.0.1");
    await once(proxy.#server, "listening");
    return proxy;
  }

  get port(): number {
    return (this.#server.address() as { port: number }).port;
  }

  #pass(socket: Socket): void {
    const onward = connectTcp(this.#target, "127.0.0.1");
    for (const [one, other] of [
      [socket, onward],
      [onward, socket],
    ] as const) {
      one.on("error", () => other.destroy());
      one.on("close", () => other.destroy());
    }
    onward.pipe(socket);
    socket.on("data", (bytes: Buffer) => {
      if (this.isChanging) bytes[bytes.length - 1]! ^= 1;
      onward.write(bytes);
    });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#server.close();
  }
}

/** The status line of an upgrade request over TLS. */
async function upgrade(home: ServedDesk, { host, origin }: { host: string; origin: string }): Promise<string> {
  const socket = connectTls({ port: home.port, host: "127.0.0.1", ca: authority.cert });
  socket.write(
    `GET / HTTP/1.1\r\nHost: ${host}\r\nOrigin: ${origin}\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n` +
      "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n" +
      "Sec-WebSocket-Protocol: hearthwire.v1\r\n\r\n",
  );
  const [answer] = (await once(socket, "data")) as [Buffer];
  socket.destroy();
  return answer.toString().split("\r\n", 1)[0]!;
}

/** What a client that speaks one version alone gets: that version, or the code of its error. */
async function offered(port: number, version: "TLSv1.1" | "TLSv1.2" | "TLSv1.3"): Promise<string | null> {
  const socket = connectTls({
    port,
    host: "127.0.0.1",
    ca: authority.cert,
    minVersion: version,
    maxVersion: version,
    ...(version === "TLSv1.1" ? { ciphers: "DEFAULT@SECLEVEL=0" } : {}),
  });
  try {
    await once(socket, "secureConnect");
    return socket.getProtocol();
  } catch (error) {
    return (error as NodeJS.ErrnoException).code ?? "";
  } finally {
    socket.destroy();
  }
}

async function nameAt(port: number): Promise<unknown> {
  const socket = connectTls({ port, host: "127.0.0.1", ca: authority.cert, checkServerIdentity: () => undefined });
  await once(socket, "secureConnect");
  const { CN } = socket.getPeerCertificate().subject;
  socket.destroy();
  return CN;
}

/** All that comes until the other side closes. */
async function received(socket: Socket): Promise<string> {
  let text = "";
  socket.on("error", () => {});
  socket.on("data", (bytes: Buffer) => (text += bytes.toString("latin1")));
  await once(socket, "close");
  return text;
}
