import { principalOfCertificate } from "../auth/certificate-credential.js";
import type { Credential, Established } from "../auth/client-handshake.js";
import { type Principal, principalOfKey } from "../auth/principal.js";
import { openTicket } from "../auth/ticket.js";
import type { ServedSession } from "../objects/call-handler-options.js";
import { createCallHandler } from "../objects/create-call-handler.js";
import type { Interceptor } from "../objects/interceptor.js";
import { chooseSerializer } from "../serializers/choose-serializer.js";
import type { PayloadSerializer } from "../serializers/payload.js";
import { DEFAULT_SESSION_LIMITS } from "../session/limits.js";
import { Session } from "../session/session.js";
import type { SessionOptions } from "../session/session-options.js";
import type { PeerCertificate } from "../transport/peer-certificate.js";
import { AuthMethod } from "../wire/constants.js";
import { proxyFactory } from "./proxy.js";
import type { ProxyOwner } from "./stand-in.js";

/** What a client's session is made of. */
export interface ClientSessionOptions extends Pick<
  SessionOptions,
  | "clock"
  | "scheduleFlush"
  | "maxFrameBytes"
  | "lateHmac"
  | "defaultTimeoutMs"
  | "openData"
  | "peer"
  | "traceReferences"
  | "unsent"
  | "offersUnsentAtEnd"
  | "objectIdOf"
> {
  readonly sessionId: string;
  /** The daemon's URL. */
  readonly peer: string;
  readonly credential: Credential;
  /** Whose the references are, and who hears of failures that nobody observed. */
  readonly owner: ProxyOwner;
  /** What was offered; the daemon chose one. */
  readonly serializers: readonly PayloadSerializer[];
  readonly interceptors: readonly Interceptor[];
  /** The daemon's. */
  readonly peerCertificate: PeerCertificate | undefined;
}

/** A client's session: it serves callbacks, which the daemon got by reference, and no named objects. */
export function createSession(established: Established, options: ClientSessionOptions): Session {
  const serializer = chooseSerializer([established.serializerId], options.serializers);
  if (serializer === undefined) throw new TypeError("the handshake accepted a serializer that was not offered");
  const unobserved: ProxyOwner["unobserved"] = (error, where) => options.owner.unobserved(error, where);
  const served = new ServingDaemon(options);
  const handler = createCallHandler({
    session: served,
    interceptors: options.interceptors,
    clock: options.clock,
    unobserved,
  });
  const session = new Session({
    role: "client",
    handler,
    proxies: proxyFactory(options.owner, options),
    serializer,
    limits: DEFAULT_SESSION_LIMITS,
    clock: options.clock,
    scheduleFlush: options.scheduleFlush,
    maxFrameBytes: options.maxFrameBytes,
    lateHmac: options.lateHmac,
    defaultTimeoutMs: options.defaultTimeoutMs,
    openData: options.openData,
    peer: options.peer,
    traceReferences: options.traceReferences,
    unsent: options.unsent,
    offersUnsentAtEnd: options.offersUnsentAtEnd,
    objectIdOf: options.objectIdOf,
  });
  served.session = session;
  session.on("unobserved", unobserved);
  session.on("ended", () => void handler.dispose());
  return session;
}

/** The session as callbacks see it. A class, since an object with a getter of its own is slow to make (measured). */
class ServingDaemon implements ServedSession {
  readonly sessionId: string;
  readonly principal: Principal;
  readonly peerCertificate: PeerCertificate | undefined;
  #locals: Map<unknown, unknown> | undefined;
  session: Session | undefined;

  constructor({ sessionId, credential, peer, peerCertificate }: ClientSessionOptions) {
    this.sessionId = sessionId;
    this.principal = principalOfDaemon(credential, peer);
    this.peerCertificate = peerCertificate;
  }

  get locals(): Map<unknown, unknown> {
    return (this.#locals ??= new Map());
  }

  get isAttached(): boolean {
    return this.session?.isAttached === true && !this.session.isEnded;
  }
}

/** Who calls back: the daemon has proved that it holds the very key, the root of the ticket, or the name that was dialled. */
function principalOfDaemon(credential: Credential, url: string): Principal {
  if (credential.method === AuthMethod.TLS) return principalOfCertificate(new URL(url).hostname);
  if (credential.method === AuthMethod.KEY) return principalOfKey(credential.key);
  const { keyId } = openTicket(credential.ticket).payload;
  return Object.freeze({ kind: "key", id: `key:${keyId}`, subject: keyId });
}
