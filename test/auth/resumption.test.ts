import { describe, expect, it } from "vitest";
import { ClientHandshake, type Established } from "../../src/auth/client-handshake.js";
import type { ResumableSession } from "../../src/auth/resumption.js";
import { client, server, shakeHands, waitingServer } from "./handshake-fixtures.js";

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

  describe("with one that has moved too often", () => {
    /** Answers once the timers that were set have been called. */
    function paced(found: () => ResumableSession | undefined) {
      const timers: [ms: number, task: () => void][] = [];
      const { ours } = first;
      const handshake = waitingServer({
        findSession: found,
        after: (ms, task) => (timers.push([ms, task]), { cancel: () => undefined }),
      });
      const asking = client({ resume: ours });
      return { timers, asking, answer: handshake.hello(asking.hello) };
    }
    const first = session();

    it("waits as long as it has to, more than once, and tells then how far the session is", async () => {
      let now = { ...first.known, resumableInMs: 700 };
      const { timers, asking, answer } = paced(() => now);
      expect(timers.map(([ms]) => ms)).toEqual([700]);
      now = { ...now, resumableInMs: 300 };
      timers[0]![1]();
      await Promise.resolve();
      expect(timers.map(([ms]) => ms)).toEqual([700, 300]);
      now = { ...now, resumableInMs: 0, takenSeq: 12 };
      timers[1]![1]();
      expect(asking.welcome((await answer).welcome)).toMatchObject({ isResumed: true, peerAck: 12 });
    });

    it("gets a new session when it ended meanwhile", async () => {
      let now: ResumableSession | undefined = { ...first.known, resumableInMs: 700 };
      const { timers, asking, answer } = paced(() => now);
      now = undefined;
      timers[0]![1]();
      expect(asking.welcome((await answer).welcome)).toMatchObject({ isResumed: false, peerAck: 0 });
    });

    it("waits by the host's timers when it is given none", async () => {
      let waited = 0;
      const found = () => ({ ...first.known, resumableInMs: waited++ === 0 ? 1 : 0 });
      const { welcome } = await waitingServer({ findSession: found }).hello(client({ resume: first.ours }).hello);
      expect([welcome.length, waited]).toEqual([expect.any(Number), 2]);
    });
  });

  it("takes the same steps for a session that is not there", () => {
    const { ours } = session();
    const { client: next } = shakeHands(client({ resume: ours }), server({ findSession: () => undefined }));
    expect(next.isResumed).toBe(false);
    expect(next.sessionId).not.toEqual(ours.sessionId);
  });
});
