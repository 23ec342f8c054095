import { describe, expect, it } from "vitest";
import { ClientHandshake, type ClientHandshakeOptions } from "../../src/auth/client-handshake.js";
import { Key, scheduleOf } from "../../src/auth/key.js";
import { KeyRing } from "../../src/auth/key-ring.js";
import { KeySchedule } from "../../src/auth/key-schedule.js";
import { decodeHello, encodeHello } from "../../src/wire/hello.js";
import {
  AUDIENCE,
  certificateCredential,
  client,
  keyingMaterial,
  type PromptClient,
  refusalOf,
  server,
  shakeHands,
} from "./handshake-fixtures.js";

/** A client that proves itself by its certificate. */
function byCertificate(options: Partial<ClientHandshakeOptions> = {}): PromptClient {
  return client({ credential: { method: 3 }, keyingMaterial, ...options });
}

describe("a client certificate as the credential", () => {
  it("gives the mapped name as the principal, all objects, and an end with the certificate", () => {
    const { accepted } = shakeHands(byCertificate(), server({ certificateCredential }));
    expect(accepted.principal).toEqual({ kind: "certificate", id: "certificate:shop-7", subject: "shop-7" });
    expect(accepted.grant.expiresAtMs).toBe(certificateCredential.expiresAtMs);
    expect(accepted.grant.allows("anything", "member")).toBe(true);
    expect(accepted.grant.allowsSome("anything")).toBe(true);
  });

  it("says method 3 and the key id tls", () => {
    expect(decodeHello(byCertificate().hello)).toMatchObject({ authMethod: 3, keyId: "tls" });
  });

  it("is refused where certificates are no credential, and the sentence says what would make them one", () => {
    const refusal = refusalOf(() => server().hello(byCertificate().hello));
    expect([refusal.reason, refusal.message]).toEqual(["method", expect.stringContaining('"tls.certificateSubject"')]);
  });

  it("is refused on another TLS connection: a relay ends TLS in between", () => {
    const relayed = byCertificate({ keyingMaterial: new Uint8Array(32).fill(6) });
    const refusal = refusalOf(() => server({ certificateCredential }).hello(relayed.hello));
    expect([refusal.reason, refusal.message]).toEqual([
      "tag",
      expect.stringContaining("what this TLS connection exports"),
    ]);
  });

  it("is refused once the certificate has ended, give or take a minute", () => {
    const at = (nowMs: number) => server({ certificateCredential, nowMs: () => nowMs });
    expect(at(certificateCredential.expiresAtMs + 59_000).hello(byCertificate().hello).principal.subject).toBe(
      "shop-7",
    );
    const late = at(certificateCredential.expiresAtMs + 61_000);
    expect(refusalOf(() => late.hello(byCertificate().hello)).reason).toBe("key-validity");
  });

  it("is refused for another audience", () => {
    const elsewhere = byCertificate({ audience: "wss://elsewhere" });
    expect(refusalOf(() => server({ certificateCredential }).hello(elsewhere.hello)).reason).toBe("audience");
  });

  it("is refused when it is bound and the daemon sees no TLS to bind to", () => {
    const bound = byCertificate({ channelBinding: new Uint8Array(32).fill(9) });
    expect(refusalOf(() => server({ certificateCredential }).hello(bound.hello)).reason).toBe("binding");
  });

  it("is refused when HELLO names a key", () => {
    const hello = encodeHello({ ...decodeHello(byCertificate().hello), keyId: "alice" });
    new KeySchedule(keyingMaterial).helloMac.sign(hello);
    expect(refusalOf(() => server({ certificateCredential }).hello(hello)).reason).toBe("method");
  });

  it("is not the key of the ring that has the id tls, nor does that key stand for it", () => {
    const tls = Key.generate({ id: "tls" });
    const keys = new KeyRing([tls]);
    const byKey = client({ credential: { method: 1, key: tls } });
    expect(server({ keys, certificateCredential }).hello(byKey.hello).principal.id).toBe("key:tls");
    const posing = encodeHello({ ...decodeHello(byKey.hello), authMethod: 3 });
    scheduleOf(tls).helloMac.sign(posing);
    expect(refusalOf(() => server({ keys, certificateCredential }).hello(posing)).reason).toBe("tag");
    expect(refusalOf(() => server({ keys }).hello(posing)).reason).toBe("method");
    const { grant } = server({ keys, certificateCredential }).hello(byCertificate().hello);
    expect(keys.find(grant.keyId)).toBeUndefined();
  });

  it("needs keying material, which TLS 1.3 alone gives", () => {
    const make = () =>
      new ClientHandshake({ credential: { method: 3 }, audience: AUDIENCE, serializers: [1], maxFrameBytes: 65_536 });
    expect(make).toThrow(
      expect.objectContaining({ code: "HW_OPTION_INVALID", message: expect.stringContaining("TLS 1.3") }),
    );
  });

  it("takes as long to refuse where certificates are unknown: the same derivations, with a key that nobody has", () => {
    const derivations: string[] = [];
    const { derive } = KeySchedule.prototype;
    KeySchedule.prototype.derive = function (label, context) {
      derivations.push(label);
      return derive.call(this, label, context);
    };
    try {
      const stranger = byCertificate({ keyingMaterial: new Uint8Array(32).fill(6) });
      const asked = (run: () => unknown) => {
        derivations.length = 0;
        refusalOf(run);
        return [...derivations];
      };
      const known = asked(() => server({ certificateCredential }).hello(stranger.hello));
      const unknown = asked(() => server().hello(stranger.hello));
      expect(unknown).toEqual(known);
    } finally {
      KeySchedule.prototype.derive = derive;
    }
  });
});
