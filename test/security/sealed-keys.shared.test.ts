import { afterEach, describe, expect, test, vi } from "vitest";
import { ClientHandshake } from "../../src/auth/client-handshake.js";
import { Key } from "../../src/auth/key.js";
import { clientScheduleOf } from "../../src/auth/known-keys.js";
import { importCryptoKey, keyFromCryptoKey, sealTicket } from "../../src/auth/key-from-crypto-key.js";
import { KeyRing } from "../../src/auth/key-ring.js";
import { deriveKey, type KeyLabel, KeySchedule } from "../../src/auth/key-schedule.js";
import { Mac } from "../../src/auth/mac.js";
import { SealedSchedule } from "../../src/auth/sealed-schedule.js";
import { type Accepted, ServerHandshake } from "../../src/auth/server-handshake.js";
import { mintTicket } from "../../src/auth/ticket.js";
import vectors from "../vectors/rfc4231-rfc5869.json" with { type: "json" };
import { golden } from "../wire/golden-frames.js";
import { fromHex, toHex } from "../wire/hex.js";

const bytes = Uint8Array.from({ length: 32 }, (_, index) => index * 7 + 1);
const key = Key.from(bytes, { id: "alice" });
const root = Key.generate({ id: "root", use: "mint" });
const sealed = async () => keyFromCryptoKey(await importCryptoKey(bytes), { id: "alice", subject: "Alice" });

afterEach(() => vi.unstubAllGlobals());

const clientWith = (credential: ConstructorParameters<typeof ClientHandshake>[0]["credential"]) =>
  new ClientHandshake({ credential, audience: "ws://x", serializers: [1], maxFrameBytes: 65_536 });

async function connectWith(client: ClientHandshake): Promise<Accepted> {
  const server = new ServerHandshake({
    keys: new KeyRing([key, root]),
    audiences: ["ws://x"],
    serializers: [1],
    maxFrameBytes: 65_536,
    heartbeatMs: 20_000,
    windowMs: 0,
    nowMs: () => Date.now(),
  });
  const accepted = await server.hello(client.hello);
  const established = await client.welcome(accepted.welcome);
  expect(server.confirm(ClientHandshake.confirm(established, 0))).toBe(0);
  expect(toHex(established.resumeKey)).toBe(toHex(accepted.established.resumeKey));
  return accepted;
}

describe("a key that WebCrypto keeps", () => {
  test.each<KeyLabel>(["hello", "c2s", "s2c", "resume", "ticket", "fingerprint", "discovery"])(
    "S38, S39: derives %s as noble does, bit for bit",
    async (label) => {
      const schedule = await SealedSchedule.of(crypto.subtle, await importCryptoKey(bytes));
      for (const length of [0, 1, 32, 900]) {
        const context = crypto.getRandomValues(new Uint8Array(length));
        expect(toHex(await schedule.derive(label, context))).toBe(toHex(deriveKey(bytes, label, context)));
      }
    },
  );

  test("S39: gives the keys of a handshake that noble gives", async () => {
    const transcript = crypto.getRandomValues(new Uint8Array(32));
    const [ours, theirs] = await Promise.all([
      clientScheduleOf(await sealed()).handshakeKeys(transcript),
      new KeySchedule(bytes).handshakeKeys(transcript),
    ]);
    expect(toHex(ours.resumeKey)).toBe(toHex(theirs.resumeKey));
    for (const direction of ["clientToServer", "serverToClient"] as const) {
      const frame = crypto.getRandomValues(new Uint8Array(100));
      ours[direction].sign(frame);
      expect(theirs[direction].verify(frame)).toBe(true);
    }
  });

  test("S39: connects to a daemon that has the bytes", async () => {
    const { principal } = await connectWith(clientWith({ method: 1, key: await sealed() }));
    expect(principal.id).toBe("key:alice");
  });

  test("S39: a sealed ticket connects as the ticket does", async () => {
    const ticket = await sealTicket(mintTicket(root, { subject: "zoe", scope: { objects: ["cart"] } }));
    const { principal, grant } = await connectWith(clientWith({ method: 2, ticket }));
    expect(principal.id).toBe("ticket:root/zoe");
    expect([grant.allows("cart", "add"), grant.allows("vault", "open")]).toEqual([true, false]);
  });

  test("S41, row 120: is never read: not by export, derive, a ring or any output", async () => {
    const made = await sealed();
    const readings = [
      () => made.export(),
      () => made.derive("ticket"),
      () => new KeyRing([made]),
      () => mintTicket(made, { subject: "zoe" }),
    ];
    for (const read of readings) expect(read).toThrow(expect.objectContaining({ code: "HW_KEY_INVALID" }));
    expect(made).toMatchObject({ id: "alice", subject: "Alice", use: "connect", fingerprint: key.fingerprint });
    const cryptoKey = await importCryptoKey(bytes);
    expect(cryptoKey.extractable).toBe(false);
    const refusal: unknown = await crypto.subtle.exportKey("raw", cryptoKey).catch((error: Error) => error.name);
    expect(refusal).toMatch(/^(InvalidAccess|NotSupported)/);
    const ticket = mintTicket(root, { subject: "zoe" });
    expect(JSON.stringify(await sealTicket(ticket))).not.toContain(ticket.key);
  });

  test("S39: is refused when it is of another kind, or can be extracted", async () => {
    const usages = ["sign", "verify"] as KeyUsage[];
    const hmac = await crypto.subtle.generateKey({ name: "HMAC", hash: "SHA-256" }, false, usages);
    const other = await crypto.subtle.importKey("raw", bytes, "PBKDF2", false, ["deriveBits"]);
    const cannotDerive = await crypto.subtle.importKey("raw", bytes, "HKDF", false, ["deriveKey"]);
    const extractable = { type: "secret", extractable: true, algorithm: { name: "HKDF" }, usages: ["deriveBits"] };
    for (const wrong of [hmac, other, cannotDerive, extractable, bytes, undefined, null]) {
      await expect(keyFromCryptoKey(wrong as CryptoKey, { id: "alice" })).rejects.toThrow(
        '"cryptoKey" must be an HKDF',
      );
    }
    const right = await importCryptoKey(bytes);
    await expect(keyFromCryptoKey(right, {} as never)).rejects.toThrow('"id" of a key must be given');
    await expect(keyFromCryptoKey(right, { id: "a", use: "mint" } as never)).rejects.toThrow('"use" is no option here');
    await expect(keyFromCryptoKey(right, { id: "a", object: [] } as never)).rejects.toThrow(
      "a name of 6 characters is no option",
    );
  });

  test.each([new Uint8Array(31), new Uint8Array(32), "secret", undefined])(
    "row 16: takes no bytes that are no key: %j",
    async (wrong) => {
      await expect(importCryptoKey(wrong as Uint8Array)).rejects.toMatchObject({ code: "HW_KEY_INVALID" });
    },
  );

  test("S39: seals nothing that is no ticket", async () => {
    for (const wrong of [undefined, {}, { payload: "AA", key: "AA", expiresAtMs: 0 }]) {
      await expect(sealTicket(wrong as never)).rejects.toMatchObject({ code: "HW_OPTION_INVALID" });
    }
  });
});

