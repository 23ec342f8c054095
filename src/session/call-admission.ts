import type { LimitError } from "../errors/hearthwire-error.js";

/** Bounds the calls of a peer beyond its session: over several of its sessions, or in time. */
export interface CallAdmission {
  /** Counts a call, or says why it may not run. */
  enter(): LimitError | undefined;
  /** A call that was counted is over. */
  leave(): void;
}

export interface AdmissionOptions {
  /** Asked for every call of the peer, gets, sets and looks too. @default only the session's own limits count */
  readonly admission?: CallAdmission | undefined;
  /** Told of calls of the peer that were refused for a limit: the session's, or that of `admission`. */
  readonly limited?:
    | ((error: LimitError, where: { readonly object: string; readonly member: string }) => void)
    | undefined;
}
