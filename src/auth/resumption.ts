import { TAG_BYTES } from "../wire/constants.js";
import type { Hello } from "../wire/hello.js";
import { KEY_BYTES } from "./key-schedule.js";
import { Mac } from "./mac.js";
import type { Principal } from "./principal.js";
import { randomBytes } from "./random-bytes.js";

/** What a daemon holds against a HELLO that asks for one of its sessions (protocol.md section 5). */
export interface ResumableSession {
  readonly principal: Principal;
  readonly serializerId: number;
  /** Whole frames that the client accepted when the session began: what is sent again may be as large. */
  readonly peerMaxFrameBytes: number;
  /** Of the handshake that created the session, for its whole life. */
  readonly resumeKey: Uint8Array;
  /** Highest seq of the client's that the session has taken. */
  readonly takenSeq: number;
  /** How long WELCOME has to wait, in ms: a session doesn't go on over other channels too often in a time. */
  readonly resumableInMs: number;
}

/** Finds a session by its id. */
export type SessionFinder = (sessionId: Uint8Array) => ResumableSession | undefined;

/** A HELLO whose tag and credential were accepted. */
export interface ResumingHello {
  readonly hello: Hello;
  /** The whole frame. */
  readonly frame: Uint8Array;
  readonly principal: Principal;
}

let nobody: Uint8Array | undefined;

/**
 * The session that a HELLO may go on with. For an unknown session the proof is held against a key that nobody has, so
 * that ids can't be tried out.
 */
export function resumedSession(
  { hello, frame, principal }: ResumingHello,
  find: SessionFinder,
): ResumableSession | undefined {
  const session = find(hello.sessionId);
  // A Mac kept for the unknown would save half of the time, which would tell which sessions there are.
  const mac = new Mac(session?.resumeKey ?? (nobody ??= randomBytes(KEY_BYTES)));
  // The proof is HELLO's last field: without the tag, the frame ends like any that a Mac signs.
  const isProven = mac.verify(frame.subarray(0, frame.length - TAG_BYTES));
  if (session === undefined || !isProven) return undefined;
  const isSamePrincipal = session.principal.kind === principal.kind && session.principal.id === principal.id;
  const isFitting =
    hello.serializers.includes(session.serializerId) && hello.maxFrameBytes >= session.peerMaxFrameBytes;
  return isSamePrincipal && isFitting ? session : undefined;
}
