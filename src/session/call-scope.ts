/**
 * A call of the peer as calls see it that this side makes in its course: they are given up with it, while it is
 * unanswered or a stream that it returned is open.
 */
export interface CallScope {
  /** The member is told when the scope is given up, unless it has left by then. */
  join(member: ScopeMember): void;
  /** Does nothing for one that is not here. */
  leave(member: ScopeMember): void;
}

/** Something that is given up with a scope. */
export interface ScopeMember {
  scopeAborted(reason: unknown): void;
}
