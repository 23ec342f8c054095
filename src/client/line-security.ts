import type { TransportSecurity } from "../transport/transport.js";

/** What connecting does on a host that sees the TLS of its lines. */
export interface LineSecurity {
  /** Before each dial, ahead of credentials: whether this may be dialled at all, and what dialling needs. */
  prepare(url: string): Promise<void>;
  /** Looks at an open line before anything of ours goes over it, at each handshake; throwing refuses it. */
  verify(url: string, security: TransportSecurity | undefined): Promise<void> | undefined;
  /** Handshakes are bound to TLS, whatever the key says. */
  readonly requireChannelBinding: boolean;
}
