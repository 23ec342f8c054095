import { once } from "node:events";
import { createServer as createHttpServer } from "node:http";
import { createServer, type Server, type ServerOptions } from "node:https";
import type { AddressInfo } from "node:net";
import { connect as connectTls, type ConnectionOptions } from "node:tls";
import { afterEach, beforeAll, describe, expect, test, vi } from "vitest";
import WebSocket from "ws";
import { Key } from "../../src/auth/key.js";
import type { HandshakeRequest } from "../../src/daemon/options.js";
import { ConfigError, ConnectionError } from "../../src/errors/hearthwire-error.js";
import { verifyCertificate } from "../../src/node/certificate-checks.js";
import type { ServeOptions } from "../../src/node/serve-options.js";
import type { TlsOptions } from "../../src/node/tls-options.js";
import type { PeerCertificate } from "../../src/transport/peer-certificate.js";
import { type Authority, type Certificate, createAuthority, selfSigned } from "../support/certificates.js";
import { type Desk, ServedDesk } from "./support/tls-desk.js";
import { type LineTls, openTlsConnection } from "./support/tls-line.js";

const MINUTE_MS = 60_000;

let authority: Authority;
let own: Certificate;
let alice: Certificate;

beforeAll(async () => {
  authority = await createAuthority();
  own = await authority.issue();
  alice = await authority.issue({
    commonName: "alice",
    subjectAltNames: [{ type: "url", value: "spiffe://desk/alice" }],
  });
});

afterEach(() => void vi.useRealTimers());

function served(tls: Partial<TlsOptions> = {}, options: ServeOptions = {}): Promise<ServedDesk> {
  const mutual = { cert: own.cert, key: own.key, ca: authority.cert, requestClientCertificate: true };
  return ServedDesk.serve({ ...options, tls: { ...mutual, ...tls } } as ServeOptions);
}

function client({ daemon, key }: ServedDesk, certificate?: Certificate, tls: LineTls = {}) {
  const shown = certificate === undefined ? {} : { cert: certificate.cert, key: certificate.key };
  return openTlsConnection<{ desk: Desk }>(daemon.url(), { key, tls: { ca: authority.cert, ...shown, ...tls } });
}

/** What the daemon says of a client that does not get in, and that it called nothing. */
async function refusal(home: ServedDesk, certificate?: Certificate, tls?: LineTls): Promise<string> {
  await using connection = client(home, certificate, tls);
  await expect(connection.object("desk").whoCalls()).rejects.toBeInstanceOf(ConnectionError);
  // Nor does it work later, on the same connection.
  await expect(connection.object("desk").whoCalls()).rejects.toBeInstanceOf(ConnectionError);
  expect(home.desk.calls).toBe(0);
  expect(home.daemon.sessions.size).toBe(0);
  const { remoteAddress, reason } = await home.refusal();
  expect(remoteAddress).toBe("127.0.0.1");
  return reason;
}

