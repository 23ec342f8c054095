import { describe, expect, it } from "vitest";
import { ClientHandshake } from "../../src/auth/client-handshake.js";
import { Key, scheduleOf } from "../../src/auth/key.js";
import { transcriptHash } from "../../src/auth/key-schedule.js";
import { Mac } from "../../src/auth/mac.js";
import type { Ticket } from "../../src/auth/ticket.js";
import { decodeHello } from "../../src/wire/hello.js";
import { encodeWelcome, type Welcome } from "../../src/wire/welcome.js";
import { toHex } from "../wire/hex.js";
import { alice, AUDIENCE, client, mint, root, type PromptClient } from "./handshake-fixtures.js";

const welcome: Welcome = {
  ack: 0,
  nonce: new Uint8Array(32).fill(2),
  sessionId: new Uint8Array(16).fill(3),
  serializerId: 1,
  maxFrameBytes: 65_536,
  isResumed: false,
  heartbeatMs: 20_000,
  windowMs: 60_000,
};

/** A WELCOME rightly signed by a holder of alice's key, whatever it says. */
function answer(handshake: PromptClient, changes: Partial<Welcome>): Uint8Array {
  const frame = encodeWelcome({ ...welcome, ...changes });
  const transcript = transcriptHash(handshake.hello, frame.subarray(0, -32), new Uint8Array(0));
  scheduleOf(alice).handshakeKeys(transcript).serverToClient.sign(frame);
  return frame;
}

