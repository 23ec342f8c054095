import type { KeyRing } from "../auth/key-ring.js";
import type { Principal } from "../auth/principal.js";
import type { TicketDenyList } from "../auth/ticket-deny-list.js";
import { isFunctions } from "../client/option-rules.js";
import { ConfigError } from "../errors/hearthwire-error.js";
import type { PeerCertificate } from "../transport/peer-certificate.js";
import type { Authorizer } from "../objects/call-handler-options.js";
import type { Interceptor } from "../objects/interceptor.js";
import type { Logger } from "../observe/logger.js";
import type { PayloadSerializer } from "../serializers/payload.js";
import type { ValueType } from "../serializers/value-type.js";
import type { Clock } from "../session/clock.js";
import type { FlushScheduler } from "../session/flush-scheduler.js";
import type { AuditListener } from "./audit-trail.js";
import type { Limits } from "./limits.js";
import type { SessionTimes } from "./session-times.js";

/** What a peer says, and what is known of it, when it asks for a session. */
export interface HandshakeRequest {
  /** The client's option `handshake`. */
  readonly data: unknown;
  readonly principal: Principal;
  readonly remoteAddress?: string;
  readonly origin?: string;
  readonly peerCertificate?: PeerCertificate;
}

/** Options of a daemon that don't depend on where it listens. */
export interface CoreOptions {
  /** Accepted keys; changes take effect at once. */
  readonly keys: KeyRing;
  /** Tickets that are refused before they expire; denying one ends its sessions at once. */
  readonly deniedTickets?: TicketDenyList | undefined;
  /**
   * Looks at a peer that has proved itself, once per session; what it returns goes to the client. Throwing refuses the
   * session: the client sees the message of a thrown Error, so keep secrets out of it.
   */
  readonly onHandshake?: ((request: HandshakeRequest) => unknown) | undefined;
  /**
   * Asked before every call, get, set and look, of what doesn't exist too; what it denies is answered as if it did not
   * exist. `accessRules` makes one of a table. @default all is allowed
   */
  readonly authorize?: Authorizer | undefined;
  /** Sends the stack of thrown errors to clients. @default false */
  readonly exposeStacks?: boolean | undefined;
  /**
   * Keeps with each reference where it came from, for `SessionInfo.references`; for development, since it takes a stack
   * with every call to a client. @default false
   */
  readonly traceReferences?: boolean | undefined;
  /** Lets each peer list the ids that it may use, by the daemon's own object. @default false */
  readonly listObjects?: boolean | undefined;
  readonly limits?: Partial<Limits> | undefined;
  /** How long sessions last, whatever becomes of their lines. */
  readonly sessions?: Partial<SessionTimes> | undefined;
  /** Accepted serializers, the first preferred. @default [superjsonSerializer()] */
  readonly serializers?: readonly PayloadSerializer[] | undefined;
  /**
   * Stand around all calls of all sessions, served and made; the first is the outermost. They run after a call was
   * authorized and its arguments were checked: those that they change are not checked again. @default []
   */
  readonly interceptors?: readonly Interceptor[] | undefined;
  /** Classes that travel by value; not beside `serializers`, which take `types` of their own. @default [] */
  readonly types?: readonly ValueType<never>[] | undefined;
  /**
   * Gets who was accepted, refused, denied something, and who left: one line of JSON for each, free of control characters
   * and of secrets.
   */
  readonly audit?: AuditListener | undefined;
  /** Gets the daemon's events as structured fields. */
  readonly logger?: Logger | undefined;
  /** @default systemClock */
  readonly clock?: Clock | undefined;
  /** @default quietMicrotasks */
  readonly scheduleFlush?: FlushScheduler | undefined;
}

/**
 * Refuses options of a wrong type, which would else show up only when the first peer comes.
 * @throws ConfigError `HW_OPTION_INVALID`
 */
export function checkOptions(options: CoreOptions): void {
  for (const name of ["onHandshake", "authorize", "audit"] as const) {
    const hook: unknown = options[name];
    if (hook !== undefined && typeof hook !== "function") {
      throw new ConfigError("HW_OPTION_INVALID", `"${name}" must be a function, got ${typeof hook}`);
    }
  }
  const must = options.interceptors === undefined ? undefined : isFunctions(options.interceptors);
  if (must !== undefined) throw new ConfigError("HW_OPTION_INVALID", `"interceptors" must be ${must}`);
  if (options.listObjects !== undefined && typeof options.listObjects !== "boolean") {
    throw new ConfigError(
      "HW_OPTION_INVALID",
      `"listObjects" must be true or false, got ${typeof options.listObjects}`,
    );
  }
}
