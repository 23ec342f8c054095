import type { Grant } from "../auth/grant.js";
import type { Principal } from "../auth/principal.js";
import type { ServedSession } from "../objects/call-handler-options.js";
import type { LiveReference } from "../session/live-reference.js";
import type { Session } from "../session/session.js";
import type { SessionStatistics } from "../session/session-statistics.js";
import type { SessionInfo } from "./daemon-events.js";

/** What it is read from. */
export interface SessionInfoSource {
  readonly session: Session;
  readonly served: ServedSession;
  /** Of the credential that came last. */
  readonly grant: () => Grant;
}

/**
 * What the program sees of a session; what came with the credential is read anew, since it may be renewed. A class, since
 * an object with getters of its own costs each idle session 2 KiB (measured).
 */
export class LiveSessionInfo implements SessionInfo {
  readonly sessionId: string;
  readonly principal: Principal;
  readonly #source: SessionInfoSource;

  constructor(source: SessionInfoSource) {
    this.#source = source;
    this.sessionId = source.served.sessionId;
    this.principal = source.served.principal;
    Object.freeze(this);
  }

  get isAttached(): boolean {
    return this.#source.session.isAttached;
  }

  get remoteAddress(): string | undefined {
    return this.#source.served.remoteAddress;
  }

  get origin(): string | undefined {
    return this.#source.served.origin;
  }

  get keyId(): string {
    return this.#source.grant().keyId;
  }

  get keyFingerprint(): string | undefined {
    return this.#source.grant().keyFingerprint;
  }

  get certificateFingerprint(): string | undefined {
    return this.#source.served.peerCertificate?.fingerprint256;
  }

  get statistics(): SessionStatistics {
    return this.#source.session.fullStatistics;
  }

  references(): readonly LiveReference[] {
    return this.#source.session.references();
  }

  close(): Promise<void> {
    return this.#source.session.close();
  }
}