describe("ClientHandshake", () => {
  it("says in HELLO what it was told", () => {
    const hello = decodeHello(client().hello);
    expect(hello).toMatchObject({
      authMethod: 1,
      bindingType: 0,
      serializers: [1, 2],
      maxFrameBytes: 65_536,
      keyId: "alice",
      audience: AUDIENCE,
    });
    expect(hello.ticket.length).toBe(0);
    expect(toHex(hello.sessionId) + toHex(hello.proof)).toBe("00".repeat(48));
  });

  it("uses a fresh nonce each time", () => {
    expect(toHex(decodeHello(client().hello).nonce)).not.toBe(toHex(decodeHello(client().hello).nonce));
  });

  it("names the root's id and carries the payload of a ticket, never its key", () => {
    const ticket = mint();
    const handshake = client({ credential: { method: 2, ticket } });
    const hello = decodeHello(handshake.hello);
    expect([hello.authMethod, hello.keyId]).toEqual([2, "root"]);
    expect(Buffer.from(hello.ticket).toString("base64url")).toBe(ticket.payload);
    expect(Buffer.from(handshake.hello).includes(Buffer.from(ticket.key, "base64url"))).toBe(false);
  });

  it("never carries the key", () => {
    expect(Buffer.from(client().hello).includes(Buffer.from(alice.export()))).toBe(false);
  });

  it("says that it is bound to TLS when it is", () => {
    expect(decodeHello(client({ channelBinding: new Uint8Array(32) }).hello).bindingType).toBe(1);
  });

  it("refuses a key that mints tickets", () => {
    expect(() => client({ credential: { method: 1, key: root } })).toThrow(
      '"key" must be one of the use "connect", got "root"',
    );
  });

  it("refuses a ticket that is none", () => {
    expect(() => client({ credential: { method: 2, ticket: {} as Ticket } })).toThrow(
      '"ticket" must be the JSON that mintTicket() makes',
    );
  });

  it.each<[string, Partial<Welcome>, string]>([
    ["a serializer that was not offered", { serializerId: 3 }, "WELCOME: serializer 3 was not offered"],
    [
      "a session to go on with that nobody asked for",
      { isResumed: true },
      "a resumed session has the id that was asked for",
    ],
    ["an ack in a new session", { ack: 1 }, "the ack of a new session must be 0, got 1"],
    ["a zero session id", { sessionId: new Uint8Array(16) }, "never all zero"],
    ["maxFrameBytes below the bounds", { maxFrameBytes: 16_383 }, "maxFrameBytes must be 16384..16777216, got 16383"],
    ["a heartbeat below the bounds", { heartbeatMs: 999 }, "heartbeat must be 1000..300000, got 999"],
    ["a window above the bounds", { windowMs: 3_600_001 }, "window must be 0..3600000, got 3600001"],
  ])("S6, row 21: refuses a rightly signed WELCOME with %s", (_, changes, message) => {
    const handshake = client();
    expect(() => handshake.welcome(answer(handshake, changes))).toThrow(message);
  });

  it("takes a rightly signed WELCOME", () => {
    const handshake = client();
    const established = handshake.welcome(answer(handshake, { serializerId: 2, windowMs: 0 }));
    expect(established).toMatchObject({ serializerId: 2, peerMaxFrameBytes: 65_536, windowMs: 0, isResumed: false });
  });

  it("keeps its own copy of the session id", () => {
    const handshake = client();
    const frame = answer(handshake, {});
    const { sessionId } = handshake.welcome(frame);
    frame.fill(0);
    expect(toHex(sessionId)).toBe("03".repeat(16));
  });

  describe("with a session to go on with", () => {
    const resume = {
      sessionId: new Uint8Array(16).fill(3),
      resumeKey: new Uint8Array(32).fill(4),
      serializerId: 1,
      peerMaxFrameBytes: 16_384,
    };

    it("proves it over everything before the proof, the header too", () => {
      const { hello } = client({ resume });
      expect(toHex(decodeHello(hello).sessionId)).toBe("03".repeat(16));
      const proof = new Uint8Array(hello.subarray(0, -32));
      new Mac(resume.resumeKey).sign(proof);
      expect(toHex(decodeHello(hello).proof)).toBe(toHex(proof.subarray(-32)));
      expect(scheduleOf(alice).helloMac.verify(hello)).toBe(true);
    });

    it("goes on with its first resume key when the server does", () => {
      const handshake = client({ resume });
      const established = handshake.welcome(answer(handshake, { isResumed: true, ack: 7 }));
      expect([established.isResumed, established.peerAck]).toEqual([true, 7]);
      expect(toHex(established.resumeKey)).toBe("04".repeat(32));
    });

    it.each<[string, Partial<Welcome>, string]>([
      ["in another serializer", { serializerId: 2 }, "the session speaks serializer 1, got 2"],
      [
        "with a smaller maxFrameBytes",
        { maxFrameBytes: 32_767 },
        "maxFrameBytes is at least that of the session, 32768, got 32767",
      ],
    ])("refuses to go on %s", (_, changes, message) => {
      const handshake = client({ resume: { ...resume, peerMaxFrameBytes: 32_768 } });
      expect(() => handshake.welcome(answer(handshake, { isResumed: true, ...changes }))).toThrow(message);
      const right = client({ resume: { ...resume, peerMaxFrameBytes: 32_768 } });
      expect(right.welcome(answer(right, { isResumed: true, maxFrameBytes: 32_768 })).isResumed).toBe(true);
    });

    it("takes a new session with a resume key of its own", () => {
      const handshake = client({ resume });
      const established = handshake.welcome(answer(handshake, { sessionId: new Uint8Array(16).fill(5) }));
      expect(established.isResumed).toBe(false);
      expect(toHex(established.resumeKey)).not.toBe("04".repeat(32));
    });

    it.each<[string, Partial<Welcome>]>([
      ["a resumed session of another id", { isResumed: true, sessionId: new Uint8Array(16).fill(5) }],
      ["a new session of the old id", { isResumed: false }],
    ])("refuses %s", (_, changes) => {
      const handshake = client({ resume });
      expect(() => handshake.welcome(answer(handshake, changes))).toThrow(
        "a resumed session has the id that was asked for",
      );
    });
  });
});

describe("ClientHandshake.confirm", () => {
  it("carries the session's ack", () => {
    const handshake = client({ credential: { method: 1, key: Key.from(alice.export(), { id: "alice" }) } });
    const confirm = ClientHandshake.confirm(handshake.welcome(answer(handshake, {})), 0x0102);
    expect(toHex(confirm.subarray(0, 16))).toBe("4857" + "01" + "03" + "000000000102" + "000000000000");
  });
});
