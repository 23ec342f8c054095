import type { InboundCall } from "../session/call-handler.js";
import type { Member } from "./member.js";

/** A call on what another peer gave, found, permitted and checked here. */
export interface RelayedCall {
  readonly call: Pick<InboundCall, "kind">;
  /** The stand-in of what the other peer gave. */
  readonly object: object;
  readonly member: Member;
  readonly args: readonly unknown[];
}

/** Passes a call on to the peer whose object it is, and gives what that peer answers. */
export type Relay = (call: RelayedCall) => unknown;