describe("mutual TLS", () => {
  test("S29: a client with a certificate of the authority gets in, and calls know it", async () => {
    await using home = await served();
    await using connection = client(home, alice);
    expect(await connection.object("desk").whoCalls()).toEqual({ principal: "key:office", certificate: "CN=alice" });
  });

  test("S29, row 115: a client without certificate does not get through TLS", async () => {
    await using home = await served();
    expect(await refusal(home)).toMatch(/TLS handshake failed: it has no client certificate/);
  });

  test("S29, row 115: a certificate of another authority does not get through TLS", async () => {
    await using home = await served();
    const other = await createAuthority("Other");
    expect(await refusal(home, await other.issue({ commonName: "alice" }))).toMatch(
      /TLS handshake failed: its certificate is of none of the authorities in "tls\.ca"/,
    );
    expect(await refusal(home, await selfSigned({ commonName: "alice" }))).toMatch(/of none of the authorities/);
    // Of the same name as ours, so that only the signature tells.
    const namesake = await createAuthority();
    expect(await refusal(home, await namesake.issue({ commonName: "alice" }))).toMatch(/of none of the authorities/);
  });

  test("row 115: an expired certificate does not get through TLS, nor one that is not valid yet", async () => {
    await using home = await served();
    const expired = await authority.issue({ commonName: "alice", notAfter: new Date(Date.now() - MINUTE_MS) });
    const early = await authority.issue({ commonName: "alice", notBefore: new Date(Date.now() + MINUTE_MS) });
    expect(await refusal(home, expired)).toMatch(/its certificate has expired/);
    expect(await refusal(home, early)).toMatch(/its certificate is not valid yet/);
  });

  test("row 115: a certificate that is for servers alone does not get through TLS", async () => {
    await using home = await served();
    const forServers = await authority.issue({ usages: ["1.3.6.1.5.5.7.3.1"] });
    expect(await refusal(home, forServers)).toMatch(/its certificate is not meant for clients/);
  });

  test("row 115: a revoked certificate does not get through TLS, its neighbour does", async () => {
    const bob = await authority.issue({ commonName: "bob" });
    await using home = await served({ crl: await authority.revoke(bob) });
    expect(await refusal(home, bob)).toMatch(/its certificate is revoked by a list of "tls\.crl"/);
    await using connection = client(home, alice);
    expect(await connection.object("desk").whoCalls()).toMatchObject({ certificate: "CN=alice" });
  });

  test("row 115: where there are revocation lists, an authority without one vouches for nobody", async () => {
    const second = await createAuthority("Second");
    await using home = await served({ ca: [authority.cert, second.cert], crl: [await authority.revoke()] });
    expect(await refusal(home, await second.issue({ commonName: "carol" }))).toMatch(/"tls\.crl" has no list/);
    await using connection = client(home, alice);
    expect(await connection.object("desk").whoCalls()).toMatchObject({ certificate: "CN=alice" });
  });

  test.each(["TLSv1.3", "TLSv1.2"] as const)("row 115: no TLS session is ever resumed (%s)", async (minVersion) => {
    await using home = await served({ minVersion });
    const { cert, key } = alice;
    const options = { port: home.port, host: "127.0.0.1", ca: authority.cert, cert, key, maxVersion: minVersion };
    expect(await isResumed({ ...options, session: await tlsSession(options) })).toBe(false);
  });

  test("row 115: a certificate revoked by a reload does not come back by a resumed TLS session", async () => {
    await using home = await served({ crl: await authority.revoke() });
    const { cert, key } = alice;
    const session = await tlsSession({ port: home.port, host: "127.0.0.1", ca: authority.cert, cert, key });
    await home.daemon.reloadTls({ crl: await authority.revoke(alice) });
    expect(await refusal(home, alice, { session })).toMatch(/its certificate is revoked/);
  });
});

