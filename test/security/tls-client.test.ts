import { createServer as createHttpServer } from "node:http";
import { createServer as createTcpServer, type AddressInfo, type Server } from "node:net";
import { once } from "node:events";
import { afterEach, beforeAll, describe, expect, it, vi } from "vitest";
import { Key } from "../../src/auth/key.js";
import { connect as connectAnywhere } from "../../src/client/default-connect.js";
import type { ClientTlsOptions } from "../../src/node/client-tls-options.js";
import { connect } from "../../src/node/connect.js";
import { dialWebSocket } from "../../src/transport/websocket-transport.js";
import { type Authority, type Certificate, createAuthority, selfSigned } from "../support/certificates.js";
import { Recorder } from "../transport/recorder.js";
import { tlsServer } from "./support/tls-server.js";

const key = Key.generate({ id: "office" });
/** Extended key usage clientAuth (RFC 5280 section 4.2.1.12). */
const CLIENT_AUTH = "1.3.6.1.5.5.7.3.2";
const HOUR_MS = 3_600_000;
const ago = (hours: number) => new Date(Date.now() - hours * HOUR_MS);

let authority: Authority;
let other: Authority;
let own: Certificate;

beforeAll(async () => {
  [authority, other] = await Promise.all([createAuthority(), createAuthority("Other authority")]);
  own = await authority.issue();
});

afterEach(() => vi.unstubAllEnvs());

/** What connecting to a port of this machine fails with; silent servers are given up soon. */
function failureAt(
  port: number,
  { tls = { ca: authority.cert }, host = "localhost" }: { tls?: ClientTlsOptions; host?: string } = {},
): Promise<unknown> {
  const connecting = connect(`wss://${host}:${port}/desk`, { key, tls, isolated: true, connectTimeoutMs: 500 });
  return connecting.then(
    () => undefined,
    (error: unknown) => error,
  );
}

/** TLS was up and the client trusted it: it waited for WELCOME in vain. */
const trusted = { code: "HW_CONNECT_TIMEOUT" };

async function listening(server: Server): Promise<number> {
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return (server.address() as AddressInfo).port;
}

