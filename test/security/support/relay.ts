import { once } from "node:events";
import { type AddressInfo, connect, createServer, type Server, type Socket } from "node:net";
import type { Duplex } from "node:stream";
import { connect as connectTls, type ConnectionOptions, createServer as createTlsServer } from "node:tls";
import type { Certificate } from "../../support/certificates.js";

/** Somebody on the way between a client and a daemon, who passes bytes on and keeps a copy. */
export interface Relay extends AsyncDisposable {
  readonly port: number;
  /** Where it passes bytes on to; known only once the daemon has been told the relay's port. */
  target: number;
  /** What the client has sent so far. */
  up(): Buffer;
  /** What the daemon has sent so far. */
  down(): Buffer;
}

/** One that sees what goes over the wire. */
export function tapWire(): Promise<Relay> {
  return relay(createServer(), "connection", (port) => connect(port, "127.0.0.1"));
}

/** One that ends TLS by a certificate of its own and begins it anew towards the daemon. */
export function splitTls({ cert, key }: Certificate, towards: ConnectionOptions): Promise<Relay> {
  const server = createTlsServer({ cert, key, minVersion: "TLSv1.3" });
  return relay(server, "secureConnection", (port) => connectTls({ ...towards, port, host: "127.0.0.1" }));
}

/** One that ends TLS and speaks plain text to the daemon, as a reverse proxy does. */
export function endTls({ cert, key }: Certificate): Promise<Relay> {
  const server = createTlsServer({ cert, key, minVersion: "TLSv1.3" });
  return relay(server, "secureConnection", (port) => connect(port, "127.0.0.1"));
}

async function relay(server: Server, event: string, dial: (port: number) => Duplex): Promise<Relay> {
  const sockets: Duplex[] = [];
  const seen: { readonly up: Buffer[]; readonly down: Buffer[] } = { up: [], down: [] };
  server.on(event, (near: Socket) => {
    const far = dial(self.target);
    sockets.push(near, far);
    near.on("data", (chunk: Buffer) => seen.up.push(chunk));
    far.on("data", (chunk: Buffer) => seen.down.push(chunk));
    for (const [from, to] of [
      [near, far],
      [far, near],
    ] as const) {
      from.on("error", () => to.destroy());
      from.pipe(to);
    }
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const self: Relay = {
    port: (server.address() as AddressInfo).port,
    target: 0,
    up: () => Buffer.concat(seen.up),
    down: () => Buffer.concat(seen.down),
    [Symbol.asyncDispose]: async () => {
      for (const socket of sockets) socket.destroy();
      server.close();
      await once(server, "close");
    },
  };
  return self;
}

/** The payloads of the WebSocket frames that a client sent, unmasked (RFC 6455 section 5.2), after its HTTP request. */
export function unmasked(stream: Buffer): Buffer {
  const payloads: Buffer[] = [];
  for (let at = stream.indexOf("\r\n\r\n") + 4; at + 2 <= stream.length;) {
    const short = stream[at + 1]! & 0x7f;
    const extra = short === 126 ? 2 : short === 127 ? 8 : 0;
    const length = extra === 0 ? short : stream.readUIntBE(at + 2 + (extra === 8 ? 2 : 0), extra === 8 ? 6 : 2);
    const mask = stream.subarray(at + 2 + extra, at + 6 + extra);
    const start = at + 6 + extra;
    payloads.push(stream.subarray(start, start + length).map((byte, index) => byte ^ mask[index % 4]!) as Buffer);
    at = start + length;
  }
  return Buffer.concat(payloads);
}