describe("verifyPeer of a daemon", () => {
  test("S44: sees the certificate of each line before its HELLO is answered", async () => {
    const seen: PeerCertificate[] = [];
    let isRunning = false;
    await using home = await served({
      verifyPeer: async (certificate) => {
        isRunning = true;
        seen.push(certificate);
        await new Promise((resolve) => setImmediate(resolve));
        isRunning = false;
      },
    });
    home.daemon.on("accepted", () => expect(isRunning).toBe(false));
    for (const count of [1, 2]) {
      await using connection = client(home, alice);
      expect(await connection.object("desk").whoCalls()).toMatchObject({ certificate: "CN=alice" });
      expect(seen.length).toBe(count);
    }
    expect(seen[0]).toMatchObject({
      commonName: "alice",
      subjectAltNames: ["URI:spiffe://desk/alice"],
      fingerprint256: alice.x509.fingerprint256,
    });
    expect(Object.isFrozen(seen[0])).toBe(true);
  });

  test.each<[string, NonNullable<TlsOptions["verifyPeer"]>]>([
    [
      "throws",
      () => {
        throw new Error("not on the list");
      },
    ],
    ["rejects", () => Promise.reject(new Error("not on the list"))],
    ["expects another", verifyCertificate({ subjectAltName: "URI:spiffe://desk/bob" })],
    ["answers false", (() => false) as never],
  ])("S44: refuses whom it %s, and the daemon's event says why", async (_, verifyPeer) => {
    const onHandshake = vi.fn();
    await using home = await served({ verifyPeer }, { onHandshake });
    expect(await refusal(home, alice)).toMatch(
      /^"tls\.verifyPeer" refused the certificate [0-9A-F]+ of CN=alice: (not on the list|.*"subjectAltName".*|it gave false)$/,
    );
    expect(onHandshake).not.toHaveBeenCalled();
  });

  test("S44: its refusal looks to the peer like that of an unknown key", async () => {
    await using picky = await served({ verifyPeer: () => Promise.reject(new Error("no")) });
    await using open = await served();
    const unknown = { daemon: open.daemon, key: Key.generate({ id: "unknown" }) } as ServedDesk;
    const messages = [];
    for (const home of [picky, unknown]) {
      await using connection = client(home, alice);
      const error = (await connection
        .object("desk")
        .whoCalls()
        .catch((thrown: unknown) => thrown)) as Error;
      messages.push(error.message.replaceAll(/127\.0\.0\.1:\d+/g, "there"));
    }
    expect(messages[0]).toBe(messages[1]);
    expect(await closedWith(picky)).toEqual({ code: 4401, reason: "" });
    expect(await closedWith(open)).toEqual({ code: 4401, reason: "" });
  });

  test("S44: one that never answers lets nobody in, and holds nobody up", async () => {
    vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
    let asked!: () => void;
    const isAsked = new Promise<void>((resolve) => (asked = resolve));
    await using home = await served({
      verifyPeer: ({ commonName }) => {
        if (commonName !== "alice") return;
        asked();
        return new Promise(() => {});
      },
    });
    await using stuck = client(home, alice);
    const answer = stuck
      .object("desk")
      .whoCalls()
      .catch((error: unknown) => error);
    await isAsked;
    await using connection = client(home, await authority.issue({ commonName: "bob" }));
    expect(await connection.object("desk").whoCalls()).toMatchObject({ certificate: "CN=bob" });
    await vi.advanceTimersByTimeAsync(5_000);
    expect((await home.refusal()).reason).toMatch(/did not prove itself within 5 s/);
    await stuck.close();
    expect(await answer).toBeInstanceOf(ConnectionError);
  });
});

describe("the client's certificate in the daemon's hooks", () => {
  test("S44: onHandshake gets it, and its refusal leaves nothing usable", async () => {
    const known = new Set([alice.x509.fingerprint256]);
    const requests: HandshakeRequest[] = [];
    const onHandshake = (request: HandshakeRequest): void => {
      requests.push(request);
      if (!known.has(request.peerCertificate?.fingerprint256 ?? "")) throw new Error("we do not know you");
    };
    await using home = await served({}, { onHandshake });
    const bob = await authority.issue({ commonName: "bob" });
    expect(await refusal(home, bob)).toMatch(/we do not know you/);
    await using connection = client(home, alice);
    expect(await connection.object("desk").whoCalls()).toMatchObject({ certificate: "CN=alice" });
    expect(requests.map(({ peerCertificate }) => peerCertificate?.commonName)).toEqual(["bob", "alice"]);
  });

  test("S44: there is none where no certificate was asked for, whatever the client would show", async () => {
    const onHandshake = vi.fn();
    await using home = await served({ requestClientCertificate: false }, { onHandshake });
    await using connection = client(home, alice);
    expect(await connection.object("desk").whoCalls()).toMatchObject({ certificate: undefined });
    expect(onHandshake.mock.calls[0]).toEqual([expect.not.objectContaining({ peerCertificate: expect.anything() })]);
  });
});

