import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { TLSSocket } from "node:tls";
import { afterEach, beforeAll, describe, expect, it, vi } from "vitest";
import { WebSocket } from "ws";
import { ClientHandshake } from "../../src/auth/client-handshake.js";
import { Key, scheduleOf } from "../../src/auth/key.js";
import { KeyRing } from "../../src/auth/key-ring.js";
import { transcriptHash } from "../../src/auth/key-schedule.js";
import { mintTicket } from "../../src/auth/ticket.js";
import { connect as connectAnywhere } from "../../src/client/default-connect.js";
import type { ClientTlsOptions } from "../../src/node/client-tls-options.js";
import { connect, openConnection } from "../../src/node/connect.js";
import type { NodeConnectOptions } from "../../src/node/node-connect-options.js";
import type { TlsOptions } from "../../src/node/tls-options.js";
import { tlsSecurity } from "../../src/node/tls-security.js";
import { encodeConfirm } from "../../src/wire/confirm.js";
import { type Authority, type Certificate, createAuthority } from "../support/certificates.js";
import { type DeskApp, type DeskDaemon, serveDesk } from "./support/desk.js";
import { endTls, type Relay, splitTls } from "./support/relay.js";
import { tlsServer } from "./support/tls-server.js";

const key = Key.generate({ id: "office" });
const strict = Key.generate({ id: "strict", requireChannelBinding: true });

let authority: Authority;
let own: Certificate;
let alice: Certificate;
let mallory: Certificate;

beforeAll(async () => {
  authority = await createAuthority();
  own = await authority.issue({ commonName: "warehouse" });
  alice = await authority.issue({ commonName: "alice" });
  mallory = await authority.issue({ commonName: "mallory" });
});

afterEach(() => vi.unstubAllEnvs());

const identity = ({ cert, key: privateKey }: Certificate) => ({ cert, key: privateKey });

function trusting(tls: ClientTlsOptions = {}, credential: NodeConnectOptions = { key }): NodeConnectOptions {
  return { ...credential, isolated: true, tls: { ca: authority.cert, ...tls } };
}

function failure(promise: PromiseLike<unknown>): Promise<Error> {
  return Promise.resolve(promise).then(
    () => expect.unreachable(),
    (error: Error) => error,
  );
}

/** A daemon that is reached through somebody on the way, who holds a certificate that clients accept. */
async function behind(relay: Relay, tls?: TlsOptions): Promise<DeskDaemon> {
  const served = await serveDesk({
    keys: new KeyRing([key, strict]),
    publicUrl: `wss://localhost:${relay.port}`,
    ...(tls && { tls }),
  });
  relay.target = Number(served.daemon.address.port);
  return served;
}

