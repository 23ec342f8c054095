import { mkdtemp, rm, chmod, symlink } from "node:fs/promises";
import { networkInterfaces, tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from "vitest";
import { ClientHandshake } from "../../src/auth/client-handshake.js";
import { credentialSource } from "../../src/client/credential-source.js";
import type { ClientEnvironment } from "../../src/client/client-environment.js";
import { equalBytes } from "../../src/auth/equal-bytes.js";
import { Key, scheduleOf } from "../../src/auth/key.js";
import { keyFromPassphrase } from "../../src/auth/key-from-passphrase.js";
import { KeyRing } from "../../src/auth/key-ring.js";
import { KeySchedule } from "../../src/auth/key-schedule.js";
import { Mac } from "../../src/auth/mac.js";
import { randomBytes } from "../../src/auth/random-bytes.js";
import { mintTicket, mintTicketAt, type Ticket, ticketSecret } from "../../src/auth/ticket.js";
import { keyFile } from "../../src/node/key-file.js";
import { openConnection } from "../../src/node/connect.js";
import { serve } from "../../src/node/serve.js";
import { encodeTicketPayload } from "../../src/auth/ticket-payload.js";
import { encodeBase64Url } from "../../src/auth/base64url.js";
import { client, server, shakeHands } from "../auth/handshake-fixtures.js";
import { toHex } from "../wire/hex.js";
import { AttackedDaemon } from "./support/attacked-daemon.js";
import { HostilePeer } from "./support/hostile-peer.js";
import { webSocketFrame } from "./support/raw-line.js";

const HOUR = 3_600_000;
const later = (ms: number) => new Date(Date.now() + ms);

describe("against a daemon in a process of its own", () => {
  const early = Key.generate({ id: "early", notBefore: later(HOUR) });
  const late = Key.generate({ id: "late", notAfter: later(-HOUR) });
  const lateRoot = Key.generate({ id: "late-root", use: "mint", notAfter: later(-HOUR) });
  const bound = Key.generate({ id: "bound", requireChannelBinding: true });
  let attacked: AttackedDaemon;
  beforeAll(async () => void (attacked = await AttackedDaemon.start({ keys: [early, late, lateRoot, bound] })), 60_000);
  afterEach(() => attacked.isUnharmed());
  afterAll(() => attacked[Symbol.asyncDispose]());

  const helloOf = (credential: ConstructorParameters<typeof ClientHandshake>[0]["credential"]) =>
    new ClientHandshake({ credential, audience: new URL(attacked.url).origin, serializers: [1], maxFrameBytes: 65_536 })
      .hello;
  const keyHello = (key: Key) => helloOf({ method: 1, key });
  const ticketHello = (ticket: Ticket) => helloOf({ method: 2, ticket });

  /** What somebody on the other end of the line sees of a HELLO: every byte after the upgrade. */
  async function seen(hello: Uint8Array): Promise<string> {
    await using line = await attacked.webSocket();
    const bytes: Buffer[] = [];
    line.socket.on("data", (chunk: Buffer) => bytes.push(chunk));
    line.frame({ payload: hello });
    expect(await line.closeCode()).toBe(4401);
    // Answers the close, after which the daemon has nothing more to say.
    line.frame({ opcode: 8, payload: Buffer.from([0x11, 0x31]) });
    await line.closed;
    return Buffer.concat(bytes).toString("hex");
  }

  const refusal = webSocketFrame({ opcode: 8, payload: Buffer.from([0x11, 0x31]), isMasked: false }).toString("hex");
  const ticketOf = (changes: object, mintedWith: () => Key) => () => {
    const key = mintedWith();
    const nowMs = Date.now();
    const payload = encodeTicketPayload({
      keyId: key.id,
      issuedAtMs: nowMs,
      expiresAtMs: nowMs + 600_000,
      id: randomBytes(16),
      subject: "zoe",
      audience: "",
      scope: "*",
      ...changes,
    });
    return { payload: encodeBase64Url(payload), key: encodeBase64Url(key.derive("ticket", payload)), expiresAtMs: 0 };
  };

  test.each<[string, string, () => Uint8Array, RegExp]>([
    [
      "row 23",
      "an id that nobody has",
      () => keyHello(Key.generate({ id: "mallory" })),
      /no key with the id "mallory"/,
    ],
    [
      "row 23, S36",
      "a known id with another key",
      () => keyHello(Key.generate({ id: "eve" })),
      /isn't signed with the key "eve"/,
    ],
    [
      "row 23, S36",
      "one bit of the key changed",
      () => {
        const bytes = attacked.keys.eve.export();
        bytes[31]! ^= 1;
        return keyHello(Key.from(bytes, { id: "eve" }));
      },
      /isn't signed with the key "eve"/,
    ],
    [
      "row 23",
      "a root to connect with",
      () => keyHello(Key.from(attacked.keys.root.export(), { id: "root" })),
      /"use" mint/,
    ],
    ["row 30", "a key before its time", () => keyHello(early), /"early" isn't valid now/],
    ["row 30", "a key after its time", () => keyHello(late), /"late" isn't valid now/],
    [
      "row 30",
      "a ticket of a root after its time",
      () => ticketHello(ticketOf({}, () => lateRoot)()),
      /"late-root" isn't valid now/,
    ],
    ["row 23", "a key that has to be bound to TLS", () => keyHello(bound), /"requireChannelBinding"/],
    [
      "row 31",
      "a ticket that has expired",
      () => ticketHello(mintTicketAt(Date.now() - 1_200_000, { keys: attacked.keys.root, subject: "zoe" })),
      /it has expired/,
    ],
    [
      "row 31",
      "a ticket issued in the future",
      () => ticketHello(mintTicketAt(Date.now() + 120_000, { keys: attacked.keys.root, subject: "zoe" })),
      /in the future/,
    ],
    [
      "row 31",
      "a ticket for another daemon",
      () => ticketHello(mintTicket(attacked.keys.root, { subject: "zoe", audience: "ws://127.0.0.1:1" })),
      /it is for "ws:\/\/127\.0\.0\.1:1"/,
    ],
    [
      "row 31",
      "a ticket of an unknown root",
      () => ticketHello(mintTicket(Key.generate({ id: "nobody", use: "mint" }), { subject: "zoe" })),
      /no key with the id "nobody"/,
    ],
    [
      "row 31",
      "a ticket that lives too long",
      () => ticketHello(ticketOf({ expiresAtMs: Date.now() + 2 * HOUR }, () => attacked.keys.root)()),
      /the limit is 3600000/,
    ],
    [
      "row 31",
      "a ticket of a key that only connects",
      () => ticketHello(ticketOf({}, () => attacked.keys.eve)()),
      /"use" connect/,
    ],
    [
      "row 31",
      "a ticket without scope",
      () => ticketHello(ticketOf({ scope: "" }, () => attacked.keys.root)()),
      /scope/,
    ],
  ])("%s: %s is refused with the same bytes as any other", async (_, __, hello, reason) => {
    expect(await seen(hello())).toBe(refusal);
    expect(await attacked.event("refused")).toMatch(reason);
  });

  test("row 31: a ticket that was denied is refused with the same bytes, and its sessions end", async () => {
    const ticket = mintTicket(attacked.keys.root, { subject: "zoe" });
    const connection = openConnection(attacked.url, { ticket, isolated: true });
    await connection.ready;
    await attacked.denySubject("zoe");
    expect(await connection.closed).toMatchObject({
      message: expect.stringContaining("its key or ticket was revoked") as string,
    });
    expect(await seen(ticketHello(ticket))).toBe(refusal);
    expect(await attacked.event("refused", /ticket/)).toMatch(/issued until then are denied/);
    await attacked.event("closed", /ticket:root\/zoe/);
  });

  test("row 31: no bit of a ticket's payload can be changed", async () => {
    const ticket = mintTicket(attacked.keys.root, { subject: "zoe" });
    const hello = ticketHello(ticket);
    const mac = new KeySchedule(ticketSecret(ticket)).helloMac;
    const start = Buffer.from(hello).indexOf(Buffer.from(ticket.payload, "base64url"));
    expect(start).toBeGreaterThan(0);
    const length = Buffer.from(ticket.payload, "base64url").length;
    for (let at = 0; at < length; at += 3) {
      const changed = hello.slice();
      changed[start + at]! ^= 1 << (at % 8);
      // Signed again with the key of the ticket as it was: all that its holder has.
      mac.sign(changed);
      expect(await seen(changed), `byte ${at}`).toBe(refusal);
    }
  });

  test("S36: who has the key gets in, and it is the key that is asked for, not the id", async () => {
    await using peer = await attacked.peer();
    expect(peer.established.isResumed).toBe(false);
    expect(await attacked.event("accepted")).toBe("key:eve");
  });

  test("S35, S40: a key that is removed ends its sessions and those in mid-handshake", async () => {
    const peers = [await attacked.peer(), await attacked.peer({ until: "greeted" })];
    try {
      await attacked.removeKey("eve");
      expect(await Promise.all(peers.map((peer) => peer.closeCode()))).toEqual([4401, 4401]);
      expect(await seen(keyHello(attacked.keys.eve))).toBe(refusal);
    } finally {
      for (const peer of peers) await peer[Symbol.asyncDispose]();
    }
  });
});

describe("row 23: the steps of a refusal", () => {
  const alice = Key.generate({ id: "alice" });
  const rings = {
    "its own keys": new KeyRing([alice]),
    "a provider": new KeyRing([], { find: async (id) => (id === "alice" ? alice : undefined) }),
  };

  test.each(Object.entries(rings))("are the same for an unknown id and for a wrong key, with %s", async (_, keys) => {
    const steps: string[] = [];
    const { derive } = KeySchedule.prototype;
    const { verify } = Mac.prototype;
    vi.spyOn(KeySchedule.prototype, "derive").mockImplementation(function (this: KeySchedule, label, context) {
      steps.push(`derive ${label}`);
      return Reflect.apply(derive, this, [label, context]) as Uint8Array;
    });
    vi.spyOn(Mac.prototype, "verify").mockImplementation(function (this: Mac, frame) {
      steps.push(`verify ${frame.length}`);
      return Reflect.apply(verify, this, [frame]) as boolean;
    });
    try {
      const taken: string[][] = [];
      for (const id of ["nobdy", "alice"]) {
        for (const method of [1, 2] as const) {
          const { hello } = client({
            credential:
              method === 1
                ? { method, key: Key.generate({ id }) }
                : { method, ticket: mintTicket(Key.generate({ id, use: "mint" }), { subject: "zoe" }) },
          });
          const side = server({ keys });
          steps.length = 0;
          await expect((async () => side.hello(hello))()).rejects.toThrow(/no key with the id|isn't signed with/);
          taken.push([...steps]);
        }
      }
      expect(taken[0]).toEqual(taken[2]);
      expect(taken[1]).toEqual(taken[3]);
      expect(taken[0]!.at(-1)).toMatch(/^verify/);
    } finally {
      vi.restoreAllMocks();
    }
  });
});

describe("row 16, S36, S39: what can be a key", () => {
  const bytes = randomBytes(32);

  test.each<[string, unknown]>([
    ["no bytes", new Uint8Array(0)],
    ["31 bytes", bytes.subarray(1)],
    ["33 bytes, the last of them 0", Uint8Array.from([...bytes, 0])],
    ["32 zeros", new Uint8Array(32)],
    ["a passphrase", "secretkey"],
    ["32 characters", "0123456789abcdef0123456789abcdef"],
    ["hex of 31 bytes", toHex(bytes.subarray(1))],
    ["padded base64", `${encodeBase64Url(bytes)}=`],
    ["an array of numbers", [...bytes]],
    ["nothing", undefined],
  ])("%s is refused", (_, secret) => {
    expect(() => Key.from(secret as Uint8Array, { id: "alice" })).toThrow(
      expect.objectContaining({ name: "ConfigError", code: "HW_KEY_INVALID" }),
    );
  });

  test("bytes, hex and base64url of 32 random bytes are accepted, and are the same key", () => {
    const made = [bytes, Buffer.from(bytes), toHex(bytes), encodeBase64Url(bytes)].map((one) =>
      Key.from(one, { id: "a" }),
    );
    expect(new Set(made.map(({ fingerprint }) => fingerprint)).size).toBe(1);
  });

  test("S39: a new key is 32 bytes of the host's randomness, each bit of which comes and goes", () => {
    const seenOn = new Uint8Array(32);
    const seenOff = new Uint8Array(32);
    for (let count = 0; count < 64; count++) {
      for (const [at, byte] of Key.generate().export().entries()) {
        seenOn[at]! |= byte;
        seenOff[at]! |= ~byte;
      }
    }
    expect(toHex(seenOn) + toHex(seenOff)).toBe("ff".repeat(64));
  });
});

describe("row 27: both nonces equal", () => {
  test("make the same keys, so each side asks for a nonce of its own in each handshake, once", () => {
    const asked: number[] = [];
    const stub = (count: number): Uint8Array => {
      asked.push(count);
      return new Uint8Array(count).fill(7);
    };
    const exchanges = [0, 1].map(() => shakeHands(client({ random: stub }), server({ random: stub })));
    expect(toHex(exchanges[0]!.client.resumeKey)).toBe(toHex(exchanges[1]!.client.resumeKey));
    // Client: its nonce. Server: its nonce and the session's id.
    expect(asked.filter((count) => count === 32)).toHaveLength(4);
    expect(asked).toHaveLength(6);
    const [one, other] = [0, 1].map(() => shakeHands(client(), server()));
    expect(toHex(one!.client.resumeKey)).not.toBe(toHex(other!.client.resumeKey));
  });
});

test("row 39: the comparison looks at every byte, of whatever length, and takes no prefix for the whole", () => {
  const bytes = randomBytes(32);
  expect(equalBytes(bytes, bytes.slice())).toBe(true);
  for (let at = 0; at < 32; at++) {
    let reads = 0;
    const other = bytes.slice();
    other[at]! ^= 0x80;
    const watched = new Proxy(other, {
      get: (target, name) => {
        if (typeof name === "string" && /^\d+$/.test(name)) reads++;
        return Reflect.get(target, name, target) as unknown;
      },
    });
    expect(equalBytes(bytes, watched)).toBe(false);
    expect(reads).toBe(32);
    expect(equalBytes(bytes, bytes.subarray(0, at))).toBe(false);
  }
  expect(equalBytes(new Uint8Array(0), new Uint8Array(0))).toBe(true);
});

describe("row 116: a key file that others could read or replace", () => {
  let folder: string;
  let file: string;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), "hearthwire-row-116-"));
    file = join(folder, "keys.json");
    await keyFile(file);
  });
  afterAll(() => rm(folder, { recursive: true, force: true }));

  test("is read as long as it is its owner's alone", async () => {
    expect([...(await keyFile(file))]).toHaveLength(2);
  });

  test.each([0o644, 0o640, 0o604, 0o622, 0o666])("is refused with mode 0%o", async (mode) => {
    await chmod(file, mode);
    await expect(keyFile(file)).rejects.toMatchObject({ code: "HW_KEY_FILE_UNSAFE" });
    await chmod(file, 0o600);
  });

  test("is refused as a symbolic link", async () => {
    await symlink(file, join(folder, "link.json"));
    await expect(keyFile(join(folder, "link.json"))).rejects.toMatchObject({ code: "HW_KEY_FILE_UNSAFE" });
  });

  test.each([0o777, 0o770, 0o722])("is refused in a folder of mode 0%o", async (mode) => {
    await chmod(folder, mode);
    await expect(keyFile(file)).rejects.toMatchObject({ code: "HW_KEY_FILE_UNSAFE" });
    await chmod(folder, 0o700);
  });
});

