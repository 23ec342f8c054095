import { beforeAll, describe, expect, it } from "vitest";
import { Key } from "../../src/auth/key.js";
import type { ClientTlsOptions } from "../../src/node/client-tls-options.js";
import { verifyCertificate } from "../../src/node/certificate-checks.js";
import { connect, openConnection } from "../../src/node/connect.js";
import type { NodeConnectOptions } from "../../src/node/node-connect-options.js";
import { callContext } from "../../src/objects/call-context.js";
import type { PeerCertificate } from "../../src/transport/peer-certificate.js";
import { type Authority, type Certificate, createAuthority } from "../support/certificates.js";
import { type DeskApp, serveDesk } from "./support/desk.js";
import { tlsServer } from "./support/tls-server.js";

const key = Key.generate({ id: "office" });
const HOUR_MS = 3_600_000;

let authority: Authority;
let own: Certificate;
let alice: Certificate;
let mallory: Certificate;

beforeAll(async () => {
  authority = await createAuthority();
  own = await authority.issue({ commonName: "warehouse", serialNumber: "4f029a" });
  alice = await authority.issue({ commonName: "alice" });
  mallory = await (await createAuthority("Other authority")).issue({ commonName: "alice" });
});

const identity = ({ cert, key: privateKey }: Certificate) => ({ cert, key: privateKey });

/** How a client that knows the authority connects. */
function trusting(tls: ClientTlsOptions = {}): NodeConnectOptions {
  return { key, isolated: true, tls: { ca: authority.cert, ...tls } };
}

/** Everything that a promise rejects with. */
function failure(promise: PromiseLike<unknown>): Promise<Error> {
  return Promise.resolve(promise).then(
    () => expect.unreachable(),
    (error: Error) => error,
  );
}

describe("verifyPeer of a client", () => {
  it("S27: sees the daemon's certificate, which TLS has verified, and may be asynchronous", async () => {
    await using served = await serveDesk({ keys: key, tls: identity(own) });
    const seen: PeerCertificate[] = [];
    const verifyPeer = async (certificate: PeerCertificate) => void seen.push(certificate);
    await using connection = openConnection<DeskApp>(served.url(), trusting({ verifyPeer }));
    expect(await connection.object("desk").whoami()).toBe("key:office");
    expect(seen).toEqual([
      expect.objectContaining({ commonName: "warehouse", fingerprint256: own.x509.fingerprint256 }),
    ]);
  });

  it.each<[string, ClientTlsOptions["verifyPeer"]]>([
    [
      "throws",
      () => {
        throw new Error("not this warehouse");
      },
    ],
    ["rejects", () => Promise.reject(new Error("not this warehouse"))],
  ])("S28: when it %s nothing has been sent, and later calls fail too", async (_, verifyPeer) => {
    await using server = await tlsServer(identity(own));
    const connection = openConnection<DeskApp>(`wss://localhost:${server.port}`, trusting({ verifyPeer }));
    const refusal = {
      name: "ConnectionError",
      code: "HW_REFUSED",
      delivery: "not-sent",
      message: expect.stringMatching(/^"tls\.verifyPeer" refused wss:.*: not this warehouse$/),
      cause: new Error("not this warehouse"),
    };
    const desk = connection.object("desk");
    expect(await failure(desk.whoami())).toMatchObject(refusal);
    await connection.closed;
    expect(await failure(desk.whoami())).toMatchObject(refusal);
    expect(await failure(connection.ready)).toMatchObject(refusal);
    expect([server.upgrades(), server.messages()]).toEqual([1, 0]);
  });

  it("S28: nothing is sent while it thinks", async () => {
    await using server = await tlsServer(identity(own));
    let decide = (): void => undefined;
    const asked = new Promise<void>((begun) => {
      const verifyPeer = () => {
        begun();
        return new Promise<void>((resolve) => (decide = resolve));
      };
      void openConnection(`wss://localhost:${server.port}`, trusting({ verifyPeer }));
    });
    await asked;
    expect(server.messages()).toBe(0);
    decide();
    await expect.poll(() => server.messages()).toBe(1);
  });

  it("S27: one that never answers is given up with the connection", async () => {
    await using server = await tlsServer(identity(own));
    const verifyPeer = () => new Promise<void>(() => undefined);
    const options = { ...trusting({ verifyPeer }), connectTimeoutMs: 300 };
    expect(await failure(connect(`wss://localhost:${server.port}/desk`, options))).toMatchObject({
      code: "HW_CONNECT_TIMEOUT",
    });
    expect(server.messages()).toBe(0);
  });

  it.each<[string, Parameters<typeof verifyCertificate>[0]]>([
    ["serialNumber", { serialNumber: "4F:02:9B" }],
    ["commonName", { commonName: "shop" }],
    ["subjectAltName", { subjectAltName: "DNS:shop.example" }],
    ["fingerprint256", { fingerprint256: "00".repeat(32) }],
    ["spkiSha256", { spkiSha256: "00".repeat(32) }],
  ])("S43: verifyCertificate refuses a daemon of another %s, and accepts its own", async (name, expected) => {
    await using served = await serveDesk({ keys: key, tls: identity(own) });
    const certificates: PeerCertificate[] = [];
    const first = trusting({ verifyPeer: (certificate) => void certificates.push(certificate) });
    await using known = openConnection<DeskApp>(served.url(), first);
    await known.ready;
    const wrong = trusting({ verifyPeer: verifyCertificate(expected) });
    expect(await failure(connect(served.daemon.url("desk"), wrong))).toMatchObject({
      code: "HW_REFUSED",
      message: expect.stringContaining(`"${name}"`),
    });
    const [certificate] = certificates;
    const right = {
      serialNumber: certificate!.serialNumber,
      commonName: "warehouse",
      subjectAltName: "DNS:localhost",
      fingerprint256: own.x509.fingerprint256,
      spkiSha256: certificate!.spkiSha256,
    };
    await using accepted = openConnection(served.url(), trusting({ verifyPeer: verifyCertificate(right) }));
    await accepted.ready;
  });
});