describe("a client", () => {
  it.each<[string, () => Promise<Certificate>, RegExp]>([
    ["that has expired", () => authority.issue({ notBefore: ago(3), notAfter: ago(2) }), /has expired/],
    ["that is not valid yet", () => authority.issue({ notBefore: ago(-2) }), /not valid yet.*clocks/],
    [
      "for another host",
      () => authority.issue({ subjectAltNames: [{ type: "dns", value: "shop.example" }] }),
      /not for this address \(.*DNS:shop\.example.*"tls\.servername"/,
    ],
    [
      "with the host in its common name alone",
      () => authority.issue({ subjectAltNames: [] }),
      /not for this address \(it has no subject alternative name/,
    ],
    ...(["email:desk@shop.example", "ip:192.0.2.7", "url:spiffe://shop/desk"] as const).map(
      (name): [string, () => Promise<Certificate>, RegExp] => {
        const [type, value] = name.split(/:(.*)/s) as ["email" | "ip" | "url", string];
        const issue = () => authority.issue({ commonName: "localhost", subjectAltNames: [{ type, value }] });
        return [`with the host in its common name beside ${name}`, issue, /not for this address/];
      },
    ),
    ["of an authority that it doesn't know", () => other.issue(), /authority that is not trusted here.*"tls\.ca"/],
    ["that is self-signed", () => selfSigned(), /self-signed.*"tls\.ca"/],
    ["that is not for servers", () => authority.issue({ usages: [CLIENT_AUTH] }), /serverAuth/],
    ["that is signed with SHA-1", () => authority.issue({ hash: "SHA-1" }), /too weak.*SHA-256/],
  ])("row 114: refuses a daemon's certificate %s", async (_, make, sentence) => {
    const { cert, key: privateKey } = await make();
    await using server = await tlsServer({ cert, key: privateKey, ciphers: "DEFAULT@SECLEVEL=0" });
    expect(await failureAt(server.port)).toMatchObject({
      name: "ConnectionError",
      code: "HW_TLS_FAILED",
      delivery: "not-sent",
      retryable: false,
      message: expect.stringMatching(sentence),
      cause: expect.objectContaining({ code: expect.any(String) }),
    });
    expect(server.upgrades()).toBe(0);
  });

  it("row 114: accepts a daemon's certificate that is right", async () => {
    await using server = await tlsServer({ cert: own.cert, key: own.key });
    expect(await failureAt(server.port)).toMatchObject(trusted);
    expect(await failureAt(server.port, { host: "127.0.0.1" })).toMatchObject(trusted);
    expect(server.upgrades()).toBe(2);
  });

  it("row 114: accepts a self-signed certificate that it was given", async () => {
    const alone = await selfSigned();
    await using server = await tlsServer({ cert: alone.cert, key: alone.key });
    expect(await failureAt(server.port, { tls: { ca: alone.cert } })).toMatchObject(trusted);
  });

  it("row 114: accepts a certificate for the name that it was told, and for no other", async () => {
    const { cert, key: privateKey } = await authority.issue({
      subjectAltNames: [{ type: "dns", value: "shop.example" }],
    });
    await using server = await tlsServer({ cert, key: privateKey });
    const tls = { ca: authority.cert, servername: "shop.example" };
    expect(await failureAt(server.port, { tls })).toMatchObject(trusted);
    const wrong = { ...tls, servername: "localhost" };
    expect(await failureAt(server.port, { tls: wrong })).toMatchObject({ code: "HW_TLS_FAILED" });
  });

  it.each(["TLSv1.1", "TLSv1.2"] as const)("row 114: refuses %s", async (maxVersion) => {
    await using server = await tlsServer({
      cert: own.cert,
      key: own.key,
      minVersion: "TLSv1",
      maxVersion,
      ciphers: "DEFAULT@SECLEVEL=0",
    });
    expect(await failureAt(server.port)).toMatchObject({
      code: "HW_TLS_FAILED",
      message: expect.stringContaining('"tls.minVersion"'),
    });
    const older = await failureAt(server.port, { tls: { ca: authority.cert, minVersion: "TLSv1.2" } });
    expect(older).toMatchObject(maxVersion === "TLSv1.2" ? trusted : { code: "HW_TLS_FAILED" });
  });

  it("row 114: refuses TLS 1.2 from the entry for any runtime too", async () => {
    await using server = await tlsServer({ cert: own.cert, key: own.key, maxVersion: "TLSv1.2" });
    const failed = connectAnywhere(`wss://localhost:${server.port}/desk`, { key });
    await expect(failed).rejects.toMatchObject({ code: "HW_CONNECT_FAILED", cause: { code: "EPROTO" } });
  });

  it("S24: says so when there is no TLS at the other end", async () => {
    const server = createHttpServer();
    const port = await listening(server);
    expect(await failureAt(port)).toMatchObject({
      code: "HW_TLS_FAILED",
      message: expect.stringMatching(/no TLS is spoken there.* use ws:\/\/localhost/),
    });
    server.close();
  });

  it("S24: says so when the other end hangs up before TLS is up", async () => {
    const server = createTcpServer((socket) => socket.destroy());
    const port = await listening(server);
    expect(await failureAt(port)).toMatchObject({
      code: "HW_CONNECT_FAILED",
      retryable: true,
      message: expect.stringMatching(/hung up before TLS was up.* use ws:\/\/localhost/),
    });
    server.close();
  });

  it("S24: says so when it speaks plain text to TLS", async () => {
    await using server = await tlsServer({ cert: own.cert, key: own.key });
    const failed = connect(`ws://localhost:${server.port}/desk`, { key });
    await expect(failed).rejects.toMatchObject({
      code: "HW_CONNECT_FAILED",
      message: expect.stringMatching(/If it has TLS, use wss:\/\/localhost/),
    });
  });
});

describe("the checks of certificates", () => {
  it("row 113, S24: are not switched off by the environment: wss: is refused before it is dialled", async () => {
    vi.stubEnv("NODE_TLS_REJECT_UNAUTHORIZED", "0");
    const alone = await selfSigned();
    await using server = await tlsServer({ cert: alone.cert, key: alone.key });
    for (const tls of [{}, { ca: alone.cert }]) {
      expect(await failureAt(server.port, { tls })).toMatchObject({
        name: "ConfigError",
        code: "HW_OPTION_INVALID",
        message: expect.stringMatching(/^"NODE_TLS_REJECT_UNAUTHORIZED" must not be 0/),
      });
    }
    await expect(connect(`wss://localhost:${server.port}/desk`, { key })).rejects.toMatchObject({
      code: "HW_OPTION_INVALID",
    });
    expect(server.resumed).toEqual([]);
  });

  it("row 113: are not switched off by the environment in the entry for any runtime", async () => {
    vi.stubEnv("NODE_TLS_REJECT_UNAUTHORIZED", "0");
    const alone = await selfSigned();
    await using server = await tlsServer({ cert: alone.cert, key: alone.key });
    const failed = connectAnywhere(`wss://localhost:${server.port}/desk`, { key });
    await expect(failed).rejects.toMatchObject({ cause: { code: "DEPTH_ZERO_SELF_SIGNED_CERT" } });
    expect(server.upgrades()).toBe(0);
  });

  it("row 113: are not switched off by an option of Node's", async () => {
    const alone = await selfSigned();
    await using server = await tlsServer({ cert: alone.cert, key: alone.key });
    const dialled = dialWebSocket(`wss://localhost:${server.port}/`, { nodeOptions: { rejectUnauthorized: false } });
    const recorder = new Recorder();
    dialled.start(recorder);
    expect((await recorder.closed_).error).toMatchObject({ code: "DEPTH_ZERO_SELF_SIGNED_CERT" });
  });

  it.each(["rejectUnauthorized", "checkServerIdentity"])("row 113: have no option %s", async (name) => {
    const tls = { [name]: false } as object;
    expect(await failureAt(1, { tls })).toMatchObject({
      code: "HW_OPTION_INVALID",
      message: expect.stringMatching(`^"tls\\.${name}" is no option here`),
    });
  });
});

describe("a client without TLS", () => {
  it("row 113: is no matter of NODE_TLS_REJECT_UNAUTHORIZED", async () => {
    vi.stubEnv("NODE_TLS_REJECT_UNAUTHORIZED", "0");
    const failed = connect("ws://127.0.0.1:1/desk", { key });
    await expect(failed).rejects.toMatchObject({ code: "HW_CONNECT_FAILED", cause: { code: "ECONNREFUSED" } });
  });

  it("S24: has no use for tls", async () => {
    const failed = connect("ws://127.0.0.1:1/desk", { key, tls: { ca: authority.cert } });
    await expect(failed).rejects.toMatchObject({
      code: "HW_OPTION_INVALID",
      message: expect.stringMatching(/^"tls" must be left out for an address without TLS, got ws:.*: dial wss:/),
    });
  });
});
