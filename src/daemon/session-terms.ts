import type { Established } from "../auth/established.js";
import type { Grant } from "../auth/grant.js";
import type { Principal } from "../auth/principal.js";
import type { PayloadSerializer } from "../serializers/payload.js";
import type { HandshakeRequest } from "./options.js";
import type { PeerFacts } from "./peer-facts.js";

/** What was agreed with one peer. */
export interface SessionTerms {
  readonly principal: Principal;
  readonly grant: Grant;
  readonly serializer: PayloadSerializer;
  readonly facts: PeerFacts;
  /** Of the handshake that creates the session. */
  readonly established: Established;
}

/** A channel that takes the place of a session's, and the credential that comes with it. */
export interface Renewal {
  readonly grant: Grant;
  readonly facts: PeerFacts;
  readonly established: Established;
}

/** What the program may know of a peer. */
export type KnownFacts = Omit<HandshakeRequest, "data" | "principal">;

/** What the program may know of a peer, by what its listener knows. */
export function knownFacts({ remoteAddress, origin, peerCertificate }: PeerFacts): KnownFacts {
  return {
    ...(remoteAddress === undefined ? {} : { remoteAddress }),
    ...(origin === undefined ? {} : { origin }),
    ...(peerCertificate === undefined ? {} : { peerCertificate }),
  };
}