describe("the daemon's certificate", () => {
  it("S44: is in the client's onHandshake, which refuses the connection by throwing", async () => {
    await using served = await serveDesk({ keys: key, tls: identity(own) });
    const names: unknown[] = [];
    await using connection = openConnection<DeskApp>(served.url(), {
      ...trusting(),
      onHandshake: ({ peerCertificate }) => void names.push(peerCertificate?.commonName),
    });
    await connection.ready;
    expect(names).toEqual(["warehouse"]);
    const refused = connect(served.daemon.url("desk"), {
      ...trusting(),
      onHandshake: ({ peerCertificate }) => {
        if (peerCertificate?.commonName !== "shop") throw new Error("another one");
      },
    });
    expect(await failure(refused)).toMatchObject({
      code: "HW_REFUSED",
      message: expect.stringContaining("another one"),
    });
  });

  it("S44: is in callContext() of what the daemon calls back", async () => {
    await using served = await serveDesk({ keys: key, tls: identity(own) });
    await using connection = openConnection<DeskApp>(served.url(), trusting());
    const answer = await connection.object("desk").ask(() => callContext().peerCertificate?.commonName);
    expect(answer).toBe("warehouse");
  });

  it("S44: is not there without TLS", async () => {
    await using served = await serveDesk({ keys: key });
    const seen: unknown[] = [];
    await using connection = openConnection<DeskApp>(served.url(), {
      key,
      isolated: true,
      onHandshake: ({ peerCertificate }) => void seen.push(peerCertificate),
    });
    expect(await connection.object("desk").ask(() => callContext().peerCertificate === undefined)).toBe(true);
    expect(seen).toEqual([undefined]);
  });
});

