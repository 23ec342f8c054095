import { describe, expect, test, vi } from "vitest";
import { Key, scheduleOf } from "../../src/auth/key.js";
import { KeyRing } from "../../src/auth/key-ring.js";
import { transcriptHash } from "../../src/auth/key-schedule.js";
import { jsonSerializer } from "../../src/serializers/json-serializer.js";
import { superjsonSerializer } from "../../src/serializers/superjson-serializer.js";
import { messagePortTransport } from "../../src/transport/message-port-transport.js";
import { transportPair } from "../../src/transport/transport-pair.js";
import { encodeWelcome } from "../../src/wire/welcome.js";
import { openHome, URL_OF_HOME, WAREHOUSE, type Warehouse } from "../client/home.js";
import { settle } from "../client/stub-peer.js";
import { Bench, RawPeer } from "../daemon/raw-peer.js";

describe("W7: who was refused has nothing", () => {
  /** A client whose hook refuses the daemon. */
  function refusing(answer: () => unknown = () => ({ motd: "hello" })) {
    const ran: string[] = [];
    const authorize = ({ member }: { member: string }): boolean => ran.push(member) > 0;
    const home = openHome({ daemon: { onHandshake: answer, authorize } });
    const onHandshake = vi.fn<() => void>(() => {
      throw new Error("not my daemon");
    });
    return { ...home, ran, onHandshake, options: { ...home.options, onHandshake } };
  }

  test("W7: after the client's hook refused the daemon, the next call does not go through", async () => {
    // Pyro's proxy kept the connection that its own check had refused: the exception was seen, and the next call went.
    const { openConnection, options, daemon, ran } = refusing();
    const connection = openConnection<{ warehouse: Warehouse }>(URL_OF_HOME, options);
    const warehouse = connection.object("warehouse");
    await expect(connection.ready).rejects.toMatchObject({ code: "HW_REFUSED" });
    for (let attempt = 0; attempt < 3; attempt++) {
      await expect(warehouse.store("candle", 1)).rejects.toMatchObject({ code: "HW_REFUSED", delivery: "not-sent" });
      await settle();
    }
    await expect(connection.object("warehouse").list()).rejects.toMatchObject({ code: "HW_REFUSED" });
    expect([connection.state.status, daemon.sessions.size, ran]).toEqual(["closed", 0, []]);
  });

  test("W7: nor does one on the proxy that connect gave", async () => {
    // The recipe of Pyro's manual for checking the server's certificate was passed by just trying again.
    const { connect, options, lines, ran } = refusing();
    const warehouse = connect<Warehouse>(WAREHOUSE, options);
    await expect(warehouse).rejects.toMatchObject({ code: "HW_REFUSED" });
    await expect(warehouse.store("candle", 1)).rejects.toMatchObject({ code: "HW_REFUSED", delivery: "not-sent" });
    expect([lines.length, ran]).toEqual([1, []]);
  });

  test("W7: the daemon's answer can bring no reference, which the refusal would have to take back", async () => {
    // Pyro took the daemon's metadata, and made its members callable, before it asked its own check.
    const { openConnection, options, onHandshake, daemon } = refusing(() => ({ listener: () => undefined }));
    await expect(openConnection(URL_OF_HOME, options).ready).rejects.toMatchObject({
      code: "HW_REFUSED",
      message: expect.stringContaining("functions, streams and Blobs can't be handshake data") as string,
    });
    expect([onHandshake.mock.calls.length, daemon.sessions.size]).toEqual([0, 0]);
  });

  test("W7: a connection that was accepted lends its socket to none with another hook", async () => {
    // In Pyro the check belonged to a class, and a socket that one proxy had checked was as good for every other.
    const { openConnection, options, onHandshake, ran } = refusing();
    const accept = vi.fn<() => void>();
    await using trusting = openConnection<{ warehouse: Warehouse }>(URL_OF_HOME, { ...options, onHandshake: accept });
    await trusting.ready;
    await expect(openConnection(URL_OF_HOME, options).ready).rejects.toMatchObject({ code: "HW_REFUSED" });
    expect([accept.mock.calls.length, onHandshake.mock.calls.length]).toEqual([1, 1]);
    expect(await trusting.object("warehouse").store("candle", 2)).toBe(2);
    expect(ran).toEqual(["store"]);
  });

  test("W7: a client that the daemon's hook refuses runs nothing, with whatever it sent along", async () => {
    // A daemon of Pyro closed the socket; a peer here may send calls in one flight with the data of its handshake.
    const bench = new Bench({
      onHandshake: async () => {
        await settle();
        throw new Error("not today");
      },
    });
    const peer = await bench.proved();
    peer.say(["open", { json: "me" }], ["call", 1, "shop", "buy", { json: ["candle"] }]);
    await peer.answer("refused");
    peer.say(["call", 2, "shop", "buy", { json: ["candle"] }]);
    await settle();
    expect([bench.ran, bench.accepted, bench.daemon.sessions.size]).toEqual([[], [], 0]);
  });
});

