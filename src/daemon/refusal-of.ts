import type { Refusal, SessionInfo } from "./daemon-events.js";
import type { PeerFacts } from "./peer-facts.js";

/** The refusal of a peer that has not proved itself. */
export function refusalOfPeer(
  { remoteAddress, origin, peerCertificate }: PeerFacts,
  known: Pick<Refusal, "reason" | "keyId" | "keyFingerprint">,
): Refusal {
  return definite({ remoteAddress, origin, certificateFingerprint: peerCertificate?.fingerprint256, ...known });
}

/** The refusal of a peer that has proved itself, and got no session all the same. */
export function refusalOfSession(info: SessionInfo, reason: string): Refusal {
  const { sessionId, principal, remoteAddress, origin, keyId, keyFingerprint, certificateFingerprint } = info;
  const line = { remoteAddress, origin, certificateFingerprint };
  return definite({ ...line, keyId, keyFingerprint, principal, sessionId, reason });
}

function definite(
  facts: { readonly [F in keyof Refusal]: Refusal[F] | undefined } & { readonly reason: string },
): Refusal {
  return Object.fromEntries(Object.entries(facts).filter(([, fact]) => fact !== undefined)) as unknown as Refusal;
}
