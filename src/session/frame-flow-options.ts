import type { LateHmac } from "../auth/mac.js";
import type { ProtocolError } from "../errors/hearthwire-error.js";
import type { TransportClose } from "../transport/transport.js";
import type { Clock } from "./clock.js";

/** What a flow is made of, and whom it tells. */
export interface FrameFlowOptions {
  readonly role: "client" | "server";
  readonly clock: Clock;
  /** Whole frames that this side accepts, in bytes. */
  readonly maxFrameBytes: number;
  /** Signs and verifies large frames beside this thread. @default none */
  readonly lateHmac?: LateHmac | undefined;
  /** Takes the body of the next frame, and the ack in its header; says whether the frame wants an ack. */
  readonly body: (bytes: Uint8Array, ack: number) => boolean;
  /** Asks for a flush at the end of the turn, which then looks at `isAckUrgent`. */
  readonly scheduleFlush: () => void;
  /** The oldest unacknowledged frame has waited long enough. */
  readonly acknowledge: () => void;
  readonly ping: () => void;
  /** Less is under way: bulk may go on, and after congestion calls too. */
  readonly relieved: () => void;
  /** The first frame of a channel was taken: the peer uses it too. */
  readonly heard?: (() => void) | undefined;
  /** The channel is gone: by the line's fault, since a frame did not pass, or because it was dropped here. */
  readonly lost: (close: TransportClose) => void;
  /** The peer broke a rule of the session itself. */
  readonly broken: (error: ProtocolError) => void;
}
