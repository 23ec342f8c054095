import type { MemberShape, ReferenceKind } from "../wire/message.js";
import type { Annotations } from "./call-handler.js";
import type { CallScope } from "./call-scope.js";

export type CallKind = "call" | "get" | "set" | "look";

/** What a call is made on: an object id, a reference that the peer exported, or the result of a call not yet answered. */
export type CallTarget = string | ImportedReference | OutboundCall;

/** How a call is made; each left out means the session's default. */
export interface CallSettings {
  /** Deadline in ms, 0 = none. */
  readonly timeoutMs?: number | undefined;
  readonly signal?: AbortSignal | undefined;
  readonly correlationId?: string | undefined;
  readonly traceparent?: string | undefined;
  readonly annotations?: Annotations | undefined;
  /** Never answered; settles as soon as it is handed over. */
  readonly isOneway?: boolean | undefined;
  /** Starts after another call. */
  readonly after?: CallPredecessor | undefined;
  /** Its deadline in ms is at most this, whatever `timeoutMs` says; at least 1. */
  readonly atMostMs?: number | undefined;
  /** How long it has waited for its session already, in ms; its deadline ran meanwhile. */
  readonly waitedMs?: number | undefined;
  /** The call of a peer in whose course it is made; given up with it. */
  readonly scope?: CallScope | undefined;
}

/** The call that another one follows. */
export interface CallPredecessor {
  /** Made before, through the same session. */
  readonly call: OutboundCall;
  /** The follower starts once it has settled (1), and only if it succeeded (2). */
  readonly order: 1 | 2;
}

/** Deadline of a call in ms, 0 = none. */
export function timeoutOf({ timeoutMs, atMostMs }: CallSettings, defaultTimeoutMs: number): number {
  const ownMs = timeoutMs ?? defaultTimeoutMs;
  return atMostMs !== undefined && (ownMs === 0 || atMostMs < ownMs) ? atMostMs : ownMs;
}

/**
 * A call to be made, and who gets its outcome. The client's promises extend it, so that a call costs no closure. Exactly
 * one of `succeed` and `fail` is called, once, and never before `Session.call` has returned.
 */
export abstract class OutboundCall {
  readonly kind: CallKind;
  target: CallTarget;
  readonly member: string;
  /** The arguments; of a `set` the one value; of a `look` for details `[1]`. */
  args: readonly unknown[];
  readonly settings: CallSettings;
  /** What the session's table keeps about this call; nobody else touches it. */
  entry: unknown = undefined;

  constructor(
    kind: CallKind,
    target: CallTarget,
    member: string,
    args: readonly unknown[] = [],
    settings: CallSettings = {},
  ) {
    this.kind = kind;
    this.target = target;
    this.member = member;
    this.args = args;
    this.settings = settings;
  }

  /** Whether it may be made again when nobody knows whether it ran; of a method only when that is known to be so. */
  get isIdempotent(): boolean {
    return this.kind === "get" || this.kind === "look";
  }

  /** Another call is about to use the result, and will fail as this one fails. One that was only prepared is made now. */
  observe(): void {}

  abstract succeed(value: unknown, annotations: Annotations | undefined): void;
  abstract fail(error: unknown, annotations: Annotations | undefined): void;
}

/** Something of the peer's that this side holds: counted, until `release` or the end of the session. */
export interface ImportedReference {
  readonly id: number;
  readonly kind: ReferenceKind;
  /** The members of an object; undefined for functions. */
  readonly members: readonly MemberShape[] | undefined;
  /** The session that it belongs to. */
  readonly session: CallMaker;
  /** Its local stand-in, the same for all who hold it. */
  readonly proxy?: object | undefined;
  readonly isReleased: boolean;
  /** The session that it belongs to is over: nothing can be done with it any more. */
  readonly isGone: boolean;
  /** Gives back all that was received; later use throws `HW_RELEASED`. */
  release(): void;
}

/** The part of a session that proxies need. */
export interface CallMaker {
  /**
   * Makes a call. Its arguments are taken now; it is sent as soon as the session may.
   * @throws CannotSendError, CallError `HW_RELEASED`: nothing was sent then, and neither `succeed` nor `fail` is called.
   */
  call(call: OutboundCall): void;
  /** URL or address of the peer, for errors. */
  readonly peer: string | undefined;
  /** Resolves when no call can be made any more, with the reason when it was not asked for; never rejects. */
  readonly ended: Promise<Error | undefined>;
}

/** Makes the local stand-ins of what the peer exports, and recognises them. Implemented by the client's proxies. */
export interface ProxyFactory {
  create(reference: ImportedReference): object;
  /**
   * What a value stands for when it is a stand-in of this package: a reference, a pending call's result, or the id of a
   * named object; undefined for everything else.
   */
  read(value: object): ImportedReference | OutboundCall | { readonly objectId: string } | undefined;
}
