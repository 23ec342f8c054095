import { describe, expect, it } from "vitest";
import { encodeBase64Url } from "../../src/auth/base64url.js";
import { ClientHandshake, type Credential } from "../../src/auth/client-handshake.js";
import { deriveKey, KeySchedule, transcriptHash } from "../../src/auth/key-schedule.js";
import { Key } from "../../src/auth/key.js";
import { KeyRing } from "../../src/auth/key-ring.js";
import { Mac } from "../../src/auth/mac.js";
import { ServerHandshake } from "../../src/auth/server-handshake.js";
import { decodeTicketPayload, encodeTicketPayload } from "../../src/auth/ticket-payload.js";
import { decodeBody, frameBody } from "../../src/wire/body.js";
import { bodyOf, readHeader, writeHeader } from "../../src/wire/frame.js";
import { decodeHello, encodeHello } from "../../src/wire/hello.js";
import { decodeWelcome, encodeWelcome } from "../../src/wire/welcome.js";
import { golden, goldenBytes, goldenField, type GoldenName } from "./golden-frames.js";
import { fromHex, toHex } from "./hex.js";

const ISSUED_MS = 1_767_225_600_000;
const alice = Key.from(golden.key.bytes, { id: golden.key.id });
const root = Key.from(golden.root.bytes, { id: golden.root.id, use: "mint" });
const ticket = {
  payload: encodeBase64Url(fromHex(golden.ticket.hex)),
  key: encodeBase64Url(fromHex(golden.ticket.key)),
  expiresAtMs: ISSUED_MS + 600_000,
};

interface Exchange {
  readonly title: string;
  readonly keys: "byKey" | "byTicket";
  readonly hello: GoldenName;
  readonly welcome: GoldenName;
  readonly confirm: GoldenName;
  readonly credential: Credential;
  readonly ikm: Uint8Array;
  readonly client: { readonly serializers: readonly number[]; readonly maxFrameBytes: number };
  readonly windowMs: number;
}

const exchanges: readonly Exchange[] = [
  {
    title: "by key",
    keys: "byKey",
    hello: "HELLO by key",
    welcome: "WELCOME to a key",
    confirm: "CONFIRM of a key",
    credential: { method: 1, key: alice },
    ikm: fromHex(golden.key.bytes),
    client: { serializers: [1, 2], maxFrameBytes: 2 * 1024 * 1024 },
    windowMs: 60_000,
  },
  {
    title: "by ticket",
    keys: "byTicket",
    hello: "HELLO by ticket",
    welcome: "WELCOME to a ticket",
    confirm: "CONFIRM of a ticket",
    credential: { method: 2, ticket },
    ikm: fromHex(golden.ticket.key),
    client: { serializers: [1], maxFrameBytes: 65_536 },
    windowMs: 0,
  },
];

describe.each(exchanges)("golden handshake $title", (exchange) => {
  const derived = golden.derived[exchange.keys];

  it("derives the recorded keys", () => {
    const welcome = goldenBytes(exchange.welcome);
    const transcript = transcriptHash(goldenBytes(exchange.hello), welcome.subarray(0, -32), new Uint8Array(0));
    expect(toHex(transcript)).toBe(derived.transcript);
    expect(toHex(deriveKey(exchange.ikm, "hello"))).toBe(derived.hello);
    for (const label of ["c2s", "s2c", "resume"] as const) {
      expect(toHex(deriveKey(exchange.ikm, label, transcript))).toBe(derived[label]);
    }
  });

  it("makes the recorded HELLO, takes the recorded WELCOME and makes the recorded CONFIRM", async () => {
    const client = new ClientHandshake({
      ...exchange.client,
      credential: exchange.credential,
      audience: golden.audience,
      random: () => goldenField(exchange.hello, "nonce"),
    });
    expect(toHex(client.hello)).toBe(toHex(goldenBytes(exchange.hello)));
    const established = await client.welcome(goldenBytes(exchange.welcome));
    expect(toHex(established.sessionId)).toBe(toHex(goldenField(exchange.welcome, "session id")));
    expect(toHex(established.resumeKey)).toBe(derived.resume);
    expect(toHex(ClientHandshake.confirm(established, 0))).toBe(toHex(goldenBytes(exchange.confirm)));
  });

  it("answers the recorded HELLO with the recorded WELCOME and takes the recorded CONFIRM", async () => {
    const server = new ServerHandshake({
      keys: new KeyRing([alice, root]),
      audiences: [golden.audience],
      serializers: [1, 2],
      maxFrameBytes: 2 * 1024 * 1024,
      heartbeatMs: 20_000,
      windowMs: exchange.windowMs,
      nowMs: () => ISSUED_MS,
      random: (count) => goldenField(exchange.welcome, count === 16 ? "session id" : "nonce"),
    });
    const { welcome } = await server.hello(goldenBytes(exchange.hello));
    expect(toHex(welcome)).toBe(toHex(goldenBytes(exchange.welcome)));
    expect(server.confirm(goldenBytes(exchange.confirm))).toBe(0);
  });

  it("reads HELLO and WELCOME and writes them back byte for byte", () => {
    const hello = goldenBytes(exchange.hello);
    const helloAgain = encodeHello(decodeHello(hello));
    new KeySchedule(exchange.ikm).helloMac.sign(helloAgain);
    expect(toHex(helloAgain)).toBe(toHex(hello));

    const welcome = goldenBytes(exchange.welcome);
    const welcomeAgain = encodeWelcome(decodeWelcome(welcome));
    new Mac(fromHex(derived.s2c)).sign(welcomeAgain);
    expect(toHex(welcomeAgain)).toBe(toHex(welcome));
  });
});

