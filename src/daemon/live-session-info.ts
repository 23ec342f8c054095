import type { Principal } from "../auth/principal.js";
import type { LiveReference } from "../session/live-reference.js";
import type { Session } from "../session/session.js";
import type { SessionStatistics } from "../session/session-statistics.js";
import type { SessionInfo } from "./daemon-events.js";
import type { ServedPeer } from "./served-peer.js";

/**
 * What the program sees of a session; what came with the credential is read anew, since it may be renewed. A class, since
 * an object with getters of its own costs each idle session 2 KiB (measured).
 */
export class LiveSessionInfo implements SessionInfo {
  readonly sessionId: string;
  readonly principal: Principal;
  readonly #session: Session;
  readonly #peer: ServedPeer;

  constructor(session: Session, peer: ServedPeer) {
    this.#session = session;
    this.#peer = peer;
    this.sessionId = peer.sessionId;
    this.principal = peer.principal;
    Object.freeze(this);
  }

  get isAttached(): boolean {
    return this.#session.isAttached;
  }

  get remoteAddress(): string | undefined {
    return this.#peer.remoteAddress;
  }

  get origin(): string | undefined {
    return this.#peer.origin;
  }

  get keyId(): string {
    return this.#peer.grant.keyId;
  }

  get keyFingerprint(): string | undefined {
    return this.#peer.grant.keyFingerprint;
  }

  get certificateFingerprint(): string | undefined {
    return this.#peer.peerCertificate?.fingerprint256;
  }

  get statistics(): SessionStatistics {
    return this.#session.fullStatistics;
  }

  references(): readonly LiveReference[] {
    return this.#session.references();
  }

  close(): Promise<void> {
    return this.#session.close();
  }
}