describe("W7a, W8: both ends speak what they listed and nothing else", () => {
  test("W7a: a daemon's WELCOME can't make the client decode with what it did not offer", async () => {
    // A hostile server named pickle in its answer, and Pyro's client ran what it was sent although it spoke serpent.
    const decode = vi.spyOn(superjsonSerializer().constructor.prototype as { decode(): unknown }, "decode");
    const key = Key.generate({ id: "client" });
    const dial = () => {
      const [near, far] = transportPair();
      far.start({
        opened: () => undefined,
        frame: (hello) => {
          const welcome = encodeWelcome({
            ack: 0,
            nonce: new Uint8Array(32).fill(2),
            sessionId: new Uint8Array(16).fill(3),
            serializerId: superjsonSerializer().id,
            maxFrameBytes: 65_536,
            isResumed: false,
            heartbeatMs: 20_000,
            windowMs: 0,
          });
          const transcript = transcriptHash(hello, welcome.subarray(0, -32), new Uint8Array(0));
          scheduleOf(key).handshakeKeys(transcript).serverToClient.sign(welcome);
          far.send(welcome);
        },
        closed: () => undefined,
      });
      return near;
    };
    const { openConnection } = openHome({ environment: { dial } });
    const serializers = [jsonSerializer()];
    await expect(openConnection(URL_OF_HOME, { key, serializers }).ready).rejects.toMatchObject({
      code: "HW_REFUSED",
      cause: { message: "WELCOME: serializer 1 was not offered" },
    });
    expect(decode).not.toHaveBeenCalled();
    decode.mockRestore();
  });

  test("W8: a daemon decodes by the serializers that it lists alone", async () => {
    // Pyro accepted marshal by default, of which Python's manual says never to read what is not trusted.
    const bench = new Bench();
    const peer = bench.peer();
    peer.transport.send(bench.handshake({ serializers: [2] }).hello);
    expect(await peer.heard.closed_).toMatchObject({ code: 4401 });
    expect(bench.refusals).toMatchObject([{ reason: expect.stringMatching(/serializer/) as string }]);
    expect(peer.heard.frames).toEqual([]);
  });
});

describe("W19: a stranger hears nothing", () => {
  test("W19: whatever was wrong with a handshake, the peer gets 4401 and an empty reason", async () => {
    // Pyro sent the text of the exception, its own and the program's, to peers that had proved nothing.
    const bench = new Bench();
    for (const key of [Key.generate({ id: "ann" }), Key.generate({ id: "nobody" })]) {
      const peer = bench.peer();
      peer.transport.send(bench.handshake({ credential: { method: 1, key } }).hello);
      expect(await peer.heard.closed_).toMatchObject({ code: 4401, reason: "" });
      expect(peer.heard.frames).toEqual([]);
    }
    expect(new Set(bench.refusals.map(({ reason }) => reason)).size).toBe(2);
  });

  test("W19: the program's hook never sees, and so never answers, a peer that has not proved itself", async () => {
    // Pyro decoded what the client sent along before validateHandshake ran, and sent that hook's exception back.
    const onHandshake = vi.fn<() => never>(() => {
      throw new Error("the database at 10.0.0.9 is down");
    });
    const bench = new Bench({ onHandshake });
    const stranger = bench.peer();
    const handshake = bench.handshake({ credential: { method: 1, key: Key.generate({ id: "ann" }) } });
    stranger.transport.send(handshake.hello);
    await stranger.heard.closed_;
    expect([onHandshake.mock.calls.length, stranger.heard.frames]).toEqual([0, []]);

    const known = await bench.proved();
    known.say(["open"]);
    expect(await known.answer("refused")).toMatchObject(["refused", { message: "the database at 10.0.0.9 is down" }]);
  });

  test("W19b: a channel that the program brings shakes hands like every other", async () => {
    // A Pyro daemon on a connected socket skipped its handshake: neither key nor hook was asked.
    const onHandshake = vi.fn<() => undefined>();
    const bench = new Bench({ onHandshake, keys: new KeyRing([Key.generate({ id: "ann" })]) });
    const { port1, port2 } = new MessageChannel();
    bench.daemon.accept(messagePortTransport(port1));
    const peer = new RawPeer(messagePortTransport(port2));
    peer.transport.send(bench.handshake().hello);
    expect((await peer.heard.closed_).code).toBe(4401);
    expect([onHandshake.mock.calls.length, bench.ran, bench.refusals.length]).toEqual([0, [], 1]);
  });
});
