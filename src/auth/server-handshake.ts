import { ProtocolError } from "../errors/hearthwire-error.js";
import { decodeConfirm } from "../wire/confirm.js";
import { AuthMethod, BindingType, TAG_BYTES } from "../wire/constants.js";
import { decodeHello, type Hello, isZero, NONCE_BYTES, SESSION_ID_BYTES } from "../wire/hello.js";
import { encodeWelcome } from "../wire/welcome.js";
import { checkCredential } from "./credential-check.js";
import type { Established } from "./established.js";
import type { Grant } from "./grant.js";
import { HandshakeRefusal } from "./handshake-refusal.js";
import { type Key, scheduleOf } from "./key.js";
import type { KeyRing } from "./key-ring.js";
import { KEY_BYTES, KeySchedule, transcriptHash } from "./key-schedule.js";
import type { Mac } from "./mac.js";
import type { Principal } from "./principal.js";
import { type RandomBytes, randomBytes } from "./random-bytes.js";

export type { Grant } from "./grant.js";
export { HandshakeRefusal } from "./handshake-refusal.js";

/** What a daemon accepts, and what it says in WELCOME. */
export interface ServerHandshakeOptions {
  readonly keys: KeyRing;
  /** Origins under which the daemon is reached, compared exactly. */
  readonly audiences: readonly string[];
  /** Serializer ids that the daemon accepts. */
  readonly serializers: readonly number[];
  /** Whole frames that this side accepts. */
  readonly maxFrameBytes: number;
  readonly heartbeatMs: number;
  readonly windowMs: number;
  readonly nowMs: () => number;
  /** Exported keying material of the TLS connection below. */
  readonly channelBinding?: Uint8Array | undefined;
  /** @default the host's */
  readonly random?: RandomBytes | undefined;
}

/** A HELLO that was accepted; the client has yet to prove itself by CONFIRM. */
export interface Accepted {
  /** The signed WELCOME, to be sent. */
  readonly welcome: Uint8Array;
  readonly established: Established;
  readonly principal: Principal;
  readonly grant: Grant;
}

/** The server's half of one handshake: HELLO in, WELCOME out, CONFIRM in (protocol.md section 4). */
export class ServerHandshake {
  readonly #options: ServerHandshakeOptions;
  #receiveMac: Mac | undefined;
  #claimedKeyId: string | undefined;

  constructor(options: ServerHandshakeOptions) {
    this.#options = options;
    strangerSchedule();
  }

  /** The key that HELLO names, which says nothing of who sent it. */
  get claimedKeyId(): string | undefined {
    return this.#claimedKeyId;
  }

  /**
   * Answers HELLO. The tag is verified first; an unknown key id takes the same steps with a key that nobody has.
   * @throws HandshakeRefusal when the client isn't accepted.
   */
  hello(frame: Uint8Array): Accepted {
    const hello = refusing(() => decodeHello(frame));
    this.#claimedKeyId = hello.keyId;
    const key = this.#options.keys.find(hello.keyId);
    const schedule = scheduleFor(hello, key);
    const isSigned = schedule.helloMac.verify(frame);
    if (key === undefined) {
      throw new HandshakeRefusal(
        "key-unknown",
        `no key with the id "${hello.keyId}"; add it to the ring given as "keys"`,
      );
    }
    if (!isSigned) throw new HandshakeRefusal("tag", wrongTag(hello));
    const { principal, grant } = checkCredential(hello, key, this.#options);
    const serializerId = chooseSerializer(hello.serializers, this.#options.serializers);
    return { ...this.#answer({ frame, hello, schedule, serializerId }), principal, grant };
  }

  /**
   * Takes CONFIRM, which proves that the client is there now and holds the key.
   * @returns its ack: highest seq of ours that the client's session has taken.
   * @throws HandshakeRefusal on a wrong tag or a malformed frame.
   */
  confirm(frame: Uint8Array): number {
    if (this.#receiveMac?.verify(frame) !== true) {
      throw new HandshakeRefusal(
        "tag",
        "CONFIRM isn't signed with this handshake's key: HELLO was a recording, or the bytes were changed",
      );
    }
    return refusing(() => decodeConfirm(frame));
  }

  #answer(accepted: AcceptedHello): { welcome: Uint8Array; established: Established } {
    const { frame, hello, schedule, serializerId } = accepted;
    const { maxFrameBytes, heartbeatMs, windowMs, random = randomBytes } = this.#options;
    const session = this.#session(random);
    const welcome = encodeWelcome({
      ...session,
      nonce: random(NONCE_BYTES),
      serializerId,
      maxFrameBytes,
      heartbeatMs,
      windowMs,
    });
    const binding = hello.bindingType === BindingType.NONE ? undefined : this.#options.channelBinding;
    const transcript = transcriptHash(
      frame,
      welcome.subarray(0, welcome.length - TAG_BYTES),
      binding ?? new Uint8Array(0),
    );
    const keys = schedule.handshakeKeys(transcript);
    keys.serverToClient.sign(welcome);
    this.#receiveMac = keys.clientToServer;
    return {
      welcome,
      established: {
        sessionId: session.sessionId,
        isResumed: session.isResumed,
        serializerId,
        peerMaxFrameBytes: hello.maxFrameBytes,
        heartbeatMs,
        windowMs,
        peerAck: 0,
        sendMac: keys.serverToClient,
        receiveMac: keys.clientToServer,
        resumeKey: keys.resumeKey,
      },
    };
  }

  /** The session of this handshake: a new one. A HELLO that asks for an old one gets the answer `resumed 0`. */
  #session(random: RandomBytes): { readonly sessionId: Uint8Array; readonly isResumed: boolean; readonly ack: number } {
    let sessionId = random(SESSION_ID_BYTES);
    while (isZero(sessionId)) sessionId = random(SESSION_ID_BYTES);
    return { sessionId, isResumed: false, ack: 0 };
  }
}

interface AcceptedHello {
  readonly frame: Uint8Array;
  readonly hello: Hello;
  readonly schedule: KeySchedule;
  readonly serializerId: number;
}

let stranger: KeySchedule | undefined;

/** The schedule of a key that nobody has, as ready for use as those of a ring. */
function strangerSchedule(): KeySchedule {
  return (stranger ??= new KeySchedule(randomBytes(KEY_BYTES)).prepare());
}

/** The schedule that must have signed HELLO; for an unknown key id one of the same cost that nobody has. */
function scheduleFor(hello: Hello, key: Key | undefined): KeySchedule {
  const entry = key === undefined ? strangerSchedule() : scheduleOf(key);
  return hello.authMethod === AuthMethod.TICKET ? new KeySchedule(entry.derive("ticket", hello.ticket)) : entry;
}

function wrongTag(hello: Hello): string {
  const credential = hello.authMethod === AuthMethod.TICKET ? "a ticket of the key" : "the key";
  return `HELLO isn't signed with ${credential} "${hello.keyId}": the peer holds other bytes under that id; compare fingerprints with those in "keys"`;
}

function chooseSerializer(offered: readonly number[], accepted: readonly number[]): number {
  const chosen = offered.find((id) => accepted.includes(id));
  if (chosen === undefined) {
    throw new HandshakeRefusal(
      "serializer",
      `the peer offers the serializers ${offered.join(", ")}, this daemon accepts ${accepted.join(", ")}; set "serializers"`,
    );
  }
  return chosen;
}

function refusing<T>(read: () => T): T {
  try {
    return read();
  } catch (cause) {
    if (!(cause instanceof ProtocolError)) throw cause;
    throw new HandshakeRefusal("malformed", cause.message, { cause });
  }
}