describe("a man in the middle with a certificate that the client accepts", () => {
  /** He has one of the authority that everybody trusts. */
  const inTheMiddle = () => splitTls(mallory, { ca: authority.cert });

  it("row 38: reads along where handshakes are not bound", async () => {
    await using relay = await inTheMiddle();
    await using served = await behind(relay, identity(own));
    await using connection = openConnection<DeskApp>(`wss://localhost:${relay.port}`, trusting());
    expect(await connection.object("desk").whoami()).toBe("key:office");
    expect(relay.down().toString("latin1")).toContain("key:office");
    expect(served.refusals).toEqual([]);
  });

  it.each<[string, () => NodeConnectOptions]>([
    ["requireChannelBinding of the client", () => trusting({ requireChannelBinding: true })],
    ["requireChannelBinding of the key", () => trusting({}, { key: strict })],
  ])("row 38: is found out by %s, on both ends, and no call runs", async (_, options) => {
    await using relay = await inTheMiddle();
    await using served = await behind(relay, identity(own));
    const connection = openConnection<DeskApp>(`wss://localhost:${relay.port}`, options());
    expect(await failure(connection.object("desk").whoami())).toMatchObject({
      code: "HW_REFUSED",
      delivery: "not-sent",
      message: expect.stringContaining("could not prove that it holds the key"),
    });
    expect(served.desk.calls).toBe(0);
    await expect.poll(() => served.refusals.length).toBe(1);
  });

  it.each([true, false])(
    "row 38: gets 4401 for CONFIRM of a client that passes over WELCOME (bound: %s)",
    async (isBound) => {
      await using relay = await inTheMiddle();
      await using served = await behind(relay, identity(own));
      const line = new WebSocket(`wss://localhost:${relay.port}/`, ["hearthwire.v1"], { ca: authority.cert });
      const binding = new Promise<Uint8Array | undefined>((resolve) =>
        line.once("upgrade", ({ socket }) => resolve(tlsSecurity(socket as TLSSocket).channelBinding)),
      );
      const opened = new Promise((resolve) => line.once("open", resolve));
      const channelBinding = isBound ? ((await binding) as Uint8Array) : undefined;
      await opened;
      const audience = `wss://localhost:${relay.port}`;
      const { hello } = new ClientHandshake({
        credential: { method: 1, key },
        audience,
        serializers: [1],
        maxFrameBytes: 65_536,
        channelBinding,
      });
      const closed = new Promise((resolve) => line.once("close", resolve));
      line.once("message", (welcome: Buffer) => {
        const transcript = transcriptHash(hello, welcome.subarray(0, -32), channelBinding ?? new Uint8Array(0));
        const confirm = encodeConfirm(0);
        scheduleOf(key).handshakeKeys(transcript).clientToServer.sign(confirm);
        line.send(confirm);
        if (!isBound) line.close();
      });
      line.send(hello);
      expect(await closed).toBe(isBound ? 4401 : 1005);
      expect(served.refusals.filter((reason) => reason.startsWith("CONFIRM")).length).toBe(isBound ? 1 : 0);
    },
  );

  it("row 38: can't pass a certificate on that authenticates its client, not even with one of his own", async () => {
    await using relay = await splitTls(mallory, { ca: authority.cert, ...identity(mallory) });
    await using served = await behind(relay, {
      ...identity(own),
      ca: authority.cert,
      requestClientCertificate: true,
      certificateSubject: ({ commonName }) => commonName,
    });
    const options = trusting(identity(alice), {});
    expect(await failure(connect(`wss://localhost:${relay.port}/desk`, options))).toMatchObject({ code: "HW_REFUSED" });
    expect(served.refusals).toEqual([expect.stringContaining("what this TLS connection exports")]);
  });
});