describe("S40: a ring's keys change while a daemon runs", () => {
  const shop = { hello: () => "there" };

  test("rotation: both keys are good while clients change, and the old one ends within a second of its removal", async () => {
    const [old, next] = [
      Key.generate({ id: "alice-1", subject: "alice" }),
      Key.generate({ id: "alice-2", subject: "alice" }),
    ];
    const keys = new KeyRing([old]);
    await using daemon = await serve({ shop }, { keys });
    const connect = (key: Key) => openConnection<{ shop: typeof shop }>(daemon.url(), { key, isolated: true });
    const before = connect(old);
    expect(await before.object("shop").hello()).toBe("there");
    keys.add(next);
    const after = connect(next);
    expect(await after.object("shop").hello()).toBe("there");
    expect([...daemon.sessions.values()].map(({ principal }) => principal.id)).toEqual(["key:alice", "key:alice"]);
    const start = performance.now();
    keys.remove("alice-1");
    expect(await before.closed).toMatchObject({ name: "ConnectionError" });
    expect(performance.now() - start).toBeLessThan(1_000);
    await expect(connect(old).ready).rejects.toMatchObject({ code: "HW_REFUSED" });
    expect(await after.object("shop").hello()).toBe("there");
    await after.close();
  });

  test("a provider's keys work the same way", async () => {
    const stored = new Map([["alice", Key.generate({ id: "alice" })]]);
    const alice = stored.get("alice")!;
    const keys = new KeyRing([], { find: async (id) => stored.get(id) });
    await using daemon = await serve({ shop }, { keys });
    const connection = openConnection<{ shop: typeof shop }>(daemon.url(), { key: alice, isolated: true });
    expect(await connection.object("shop").hello()).toBe("there");
    stored.delete("alice");
    expect(keys.remove("alice")).toBe(false);
    await connection.closed;
    expect(connection.state.status).toBe("closed");
    await expect(openConnection(daemon.url(), { key: alice, isolated: true }).ready).rejects.toMatchObject({
      code: "HW_REFUSED",
    });
  });

  test("a client asks for its key at each handshake", async () => {
    const keys = new KeyRing([Key.generate({ id: "alice" })]);
    await using daemon = await serve({ shop }, { keys });
    let asked = 0;
    const key = async (): Promise<Key> => {
      asked++;
      return asked === 1 ? Key.generate({ id: "alice" }) : keys.primary;
    };
    const connection = openConnection<{ shop: typeof shop }>(daemon.url(), { key, isolated: true });
    expect(await connection.object("shop").hello()).toBe("there");
    expect(asked).toBe(2);
    await connection.close();
  });
});