describe("a daemon attached to an https server", () => {
  test("S29: knows the certificates that the server verified", async () => {
    await using home = await attached({ requestCert: true, ca: authority.cert });
    await using connection = client(home, alice);
    expect(await connection.object("desk").whoCalls()).toMatchObject({ certificate: "CN=alice" });
  });

  test("S29: does not know those that the server only lets pass", async () => {
    await using home = await attached({ requestCert: true, rejectUnauthorized: false, ca: authority.cert });
    const mallory = await selfSigned({ commonName: "alice" });
    await using connection = client(home, mallory);
    expect(await connection.object("desk").whoCalls()).toMatchObject({ certificate: undefined });
  });

  test("S44: asks verifyPeer, and refuses whoever has no certificate that was verified", async () => {
    const verifyPeer = verifyCertificate({ commonName: "alice" });
    await using home = await attached(
      { requestCert: true, rejectUnauthorized: false, ca: authority.cert },
      { verifyPeer },
    );
    const mallory = await selfSigned({ commonName: "alice" });
    expect(await refusal(home, mallory)).toMatch(/has no certificate that TLS verified/);
    expect(await refusal(home)).toMatch(/has no certificate that TLS verified/);
    expect(await refusal(home, await authority.issue({ commonName: "bob" }))).toMatch(
      /"commonName".*: alice, it has bob/,
    );
    await using connection = client(home, alice);
    expect(await connection.object("desk").whoCalls()).toMatchObject({ certificate: "CN=alice" });
  });

  test("row 115: a resumed TLS session does not outlive the certificate", async () => {
    await using home = await attached({ requestCert: true, ca: authority.cert });
    const { cert, key } = alice;
    const line = { port: home.port, host: "127.0.0.1", ca: authority.cert, cert, key };
    const session = await tlsSession(line);
    expect(await isResumed({ ...line, session })).toBe(true);
    vi.useFakeTimers({ toFake: ["Date"], now: Date.parse(alice.x509.validTo) + 1 });
    expect(await refusal(home, alice, { session })).toMatch(/^the peer's certificate is valid from .* to .* only$/);
  });

  test("S21: its own TLS is the server's, and without TLS there are no certificates", async () => {
    const server = createServer();
    const given = (tls: object): Promise<unknown> =>
      ServedDesk.serve({ server, path: "/rpc", tls } as ServeOptions).catch((error: unknown) => error);
    expect(await given({ cert: own.cert, key: own.key })).toMatchObject({
      message: expect.stringMatching(
        /^"tls\.cert" is no option here; there are tls\.certificateSubject, tls\.verifyPeer/,
      ),
    });
    const plain = ServedDesk.serve({ server: createHttpServer(), path: "/rpc", tls: { verifyPeer: () => {} } });
    await expect(plain).rejects.toBeInstanceOf(ConfigError);
    await expect(plain).rejects.toThrow(/"server" must be one of node:https, got one without TLS/);
  });

  test("row 113: is refused where the environment switches the checks of certificates off", async () => {
    vi.stubEnv("NODE_TLS_REJECT_UNAUTHORIZED", "0");
    try {
      await expect(ServedDesk.serve({ server: createServer(), path: "/rpc" })).rejects.toThrow(
        /^"NODE_TLS_REJECT_UNAUTHORIZED" must not be 0/,
      );
    } finally {
      vi.unstubAllEnvs();
    }
  });
});

async function attached(server: ServerOptions, tls?: { verifyPeer: TlsOptions["verifyPeer"] }): Promise<ServedDesk> {
  const https: Server = createServer({ cert: own.cert, key: own.key, ...server });
  https.listen(0, "127.0.0.1");
  await once(https, "listening");
  const home = await ServedDesk.serve({ server: https, path: "/", ...(tls && { tls }) });
  void home.daemon.closed.then(() => {
    https.closeAllConnections();
    https.close();
  });
  expect(home.port).toBe((https.address() as AddressInfo).port);
  return home;
}

/** What a TLS connection could be resumed by. */
async function tlsSession(options: ConnectionOptions): Promise<Buffer> {
  const socket = connectTls(options);
  const [session] = (await once(socket, "session")) as [Buffer];
  socket.destroy();
  return session;
}

async function isResumed(options: ConnectionOptions): Promise<boolean> {
  const socket = connectTls(options);
  await once(socket, "secureConnect");
  const isReused = socket.isSessionReused();
  socket.destroy();
  return isReused;
}

/** How a daemon closes on a HELLO that is none. */
async function closedWith({ daemon }: ServedDesk): Promise<{ code: number; reason: string }> {
  const { cert, key } = alice;
  const socket = new WebSocket(daemon.url(), ["hearthwire.v1"], { ca: authority.cert, cert, key });
  await once(socket, "open");
  socket.send(Buffer.alloc(200));
  const [code, reason] = (await once(socket, "close")) as [number, Buffer];
  return { code, reason: reason.toString() };
}