describe("channel binding", () => {
  it("row 38: binds a handshake where nobody stands between", async () => {
    await using served = await serveDesk({ keys: strict, tls: identity(own) });
    await using byKey = openConnection<DeskApp>(served.url(), trusting({}, { key: strict }));
    expect(await byKey.object("desk").whoami()).toBe("key:strict");
    await using byOption = openConnection<DeskApp>(
      served.url(),
      trusting({ requireChannelBinding: true }, { key: Key.from(strict.export(), { id: "strict" }) }),
    );
    expect(await byOption.object("desk").whoami()).toBe("key:strict");
  });

  it("row 38: is demanded by the daemon of a client that has the key without the rule", async () => {
    await using served = await serveDesk({ keys: strict, tls: identity(own) });
    const lax = Key.from(strict.export(), { id: "strict" });
    const failed = await failure(connect(served.daemon.url("desk"), trusting({}, { key: lax })));
    expect(failed).toMatchObject({ code: "HW_REFUSED", message: expect.stringContaining("channel binding") });
    expect(served.refusals).toEqual([expect.stringContaining('"requireChannelBinding"')]);
  });

  it("row 38: binds tickets too, whose root demands it of the daemon", async () => {
    const root = Key.generate({ id: "root", use: "mint", requireChannelBinding: true });
    await using served = await serveDesk({ keys: root, tls: identity(own) });
    const ticket = mintTicket(root, { subject: "zoe" });
    await using bound = openConnection<DeskApp>(served.url(), trusting({ requireChannelBinding: true }, { ticket }));
    expect(await bound.object("desk").whoami()).toBe("ticket:root/zoe");
    const unbound = connect(served.daemon.url("desk"), trusting({}, { ticket }));
    expect(await failure(unbound)).toMatchObject({ code: "HW_REFUSED" });
  });

  it("row 38: does not go through a proxy that ends TLS, and the daemon's owner is told", async () => {
    await using relay = await endTls(own);
    await using served = await behind(relay);
    const url = `wss://localhost:${relay.port}`;
    await using unbound = openConnection<DeskApp>(url, trusting());
    expect(await unbound.object("desk").whoami()).toBe("key:office");
    const failed = await failure(connect(`${url}/desk`, trusting({ requireChannelBinding: true })));
    expect(failed).toMatchObject({ code: "HW_REFUSED", message: expect.stringContaining("does no proxy end TLS") });
    expect(served.refusals).toEqual([expect.stringContaining("a proxy ends TLS in between")]);
  });

  it.each<[string, (url: string) => PromiseLike<unknown>]>([
    ["without TLS", (url) => connect(url, { key: strict })],
    ["in an entry that can't look at TLS, as in pages", (url) => connectAnywhere(url, { key: strict })],
  ])("row 38: of a key that demands it says so %s, before anything is sent", async (_, dial) => {
    await using served = await serveDesk({ keys: strict });
    expect(await failure(dial(served.daemon.url("desk")))).toMatchObject({
      name: "ConfigError",
      code: "HW_OPTION_INVALID",
      message: expect.stringMatching(/^"requireChannelBinding" of the key "strict" .*browsers can't/),
    });
    await expect.poll(() => served.refusals.length).toBe(1);
    expect(served.refusals[0]).toMatch(/the line closed/);
  });

  it("row 38: says so where the other end has no TLS 1.3, before anything is sent", async () => {
    await using server = await tlsServer({ ...identity(own), maxVersion: "TLSv1.2" });
    const old = connect(`wss://localhost:${server.port}/desk`, trusting({ minVersion: "TLSv1.2" }, { key: strict }));
    expect(await failure(old)).toMatchObject({
      code: "HW_OPTION_INVALID",
      message: expect.stringMatching(/^"requireChannelBinding" of the key "strict" .*TLS 1\.3/),
    });
    expect([server.upgrades(), server.messages()]).toEqual([1, 0]);
  });
});

describe("a client certificate as the only credential", () => {
  const mutual = (tls: Partial<TlsOptions> = {}) => ({
    keys: key,
    tls: { ...identity(own), ca: authority.cert, requestClientCertificate: true, ...tls },
  });
  const certificateSubject: TlsOptions["certificateSubject"] = ({ commonName }) => commonName;

  it("S30: makes the principal that the daemon maps it to", async () => {
    await using served = await serveDesk(mutual({ certificateSubject }));
    await using connection = openConnection<DeskApp>(served.url(), trusting(identity(alice), {}));
    expect(await connection.object("desk").whoami()).toBe("certificate:alice");
  });

  it("S30: is bound to its connection as well when that is asked for", async () => {
    await using served = await serveDesk(mutual({ certificateSubject }));
    const options = trusting({ ...identity(alice), requireChannelBinding: true }, {});
    await using connection = openConnection<DeskApp>(served.url(), options);
    expect(await connection.object("desk").whoami()).toBe("certificate:alice");
  });

  it.each<[string, TlsOptions["certificateSubject"]]>([
    ["does not map certificates", undefined],
    ["maps this one to nobody", () => undefined],
  ])("S30: is refused by a daemon that %s", async (_, map) => {
    await using served = await serveDesk(mutual({ certificateSubject: map }));
    const failed = await failure(connect(served.daemon.url("desk"), trusting(identity(alice), {})));
    expect(failed).toMatchObject({ code: "HW_REFUSED" });
    expect(served.refusals).toEqual([expect.stringContaining('"tls.certificateSubject"')]);
  });

  it("S30: stands behind a key that was given", async () => {
    await using served = await serveDesk(mutual({ certificateSubject }));
    await using connection = openConnection<DeskApp>(served.url(), trusting(identity(alice)));
    expect(await connection.object("desk").whoami()).toBe("key:office");
  });

  it("S30: stands before this user's key file", async () => {
    const folder = await mkdtemp(join(tmpdir(), "hearthwire-"));
    vi.stubEnv("XDG_CONFIG_HOME", folder);
    try {
      const { tls } = mutual({ certificateSubject });
      await using served = await serveDesk({ tls });
      await using byCertificate = openConnection<DeskApp>(served.url(), trusting(identity(alice), {}));
      expect(await byCertificate.object("desk").whoami()).toBe("certificate:alice");
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
  });

  it("S30: is none over TLS 1.2, and the client says so before anything is sent", async () => {
    await using server = await tlsServer({ ...identity(own), maxVersion: "TLSv1.2" });
    const options = trusting({ ...identity(alice), minVersion: "TLSv1.2" }, {});
    expect(await failure(connect(`wss://localhost:${server.port}/desk`, options))).toMatchObject({
      code: "HW_OPTION_INVALID",
      message: expect.stringMatching(/^"tls\.cert" is a credential over TLS 1\.3 alone/),
    });
    expect([server.upgrades(), server.messages()]).toEqual([1, 0]);
  });
});
