import { once } from "node:events";
import { connect as connectTcp } from "node:net";
import { type ConnectionOptions, connect, createServer, type TlsOptions, type TLSSocket } from "node:tls";
import type { AddressInfo } from "node:net";
import { beforeAll, describe, expect, it, vi } from "vitest";
import { tlsFacts } from "../../src/node/client-certificate.js";
import { type Authority, type Certificate, createAuthority, selfSigned } from "../support/certificates.js";

let authority: Authority;
let own: Certificate;
let alice: Certificate;

beforeAll(async () => {
  authority = await createAuthority();
  own = await authority.issue();
  alice = await authority.issue({ commonName: "alice" });
});

/** Both ends of a TLS connection. */
class Line implements Disposable {
  readonly server: TLSSocket;
  readonly client: TLSSocket;

  private constructor(server: TLSSocket, client: TLSSocket) {
    this.server = server;
    this.client = client;
  }

  static async open(serverOptions: TlsOptions = {}, clientOptions: ConnectionOptions = {}): Promise<Line> {
    const server = createServer({
      cert: own.cert,
      key: own.key,
      ca: authority.cert,
      requestCert: true,
      ...serverOptions,
    });
    server.listen(0, "127.0.0.1");
    await once(server, "listening");
    const { port } = server.address() as AddressInfo;
    const client = connect({ port, host: "127.0.0.1", ca: authority.cert, ...clientOptions });
    const [[socket]] = (await Promise.all([once(server, "secureConnection"), once(client, "secureConnect")])) as [
      [TLSSocket],
      unknown,
    ];
    server.close();
    return new Line(socket, client);
  }

  [Symbol.dispose](): void {
    this.client.destroy();
    this.server.destroy();
  }
}

const shown = ({ cert, key }: Certificate) => ({ cert, key });
const exported = (socket: TLSSocket, label: string) =>
  new Uint8Array(socket.exportKeyingMaterial(32, label, Buffer.alloc(0)));

describe("tlsFacts", () => {
  it("gives the channel binding of RFC 9266, which both ends see alike and each line has its own of", async () => {
    using line = await Line.open({ requestCert: false });
    using another = await Line.open({ requestCert: false });
    const { channelBinding } = tlsFacts(line.server, {});
    expect(channelBinding).toEqual(exported(line.client, "EXPORTER-Channel-Binding"));
    expect(tlsFacts(another.server, {}).channelBinding).not.toEqual(channelBinding);
  });

  it("gives nothing below TLS 1.3 but the certificate", async () => {
    using line = await Line.open({}, { ...shown(alice), maxVersion: "TLSv1.2" });
    expect(tlsFacts(line.server, { certificateSubject: () => "alice" })).toEqual({
      peerCertificate: expect.objectContaining({ commonName: "alice" }),
    });
  });

  it("gives nothing of a line without TLS", async () => {
    expect(
      tlsFacts(
        connectTcp({ port: 1 }).on("error", () => {}),
        {},
      ),
    ).toEqual({});
  });

  it("gives the certificate, and a credential only where it maps to a name", async () => {
    using line = await Line.open({}, shown(alice));
    const { peerCertificate, certificateCredential } = tlsFacts(line.server, {
      certificateSubject: ({ commonName }) => `desk/${commonName}`,
    });
    expect(peerCertificate?.commonName).toBe("alice");
    expect(certificateCredential).toEqual({
      subject: "desk/alice",
      keyingMaterial: exported(line.client, "EXPORTER-hearthwire-1"),
      expiresAtMs: Date.parse(alice.x509.validTo),
    });
    expect(tlsFacts(line.server, { certificateSubject: () => undefined })).not.toHaveProperty("certificateCredential");
    expect(tlsFacts(line.server, {})).not.toHaveProperty("certificateCredential");
  });

  it("gives no certificate that TLS did not verify, and asks for no name of it", async () => {
    using line = await Line.open({ rejectUnauthorized: false }, shown(await selfSigned({ commonName: "alice" })));
    const certificateSubject = vi.fn(() => "alice");
    const facts = tlsFacts(line.server, { certificateSubject });
    expect(Object.keys(facts)).toEqual(["channelBinding"]);
    expect(certificateSubject).not.toHaveBeenCalled();
  });

  it.each<[string, () => unknown, RegExp]>([
    [
      "throws",
      () => {
        throw new Error("no list");
      },
      /^"tls\.certificateSubject" threw for the certificate [0-9A-F]+ of CN=alice: no list$/,
    ],
    ["gives an empty name", () => "", /^"tls\.certificateSubject" must give undefined or 1\.\.255 bytes/],
    ["gives a name with a line break", () => "a\nb", /must give undefined or/],
    ["gives a promise", async () => "alice", /must give undefined or .* it gave another object$/],
  ])("lets nobody in when certificateSubject %s", async (_, certificateSubject, message) => {
    using line = await Line.open({}, shown(alice));
    const { verify, ...others } = tlsFacts(line.server, { certificateSubject: certificateSubject as never });
    expect(others).toEqual({});
    expect(verify).toThrow(message);
  });
});
