import { once } from "node:events";
import { createServer, type ServerOptions } from "node:https";
import type { AddressInfo } from "node:net";
import type { TLSSocket } from "node:tls";
import { WebSocketServer } from "ws";

/** A server with TLS that takes WebSockets and says nothing, and what it saw of its clients. */
export interface TlsServer extends AsyncDisposable {
  readonly port: number;
  /** Upgrade requests: they come once TLS is up and the client trusts it. */
  upgrades(): number;
  /** Messages over all WebSockets. */
  messages(): number;
  /** Of each connection, whether its TLS was a session resumed. */
  readonly resumed: readonly boolean[];
}

export async function tlsServer(options: ServerOptions): Promise<TlsServer> {
  const server = createServer(options);
  const sockets = new WebSocketServer({ server });
  const resumed: boolean[] = [];
  let [upgrades, messages] = [0, 0];
  // Clients that don't trust it hang up.
  server.on("tlsClientError", () => undefined);
  server.on("secureConnection", (socket: TLSSocket) => resumed.push(socket.isSessionReused()));
  sockets.on("connection", (socket) => {
    upgrades += 1;
    socket.on("message", () => (messages += 1));
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return {
    port: (server.address() as AddressInfo).port,
    upgrades: () => upgrades,
    messages: () => messages,
    resumed,
    [Symbol.asyncDispose]: async () => {
      for (const socket of sockets.clients) socket.terminate();
      server.closeAllConnections();
      server.close();
      await once(server, "close");
    },
  };
}
