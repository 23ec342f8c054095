import { describe, expect, it } from "vitest";
import { ClientHandshake } from "../../src/auth/client-handshake.js";
import { Key, scheduleOf } from "../../src/auth/key.js";
import { KeyRing } from "../../src/auth/key-ring.js";
import { HandshakeRefusal } from "../../src/auth/server-handshake.js";
import { ProtocolError } from "../../src/errors/hearthwire-error.js";
import { frameBody } from "../../src/wire/body.js";
import { writeHeader } from "../../src/wire/frame.js";
import { decodeHello, encodeHello, type Hello } from "../../src/wire/hello.js";
import { decodeWelcome, encodeWelcome, type Welcome } from "../../src/wire/welcome.js";
import { joined, toHex } from "../wire/hex.js";
import {
  alice,
  AUDIENCE,
  certificateCredential,
  client,
  keyingMaterial,
  mint,
  refusalOf,
  server,
  shakeHands,
} from "./handshake-fixtures.js";

const data = () => {
  const frame = frameBody('[["ping",1]]', []);
  writeHeader(frame, { type: 4, ack: 0, seq: 1 });
  return frame;
};

function* flippedBits(frame: Uint8Array): Generator<[bit: number, changed: Uint8Array]> {
  for (let bit = 0; bit < frame.length * 8; bit++) {
    const changed = frame.slice();
    changed[bit >> 3]! ^= 1 << (bit & 7);
    yield [bit, changed];
  }
}

describe.each([
  ["by key", () => client()],
  ["by ticket", () => client({ credential: { method: 2, ticket: mint() } })],
  ["by key, bound to TLS", () => client({ channelBinding: new Uint8Array(32).fill(9) })],
  ["by certificate", () => client({ credential: { method: 3 }, keyingMaterial })],
])("a handshake %s", (title, makeClient) => {
  const makeServer = () =>
    server({
      ...(title.includes("TLS") ? { channelBinding: new Uint8Array(32).fill(9) } : {}),
      ...(title.includes("certificate") ? { certificateCredential } : {}),
    });

  it("gives both sides the same session", () => {
    const { accepted, client: ours, ack } = shakeHands(makeClient(), makeServer());
    const theirs = accepted.established;
    expect(toHex(ours.sessionId)).toBe(toHex(theirs.sessionId));
    expect(toHex(ours.resumeKey)).toBe(toHex(theirs.resumeKey));
    expect(ours.serializerId).toBe(theirs.serializerId);
    expect(ours.isResumed).toBe(false);
    expect([ours.peerMaxFrameBytes, theirs.peerMaxFrameBytes]).toEqual([131_072, 65_536]);
    expect([ours.heartbeatMs, theirs.heartbeatMs]).toEqual([20_000, 20_000]);
    expect([ours.windowMs, theirs.windowMs]).toEqual([60_000, 60_000]);
    expect([ours.peerAck, theirs.peerAck, ack]).toEqual([0, 0, 0]);
  });

  it("lets each side verify what the other signs, in its own direction only", () => {
    const { accepted, client: ours } = shakeHands(makeClient(), makeServer());
    const theirs = accepted.established;
    const [up, down] = [data(), data()];
    ours.sendMac.sign(up);
    theirs.sendMac.sign(down);
    expect([theirs.receiveMac.verify(up), ours.receiveMac.verify(down)]).toEqual([true, true]);
    // Reflection: what one side signed comes back to itself.
    expect([ours.receiveMac.verify(up), theirs.receiveMac.verify(down)]).toEqual([false, false]);
  });

  it("gives other keys each time", () => {
    const [first, second] = [shakeHands(makeClient(), makeServer()), shakeHands(makeClient(), makeServer())];
    const frame = data();
    first.client.sendMac.sign(frame);
    expect(second.accepted.established.receiveMac.verify(frame)).toBe(false);
    expect(toHex(first.client.sessionId)).not.toBe(toHex(second.client.sessionId));
    expect(toHex(first.client.resumeKey)).not.toBe(toHex(second.client.resumeKey));
  });

  it("is refused when any bit of HELLO was flipped", () => {
    for (const [bit, changed] of flippedBits(makeClient().hello)) {
      expect(() => makeServer().hello(changed), `bit ${bit}`).toThrow(HandshakeRefusal);
    }
  });

  it("is refused when any bit of WELCOME was flipped", () => {
    const clientSide = makeClient();
    for (const [bit, changed] of flippedBits(makeServer().hello(clientSide.hello).welcome)) {
      expect(() => clientSide.welcome(changed), `bit ${bit}`).toThrow(ProtocolError);
    }
  });

  it("is refused when any bit of CONFIRM was flipped", () => {
    const [clientSide, serverSide] = [makeClient(), makeServer()];
    const confirm = ClientHandshake.confirm(clientSide.welcome(serverSide.hello(clientSide.hello).welcome), 0);
    for (const [bit, changed] of flippedBits(confirm)) {
      expect(() => serverSide.confirm(changed), `bit ${bit}`).toThrow(HandshakeRefusal);
    }
    expect(serverSide.confirm(confirm)).toBe(0);
  });

  it("gives keys under which no flipped bit of a DATA frame passes", () => {
    const { accepted, client: ours } = shakeHands(makeClient(), makeServer());
    const frame = data();
    ours.sendMac.sign(frame);
    for (const [bit, changed] of flippedBits(frame)) {
      expect(accepted.established.receiveMac.verify(changed), `bit ${bit}`).toBe(false);
    }
  });

  it("is refused when a frame is cut or longer", () => {
    const [clientSide, serverSide] = [makeClient(), makeServer()];
    const { hello } = clientSide;
    const { welcome } = serverSide.hello(hello);
    const confirm = ClientHandshake.confirm(clientSide.welcome(welcome), 0);
    const longer = (frame: Uint8Array) => joined(frame, Uint8Array.of(0));
    for (let length = 0; length < hello.length; length++) {
      expect(() => makeServer().hello(hello.slice(0, length)), `HELLO of ${length}`).toThrow(HandshakeRefusal);
    }
    for (let length = 0; length < welcome.length; length++) {
      expect(() => clientSide.welcome(welcome.slice(0, length)), `WELCOME of ${length}`).toThrow(ProtocolError);
    }
    for (let length = 0; length < confirm.length; length++) {
      expect(() => serverSide.confirm(confirm.slice(0, length)), `CONFIRM of ${length}`).toThrow(HandshakeRefusal);
    }
    expect(() => makeServer().hello(longer(hello))).toThrow(HandshakeRefusal);
    expect(() => clientSide.welcome(longer(welcome))).toThrow(ProtocolError);
    expect(() => serverSide.confirm(longer(confirm))).toThrow(HandshakeRefusal);
  });
});

