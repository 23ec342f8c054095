import type { MemberShape, ReferenceKind } from "../wire/message.js";

/** A reference, or an open AbortSignal, as a listing shows it: something that one peer of a session holds of the other's. */
export interface LiveReference {
  /** `given`: the peer holds something of this side; `held`: this side holds something of the peer. */
  readonly direction: "given" | "held";
  /** `signal`: an AbortSignal that was sent, which lives until it is aborted or collected by its owner. */
  readonly kind: ReferenceKind | "signal";
  /** The number that its owner gave it; unique in the session and direction among signals, and among all others. */
  readonly id: number;
  /** How often it was sent, less what was released. */
  readonly count: number;
  /** Names of the members that the holder can use; of objects alone. */
  readonly members?: readonly string[];
  /**
   * The call that first brought it here or there, such as `result of warehouse.open`, then the stack of whoever made that
   * call, if it was made on this side. Present with the option `traceReferences`; of signals never.
   */
  readonly createdAt?: string;
}

/** A reference as the tables know it. */
export interface LiveReferenceFacts extends Omit<LiveReference, "members" | "createdAt"> {
  readonly members?: readonly MemberShape[] | undefined;
  readonly createdAt?: string | undefined;
}

export function liveReference({ direction, kind, id, count, members, createdAt }: LiveReferenceFacts): LiveReference {
  return Object.freeze({
    direction,
    kind,
    id,
    count,
    ...(members !== undefined && { members: members.map(([name]) => name) }),
    ...(createdAt !== undefined && { createdAt }),
  });
}