describe("S45: where the host's cryptography is missing", () => {
  test("a page that is no secure context learns what it needs, and gets no other key instead", async () => {
    const cryptoKey = await importCryptoKey(bytes);
    const ticket = mintTicket(root, { subject: "zoe" });
    vi.stubGlobal("crypto", { getRandomValues: (array: Uint8Array) => array.fill(1) });
    const missing = {
      name: "ConfigError",
      code: "HW_CRYPTO_UNAVAILABLE",
      message: expect.stringMatching(/https and from loopback/),
    };
    await expect(importCryptoKey(bytes)).rejects.toMatchObject(missing);
    await expect(keyFromCryptoKey(cryptoKey, { id: "alice" })).rejects.toMatchObject(missing);
    await expect(sealTicket(ticket)).rejects.toMatchObject(missing);
  });

  test.each<[string, object | undefined]>([
    ["no crypto", undefined],
    ["no getRandomValues", {}],
    [
      "a getRandomValues that throws",
      {
        getRandomValues: () => {
          throw new Error("no entropy");
        },
      },
    ],
    ["a getRandomValues that does nothing", { getRandomValues: (array: unknown) => array }],
  ])("row 28: with %s no key, ticket or handshake is made", (_, stub) => {
    vi.stubGlobal("crypto", stub);
    const missing = expect.objectContaining({ name: "ConfigError", code: "HW_CRYPTO_UNAVAILABLE" }) as Error;
    expect(() => Key.generate()).toThrow(missing);
    expect(() => mintTicket(root, { subject: "zoe" })).toThrow(missing);
    expect(() => clientWith({ method: 1, key })).toThrow(missing);
  });
});

describe("S38: SHA-256, in Node and in browsers", () => {
  test.each(vectors.rfc4231.filter(({ truncatedTo }) => truncatedTo === 32))(
    "HMAC-SHA-256 gives the tag of RFC 4231, case $tc",
    ({ key: secret, data, hmac_sha256 }) => {
      const frame = new Uint8Array([...fromHex(data), ...new Uint8Array(32)]);
      new Mac(fromHex(secret)).sign(frame);
      expect(toHex(frame.subarray(-32))).toBe(hmac_sha256);
    },
  );

  test("both ways to derive give what another implementation gave", async () => {
    const { byKey } = golden.derived;
    const recorded = fromHex(golden.key.bytes);
    const schedule = await SealedSchedule.of(crypto.subtle, await importCryptoKey(recorded));
    expect(toHex(await schedule.derive("hello"))).toBe(byKey.hello);
    for (const label of ["c2s", "s2c", "resume"] as const) {
      expect(toHex(await schedule.derive(label, fromHex(byKey.transcript)))).toBe(byKey[label]);
      expect(toHex(deriveKey(recorded, label, fromHex(byKey.transcript)))).toBe(byKey[label]);
    }
  });
});
