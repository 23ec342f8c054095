import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo, Socket } from "node:net";
import { setImmediate as nextTurn } from "node:timers/promises";
import { expect, test } from "vitest";
import { ClientHandshake } from "../../src/auth/client-handshake.js";
import { Key } from "../../src/auth/key.js";
import { serve } from "../../src/node/serve.js";
import { RESEND_SLICE_BYTES } from "../../src/session/resend-queue.js";
import { dialWebSocket } from "../../src/transport/websocket-transport.js";
import { audienceOf } from "../../src/wire/address.js";
import { RawPeer } from "../daemon/raw-peer.js";

const SESSIONS = 8;
const ANSWERS = 24;
const ANSWER_BYTES = 60 * 1024;

// Each used to send a slice of 1 MiB in every turn of the event loop: 8 MiB in one turn.
test("Sessions that resume at once send a slice in each turn of the event loop, all of them together", async () => {
  const server = createServer();
  const sockets: Socket[] = [];
  server.on("connection", (socket: Socket) => sockets.push(socket));
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const key = Key.generate({ id: "ann" });
  const shop = { large: () => new Uint8Array(ANSWER_BYTES) };
  await using daemon = await serve({ shop }, { server, path: "/rpc", keys: key });
  await using _closed = { [Symbol.asyncDispose]: async () => void server.close() };
  const url = `ws://127.0.0.1:${(server.address() as AddressInfo).port}/rpc`;

  /** A peer that has taken WELCOME, and how many bytes came after it. */
  async function dialled(resume?: RawPeer) {
    const transport = dialWebSocket(url);
    const peer = new RawPeer(transport);
    await peer.heard.opened_;
    const credential = { method: 1, key } as const;
    const audience = audienceOf(url);
    await peer.greet(
      new ClientHandshake({
        credential,
        audience,
        serializers: [1],
        maxFrameBytes: 65_536,
        ...(resume !== undefined && { resume: resume.established }),
      }),
    );
    const count = { bytes: 0 };
    peer.heard.frame = (frame) => void (count.bytes += frame.length);
    return { peer, count };
  }
  const arrived = async (all: readonly { count: { bytes: number } }[]): Promise<void> => {
    while (all.some(({ count }) => count.bytes < ANSWERS * ANSWER_BYTES)) await nextTurn();
  };

  const old = await Promise.all(Array.from({ length: SESSIONS }, () => dialled()));
  for (const { peer } of old) {
    peer.transport.send(ClientHandshake.confirm(peer.established, 0));
    peer.say(["open"]);
    for (let id = 1; id <= ANSWERS; id++) peer.say(["call", id, "shop", "large", { json: [] }]);
  }
  await arrived(old);

  const next = await Promise.all(old.map(({ peer }) => dialled(peer)));
  const written = (): number => sockets.reduce((bytes, socket) => bytes + socket.bytesWritten, 0);
  const perTurn: number[] = [];
  let isDone = false;
  const watch = async (): Promise<void> => {
    for (let before = written(); !isDone;) {
      await nextTurn();
      const now = written();
      perTurn.push(now - before);
      before = now;
    }
  };
  const watching = watch();
  for (const { peer } of next) peer.transport.send(ClientHandshake.confirm(peer.established, 0));
  await arrived(next);
  isDone = true;
  await watching;
  // A machine under load may take long enough over one for the next to be due within the turn.
  expect(Math.max(...perTurn)).toBeLessThan(4 * RESEND_SLICE_BYTES);
  expect(daemon.sessions.size).toBe(SESSIONS);
  for (const { peer } of next) peer.transport.destroy();
});