describe("a daemon that asks for client certificates", () => {
  const mutual = () => ({ keys: key, tls: { ...identity(own), ca: authority.cert, requestClientCertificate: true } });

  it("row 115: takes a client with one, whose key may be encrypted", async () => {
    await using served = await serveDesk(mutual());
    const passphrases: string[] = [];
    const passphrase = async () => {
      passphrases.push("asked");
      return "open sesame";
    };
    const tls = { cert: alice.cert, key: alice.encryptedKey("open sesame"), passphrase };
    await using connection = openConnection<DeskApp>(served.url(), trusting(tls));
    expect(await connection.object("desk").whoami()).toBe("key:office");
    expect(passphrases).toEqual(["asked"]);
  });

  it("row 115: turns a client without one away, who is told what is missing", async () => {
    await using served = await serveDesk(mutual());
    expect(await failure(connect(served.daemon.url("desk"), trusting()))).toMatchObject({
      code: "HW_TLS_FAILED",
      message: expect.stringMatching(/asks for a client certificate: give "tls\.cert" and "tls\.key"$/),
    });
    expect(served.desk.calls).toBe(0);
  });

  it("row 115: turns a client of another authority away, who is told what to look at", async () => {
    await using served = await serveDesk(mutual());
    expect(await failure(connect(served.daemon.url("desk"), trusting(identity(mallory))))).toMatchObject({
      code: "HW_CONNECT_FAILED",
      message: expect.stringMatching(/don't accept the one in "tls\.cert"/),
    });
    expect(served.desk.calls).toBe(0);
  });

  it("row 115: turns a client away whose certificate is on the list of those revoked", async () => {
    const revoked = await authority.issue({ commonName: "bob" });
    const { keys, tls } = mutual();
    await using served = await serveDesk({ keys, tls: { ...tls, crl: await authority.revoke(revoked) } });
    expect(await failure(connect(served.daemon.url("desk"), trusting(identity(revoked))))).toMatchObject({
      code: "HW_CONNECT_FAILED",
      message: expect.stringMatching(/not revoked\?$/),
    });
    await using connection = openConnection<DeskApp>(served.url(), trusting(identity(alice)));
    expect(await connection.object("desk").whoami()).toBe("key:office");
  });
});

describe("a client's own certificate", () => {
  it.each<[string, RegExp, () => ClientTlsOptions | Promise<ClientTlsOptions>]>([
    ["with another one's key", /^"tls\.key" must be the private key/, () => ({ cert: alice.cert, key: own.key })],
    ["without its key", /^"tls\.key" must be given/, () => ({ cert: alice.cert })],
    ["as a key alone", /^"tls\.cert" must be given/, () => ({ key: alice.key })],
    ["that is none", /^"tls\.cert" must hold PEM/, () => ({ cert: "hunter2", key: alice.key })],
    [
      "in a file that isn't there",
      /^"tls\.cert" can't be read/,
      () => ({ cert: { file: "/nowhere" }, key: alice.key }),
    ],
    ["without its passphrase", /^"tls\.passphrase"/, () => ({ cert: alice.cert, key: alice.encryptedKey("hunter2") })],
    [
      "with a wrong passphrase",
      /^"tls\.passphrase"/,
      () => ({ cert: alice.cert, key: alice.encryptedKey("hunter2"), passphrase: "hunter3" }),
    ],
    [
      "that has expired",
      /^"tls\.cert" must not have expired/,
      async () => {
        const notBefore = new Date(Date.now() - 3 * HOUR_MS);
        const expired = await authority.issue({ notBefore, notAfter: new Date(Date.now() - HOUR_MS) });
        return identity(expired);
      },
    ],
    ["that OpenSSL finds too weak", /too weak/, async () => identity(await authority.issue({ hash: "SHA-1" }))],
    ["beside authorities that are none", /^"tls\.ca" must hold/, () => ({ ...identity(alice), ca: "hunter2" })],
    [
      "with a binding that TLS 1.2 doesn't have",
      /^"tls\.minVersion" must be TLSv1\.3/,
      () => ({ requireChannelBinding: true, minVersion: "TLSv1.2" }),
    ],
  ])("row 115: %s is refused before anything is dialled", async (_, sentence, make) => {
    await using server = await tlsServer(identity(own));
    const failed = await failure(connect(`wss://localhost:${server.port}/desk`, trusting(await make())));
    expect(failed).toMatchObject({ name: "ConfigError", code: "HW_OPTION_INVALID" });
    expect(failed.message).toMatch(sentence);
    expect(failed.message).not.toContain("hunter");
    expect(server.resumed).toEqual([]);
  });
});

it("row 115: no TLS session is resumed, under another name least of all, which would skip the certificate", async () => {
  const ticketKeys = Buffer.alloc(48, 7);
  const other = await authority.issue({ subjectAltNames: [{ type: "dns", value: "shop.example" }] });
  await using right = await tlsServer({ ...identity(own), ticketKeys });
  await using wrong = await tlsServer({ ...identity(other), ticketKeys });
  const options = { ...trusting(), connectTimeoutMs: 300 };
  for (let time = 0; time < 2; time++) await failure(connect(`wss://localhost:${right.port}/desk`, options));
  expect(right.resumed).toEqual([false, false]);
  expect(await failure(connect(`wss://localhost:${wrong.port}/desk`, options))).toMatchObject({
    code: "HW_TLS_FAILED",
  });
  expect(wrong.upgrades()).toBe(0);
});

it("S27: connections with the same TLS share a line, those with another value of it don't", async () => {
  await using served = await serveDesk({ keys: key, tls: identity(own) });
  const tls = { ca: authority.cert };
  await using first = openConnection(served.url(), { key, tls, lingerMs: 0 });
  await using second = openConnection(served.url(), { key, tls, lingerMs: 0 });
  await using third = openConnection(served.url(), { key, tls: { ...tls }, lingerMs: 0 });
  const all = [first, second, third];
  await Promise.all(all.map(({ ready }) => ready));
  const sessions = all.map(({ state }) => state.status === "connected" && state.sessionId);
  expect(sessions[1]).toBe(sessions[0]);
  expect(sessions[2]).not.toBe(sessions[0]);
});
