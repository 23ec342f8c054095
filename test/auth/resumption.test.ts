import { describe, expect, it } from "vitest";
import { ClientHandshake, type Established } from "../../src/auth/client-handshake.js";
import type { ResumableSession } from "../../src/auth/resumption.js";
import { client, server, shakeHands } from "./handshake-fixtures.js";

/** A session as the daemon knows it, and what its client remembers. */
function session(takenSeq = 7): { readonly ours: Established; readonly known: ResumableSession } {
  const { client: ours, accepted } = shakeHands(client(), server());
  const { serializerId, peerMaxFrameBytes, resumeKey } = accepted.established;
  const { principal } = accepted;
  return { ours, known: { principal, serializerId, peerMaxFrameBytes, resumeKey, takenSeq, resumableInMs: 0 } };
}

describe("a HELLO that asks for a session", () => {
  it("goes on with it: the same id, its ack, its resume key, and keys of their own for the channel", () => {
    const { ours, known } = session();
    const asked: Uint8Array[] = [];
    const findSession = (id: Uint8Array) => (asked.push(id.slice()), known);
    const { client: next, accepted } = shakeHands(client({ resume: ours }), server({ findSession }));
    expect(asked).toEqual([ours.sessionId]);
    expect(next).toMatchObject({ isResumed: true, peerAck: 7, sessionId: ours.sessionId });
    expect(accepted.established.resumeKey).toEqual(known.resumeKey);
    expect(next.resumeKey).toEqual(ours.resumeKey);
    const confirm = ClientHandshake.confirm(next, 0);
    expect(ours.sendMac.verify(confirm)).toBe(false);
  });

  it("is not asked of the daemon's sessions when it asks for none", () => {
    const findSession = (): never => expect.unreachable();
    expect(shakeHands(client(), server({ findSession })).client.isResumed).toBe(false);
  });

  it("gets the serializer of the session, not the one that it prefers now", () => {
    const { ours, known } = session();
    const { client: next } = shakeHands(
      client({ resume: ours, serializers: [2, 1] }),
      server({ findSession: () => known }),
    );
    expect([known.serializerId, next.serializerId]).toEqual([1, 1]);
  });

  it("is held to its proof in every bit", () => {
    const { ours, known } = session();
    for (let bit = 0; bit < 256; bit++) {
      const resumeKey = ours.resumeKey.slice();
      resumeKey[bit >> 3]! ^= 1 << (bit & 7);
      const { client: next } = shakeHands(
        client({ resume: { ...ours, resumeKey } }),
        server({ findSession: () => known }),
      );
      expect(next.isResumed).toBe(false);
    }
  });

  it("does not go on with one that has moved too often", () => {
    const { ours, known } = session();
    const findSession = () => ({ ...known, isRenewable: false });
    expect(shakeHands(client({ resume: ours }), server({ findSession })).client.isResumed).toBe(false);
  });

  it("takes the same steps for a session that is not there", () => {
    const { ours } = session();
    const { client: next } = shakeHands(client({ resume: ours }), server({ findSession: () => undefined }));
    expect(next.isResumed).toBe(false);
    expect(next.sessionId).not.toEqual(ours.sessionId);
  });
});