describe("a man in the middle", () => {
  const other: Partial<Hello>[] = [
    { authMethod: 3 },
    { bindingType: 1 },
    { nonce: new Uint8Array(32).fill(1) },
    { serializers: [2] },
    { serializers: [2, 1] },
    { maxFrameBytes: 16_384 },
    { keyId: "root" },
    { authMethod: 2, ticket: new Uint8Array(60).fill(1) },
    { audience: "ws://localhost:7766" },
    { sessionId: new Uint8Array(16).fill(1), proof: new Uint8Array(32).fill(1) },
  ];

  it.each(other.map((changes) => [Object.keys(changes).join(" and "), changes] as const))(
    "can't rewrite HELLO's %s, keeping its tag",
    (_, changes) => {
      const { hello } = client();
      const rewritten = encodeHello({ ...decodeHello(hello), ...changes });
      rewritten.set(hello.subarray(-32), rewritten.length - 32);
      const refusal = refusalOf(() => server({ certificateCredential }).hello(rewritten));
      expect(["tag", "key-unknown"]).toContain(refusal.reason);
    },
  );

  it.each(other.slice(0, 6).map((changes) => [Object.keys(changes).join(" and "), changes] as const))(
    "can't rewrite HELLO's %s with another key's tag",
    (_, changes) => {
      const rewritten = encodeHello({ ...decodeHello(client().hello), ...changes });
      scheduleOf(Key.generate({ id: "alice" })).helloMac.sign(rewritten);
      expect(refusalOf(() => server({ certificateCredential }).hello(rewritten)).reason).toBe("tag");
    },
  );

  it.each<[string, Partial<Welcome>]>([
    ["ack", { ack: 1 }],
    ["nonce", { nonce: new Uint8Array(32).fill(1) }],
    ["session id", { sessionId: new Uint8Array(16).fill(1) }],
    ["serializer", { serializerId: 2 }],
    ["maxFrameBytes", { maxFrameBytes: 16_384 }],
    ["resumed", { isResumed: true }],
    ["heartbeat", { heartbeatMs: 300_000 }],
    ["window", { windowMs: 0 }],
  ])("can't rewrite WELCOME's %s", (_, changes) => {
    const clientSide = client();
    const { welcome } = server().hello(clientSide.hello);
    const rewritten = encodeWelcome({ ...decodeWelcome(welcome), ...changes });
    rewritten.set(welcome.subarray(-32), rewritten.length - 32);
    expect(() => clientSide.welcome(rewritten)).toThrow("its tag doesn't match");
  });

  it("can't answer in the server's place without the key", () => {
    const clientSide = client();
    const impostor = Key.generate({ id: "alice" });
    const forged = server({ keys: new KeyRing([impostor]) });
    // The impostor can't even verify HELLO; it answers one of its own making instead.
    const { welcome } = forged.hello(client({ credential: { method: 1, key: impostor } }).hello);
    expect(() => clientSide.welcome(welcome)).toThrow("its tag doesn't match");
  });

  it("can't let the client take another handshake's WELCOME", () => {
    const [first, second] = [client(), client()];
    const { welcome } = server().hello(second.hello);
    expect(() => first.welcome(welcome)).toThrow("its tag doesn't match");
    expect(second.welcome(welcome).isResumed).toBe(false);
  });

  it("can't get anywhere with a recorded HELLO: the recorded CONFIRM fits its own WELCOME only", () => {
    const recorded = shakeHands(client(), server());
    const replayed = server();
    replayed.hello(recorded.hello);
    expect(refusalOf(() => replayed.confirm(recorded.confirm)).reason).toBe("tag");
  });

  it("can't reflect the client's frames to the client", () => {
    const clientSide = client();
    const established = clientSide.welcome(server().hello(clientSide.hello).welcome);
    expect(() => clientSide.welcome(clientSide.hello)).toThrow(ProtocolError);
    expect(() => clientSide.welcome(ClientHandshake.confirm(established, 0))).toThrow(ProtocolError);
  });

  it("can't reflect the server's frames to the server", () => {
    const serverSide = server();
    const { welcome } = serverSide.hello(client().hello);
    expect(refusalOf(() => serverSide.confirm(welcome)).reason).toBe("tag");
    expect(refusalOf(() => server().hello(welcome)).reason).toBe("malformed");
  });

  it("can't relay a handshake bound to one TLS connection over another", () => {
    const clientSide = client({ channelBinding: new Uint8Array(32).fill(1) });
    const { welcome } = server({ channelBinding: new Uint8Array(32).fill(2) }).hello(clientSide.hello);
    expect(() => clientSide.welcome(welcome)).toThrow("its tag doesn't match");
  });

  it("can't relay a handshake to a daemon of another origin", () => {
    expect(
      refusalOf(() => server({ audiences: ["wss://evil.example"] }).hello(client({ audience: AUDIENCE }).hello)).reason,
    ).toBe("audience");
  });

  it("can't turn DATA into CONFIRM, though the same key signs both", () => {
    const [clientSide, serverSide] = [client(), server()];
    const established = clientSide.welcome(serverSide.hello(clientSide.hello).welcome);
    const frame = data();
    established.sendMac.sign(frame);
    expect(refusalOf(() => serverSide.confirm(frame)).reason).toBe("malformed");
  });
});

describe("a CONFIRM before HELLO", () => {
  it("is refused", () => {
    const { confirm } = shakeHands(client(), server());
    expect(refusalOf(() => server().confirm(confirm)).reason).toBe("tag");
  });
});

describe("the key that signed", () => {
  it("is the one that the daemon holds, not merely one of its id", () => {
    const accepted = server().hello(
      client({ credential: { method: 1, key: Key.from(alice.export(), { id: "alice" }) } }).hello,
    );
    expect(accepted.principal.id).toBe("key:alice");
  });
});
