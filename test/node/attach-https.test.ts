import { once } from "node:events";
import { createServer } from "node:https";
import type { AddressInfo } from "node:net";
import { connect, type ConnectionOptions } from "node:tls";
import { expect, it } from "vitest";
import { Key } from "../../src/auth/key.js";
import { createConnect } from "../../src/client/connect.js";
import { serve } from "../../src/node/serve.js";
import { quietTurn } from "../../src/node/quiet-turn.js";
import { systemClock } from "../../src/session/clock.js";
import { dialWebSocket } from "../../src/transport/websocket-transport.js";

// TLS by a shared secret, so that no test needs a certificate.
const psk = Buffer.alloc(32, 7);
const ciphers = "PSK-AES128-GCM-SHA256";
const minVersion = "TLSv1.2";
const maxVersion = "TLSv1.2";
const clientTls: ConnectionOptions = {
  ciphers,
  minVersion,
  maxVersion,
  pskCallback: () => ({ identity: "test", psk }),
  checkServerIdentity: () => undefined,
};

it("a daemon attached to an https server is reached by wss, beyond loopback's rules for plain text", async () => {
  const server = createServer({ ciphers, minVersion, maxVersion, pskCallback: () => psk });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const key = Key.generate({ id: "test" });
  const daemon = await serve({ clock: { now: () => 42 } }, { server, path: "/rpc", keys: key });
  try {
    const { port } = server.address() as AddressInfo;
    expect(daemon.url("clock")).toBe(`wss://127.0.0.1:${port}/rpc/clock`);
    const sockets: boolean[] = [];
    const createConnection = (options: ConnectionOptions) => {
      const socket = connect({ ...options, ...clientTls });
      socket.once("secureConnect", () => sockets.push(socket.encrypted));
      return socket;
    };
    const { openConnection } = createConnect({
      clock: systemClock,
      scheduleFlush: quietTurn,
      dial: (url) => dialWebSocket(url, { nodeOptions: { createConnection } }),
    });
    await using connection = openConnection<{ clock: { now(): number } }>(daemon.url(), { key, isolated: true });
    expect(await connection.object("clock").now()).toBe(42);
    expect(sockets).toEqual([true]);
  } finally {
    await daemon.close({ graceMs: 0 });
    server.closeAllConnections();
    server.close();
  }
});
