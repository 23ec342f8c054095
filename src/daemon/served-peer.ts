import type { Grant } from "../auth/grant.js";
import type { Principal } from "../auth/principal.js";
import type { ServedSession } from "../objects/call-handler-options.js";
import type { Session } from "../session/session.js";
import { type LineListener, watchLine } from "../session/watch-line.js";
import type { PeerCertificate } from "../transport/peer-certificate.js";
import type { PeerFacts } from "./peer-facts.js";
import type { SessionTerms } from "./session-terms.js";

/** What is asked of the session that serves a peer. */
type ServingSession = Pick<Session, "isAttached" | "isEnded" | "leaseEndsAtMs" | "on">;

/** What is known of the peer of a session. What came with its credential is renewed with it. */
export class ServedPeer implements ServedSession {
  readonly sessionId: string;
  readonly principal: Principal;
  #grant: Grant;
  #remoteAddress: string | undefined;
  #origin: string | undefined;
  #certificate: PeerCertificate | undefined;
  #locals: Map<unknown, unknown> | undefined;
  #session: ServingSession | undefined;

  constructor(sessionId: string, { principal, grant, facts }: Pick<SessionTerms, "principal" | "grant" | "facts">) {
    this.sessionId = sessionId;
    this.principal = principal;
    this.#grant = grant;
    this.#know(facts);
  }

  /** What the credential that came last allows. */
  get grant(): Grant {
    return this.#grant;
  }

  get remoteAddress(): string | undefined {
    return this.#remoteAddress;
  }

  get origin(): string | undefined {
    return this.#origin;
  }

  get peerCertificate(): PeerCertificate | undefined {
    return this.#certificate;
  }

  get locals(): Map<unknown, unknown> {
    return (this.#locals ??= new Map());
  }

  get isAttached(): boolean {
    return this.#session?.isAttached === true && !this.#session.isEnded;
  }

  watchLine(listener: LineListener): () => void {
    return this.#session === undefined ? () => undefined : watchLine(this.#session, listener);
  }

  /** Says by which session it is served. */
  servedBy(session: ServingSession): void {
    this.#session = session;
  }

  /** It goes on over another line: nothing that was known by the one before counts any more. */
  renew(grant: Grant, facts: PeerFacts): void {
    this.#grant = grant;
    this.#know(facts);
  }

  #know({ remoteAddress, origin, peerCertificate }: PeerFacts): void {
    this.#remoteAddress = remoteAddress;
    this.#origin = origin;
    this.#certificate = peerCertificate;
  }
}