describe("golden ticket", () => {
  it("reads as the recorded fields and writes back byte for byte", () => {
    const payload = decodeTicketPayload(fromHex(golden.ticket.hex));
    expect({ ...payload, id: toHex(payload.id) }).toEqual({
      keyId: "root",
      issuedAtMs: ISSUED_MS,
      expiresAtMs: ISSUED_MS + 600_000,
      id: "d0d1d2d3d4d5d6d7d8d9dadbdcdddedf",
      subject: "Zoë",
      audience: golden.audience,
      scope: "warehouse\ncart/add",
    });
    expect(toHex(encodeTicketPayload(payload))).toBe(golden.ticket.hex);
  });

  it("has the key that its root derives", () => {
    expect(toHex(root.derive("ticket", fromHex(golden.ticket.hex)))).toBe(golden.ticket.key);
  });
});

describe("golden keys", () => {
  it.each([
    [alice, golden.key.fingerprint],
    [root, golden.root.fingerprint],
  ])("have the recorded fingerprint", (key, fingerprint) => {
    expect(key.fingerprint).toBe(fingerprint);
  });
});

describe.each([
  {
    name: "DATA empty: an acknowledgement" as const,
    key: golden.derived.byKey.c2s,
    header: { type: 4 as const, ack: 3, seq: 1 },
    head: "[]",
    segments: [],
  },
  {
    name: "DATA with a call" as const,
    key: golden.derived.byKey.c2s,
    header: { type: 4 as const, ack: 2 ** 48 - 2, seq: 2 ** 47 + 5 },
    head: '[["open"],["call",1,"warehouse","store",{"json":["kynttilä",3]},{"d":30000}]]',
    segments: [],
  },
  {
    name: "DATA with a segment" as const,
    key: golden.derived.byKey.s2c,
    header: { type: 4 as const, ack: 2, seq: 2 },
    head: '[["ok",1,{"json":[0,"Uint8Array"],"meta":{"values":[["custom","bytes"]],"v":1}}]]',
    segments: [Uint8Array.of(0x00, 0xff, 0x10)],
  },
])("golden $name", ({ name, key, header, head, segments }) => {
  it("is made of its header, head and segments", () => {
    const frame = frameBody(head, segments);
    writeHeader(frame, header);
    new Mac(fromHex(key)).sign(frame);
    expect(toHex(frame)).toBe(toHex(goldenBytes(name)));
  });

  it("verifies and reads as its header, messages and segments", () => {
    const frame = goldenBytes(name);
    expect(new Mac(fromHex(key)).verify(frame)).toBe(true);
    expect(readHeader(frame)).toEqual(header);
    const body = decodeBody(bodyOf(frame));
    expect(body.messages).toEqual(JSON.parse(head));
    expect(body.segments.map(toHex)).toEqual(segments.map(toHex));
  });
});
