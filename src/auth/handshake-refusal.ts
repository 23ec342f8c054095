/** Why a daemon refused a handshake, in the order of the checks. */
export type RefusalReason =
  | "malformed"
  | "key-unknown"
  | "tag"
  | "audience"
  | "method"
  | "binding"
  | "plaintext"
  | "key-validity"
  | "ticket"
  | "serializer";

/**
 * A daemon refused a handshake. The sentence names the cause and the option to set, for the daemon's operator; the peer
 * sees close code 4401 and nothing else, whatever the reason.
 */
export class HandshakeRefusal extends Error {
  override readonly name = "HandshakeRefusal";
  readonly reason: RefusalReason;

  constructor(reason: RefusalReason, message: string, options?: { readonly cause?: unknown }) {
    super(message, options);
    this.reason = reason;
  }
}