describe("S39: the key of a passphrase", () => {
  const address = Object.values(networkInterfaces())
    .flat()
    .find((one) => one?.family === "IPv4" && !one.internal)?.address;
  let key: Key;
  beforeAll(async () => void (key = await keyFromPassphrase("correct horse battery staple", { id: "alice" })));

  test("is good on loopback", async () => {
    await using daemon = await serve({ shop: { hello: () => "there" } }, { keys: key });
    const connection = openConnection<{ shop: { hello(): string } }>(daemon.url(), { key, isolated: true });
    expect(await connection.object("shop").hello()).toBe("there");
    await connection.close();
  });

  test.each(["ws://192.0.2.1:7766/", "ws://example.com/", "ws://localhost.example.com/", "ws://[2001:db8::1]/"])(
    "is not taken to %s by a client, whatever it allows",
    async (url) => {
      for (const given of [key, () => key, async () => key]) {
        const source = credentialSource({ key: given }, {} as ClientEnvironment);
        await expect(source.credential(url, false)).rejects.toMatchObject({
          name: "ConfigError",
          code: "HW_KEY_INVALID",
          message: expect.stringMatching(/"alice" has "requireTls"/) as string,
        });
      }
    },
  );

  test.each(["wss://192.0.2.1/", "ws://127.0.0.1/", "ws://[::1]/", "ws://localhost:1/"])(
    "is taken to %s",
    async (url) => {
      const { credential } = credentialSource({ key }, {} as ClientEnvironment);
      expect(await credential(url, false)).toEqual({ method: 1, key });
    },
  );

  test.skipIf(address === undefined)(
    "is refused by a daemon beyond loopback without TLS, and others are not",
    async () => {
      const bob = Key.generate({ id: "bob" });
      await using daemon = await serve({}, { keys: new KeyRing([key, bob]), host: address!, allowPlaintext: true });
      const url = daemon.url();
      const reason = new Promise<string>((resolve) => daemon.on("refused", (event) => resolve(event.reason)));
      await using peer = await HostilePeer.open({ url, key, until: "connected" });
      peer.transport.send(
        new ClientHandshake({
          credential: { method: 1, key },
          audience: new URL(url).origin,
          serializers: [1],
          maxFrameBytes: 65_536,
        }).hello,
      );
      expect(await peer.closeCode()).toBe(4401);
      expect(await reason).toMatch(/"alice" has "requireTls"/);
      await using other = await HostilePeer.open({ url, key: bob });
      expect(other.established.isResumed).toBe(false);
    },
  );
});

test("S38: no other hash is offered: the schedule of a key has one, and HELLO names none", () => {
  const { hello } = client();
  const schedule = scheduleOf(Key.generate());
  expect(schedule.derive("hello")).toHaveLength(32);
  // Method, binding, nonce, serializers, frame size, key id, ticket, audience, session, proof: no field for an algorithm.
  expect(hello.length).toBe(
    16 + 1 + 1 + 32 + 1 + 2 + 4 + 1 + "alice".length + 2 + 2 + "ws://127.0.0.1:7766".length + 16 + 32 + 32,
  );
});
