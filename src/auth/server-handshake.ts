import { ProtocolError } from "../errors/hearthwire-error.js";
import { decodeConfirm } from "../wire/confirm.js";
import { AuthMethod, BindingType, TAG_BYTES } from "../wire/constants.js";
import { decodeHello, type Hello, isZero, NONCE_BYTES, SESSION_ID_BYTES } from "../wire/hello.js";
import { isPromiseLike } from "../wire/after.js";
import { encodeWelcome } from "../wire/welcome.js";
import { type CertificateCredential, certificateSchedule } from "./certificate-credential.js";
import { checkCertificate, checkCredential } from "./credential-check.js";
import type { Established } from "./established.js";
import type { Grant } from "./grant.js";
import { HandshakeRefusal } from "./handshake-refusal.js";
import { Key, scheduleOf } from "./key.js";
import { type KeyLookup, type KeyRing, type RunLater, runLater } from "./key-ring.js";
import { KeySchedule, transcriptHash } from "./key-schedule.js";
import type { Mac } from "./mac.js";
import type { Principal } from "./principal.js";
import { type RandomBytes, randomBytes } from "./random-bytes.js";
import type { TicketDenyList } from "./ticket-deny-list.js";
import { type ResumableSession, resumedSession, type ResumingHello, type SessionFinder } from "./resumption.js";

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
  /** Calls a task later: the end of waiting for a ring's `find`, or the answer to a HELLO that came too soon. @default the host's timers */
  readonly after?: RunLater | undefined;
  readonly deniedTickets?: TicketDenyList | undefined;
  /** Others can read along: neither TLS nor this machine alone. @default false */
  readonly isExposed?: boolean | undefined;
  /** Exported keying material of the TLS connection below. */
  readonly channelBinding?: Uint8Array | undefined;
  /** The client's certificate, where it is accepted in place of a key (method 3). */
  readonly certificateCredential?: CertificateCredential | undefined;
  /** The sessions that clients may go on with. @default there are none */
  readonly findSession?: SessionFinder | undefined;
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
  #keyId: string | undefined;

  constructor(options: ServerHandshakeOptions) {
    this.#options = options;
    strangerKey();
  }

  /** The key id of HELLO, from when it was read, though nothing is proved yet. */
  get keyId(): string | undefined {
    return this.#keyId;
  }

  /**
   * Answers HELLO, at once unless the ring asks a provider or its session may go on a little later only. The tag is
   * verified first; an unknown key id takes the same steps with a key that nobody has.
   * @throws HandshakeRefusal when the client isn't accepted; with a provider it is what the promise rejects with.
   */
  hello(frame: Uint8Array): Accepted | Promise<Accepted> {
    const hello = refusing(() => decodeHello(frame));
    const { keys, after: later } = this.#options;
    this.#keyId = hello.keyId;
    const lookup = keys.lookup(hello.keyId, later);
    if (!isPromiseLike(lookup)) return this.#accept({ frame, hello }, this.#claim(hello, lookup, keptSchedule));
    return lookup.then((found) => this.#accept({ frame, hello }, this.#claim(hello, found, freshSchedule)));
  }

  #accept(greeting: Greeting, claim: Claim): Accepted | Promise<Accepted> {
    const { frame, hello } = greeting;
    const { schedule, check, fault } = claim;
    const isSigned = schedule.helloMac.verify(frame);
    if (check === undefined) throw unknownPeer(hello, fault);
    if (!isSigned) throw new HandshakeRefusal("tag", wrongTag(hello));
    const { principal, grant } = check();
    const serializerId = chooseSerializer(hello.serializers, this.#options.serializers);
    const session = this.#resumed({ frame, hello, principal });
    const waitMs = session?.resumableInMs ?? 0;
    // Looked at anew then: the session may be over, and the credential denied.
    if (waitMs > 0) return this.#later(waitMs).then(() => this.#accept(greeting, claim));
    const { welcome, established } = this.#answer({ frame, hello, schedule, serializerId, session });
    return { welcome, established, principal, grant };
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

  #claim(hello: Hello, { key, fault }: KeyLookup, scheduleOfEntry: typeof keptSchedule): Claim {
    if (hello.authMethod !== AuthMethod.TLS) {
      return {
        schedule: scheduleFor(hello, scheduleOfEntry(key)),
        check: key && (() => checkCredential(hello, key, this.#options)),
        fault,
      };
    }
    const { certificateCredential: certificate } = this.#options;
    return {
      schedule: certificateSchedule(certificate),
      check: certificate && (() => checkCertificate(hello, certificate, this.#options)),
      fault,
    };
  }

  #answer(accepted: AcceptedHello): { welcome: Uint8Array; established: Established } {
    const { frame, hello, schedule } = accepted;
    const { maxFrameBytes, heartbeatMs, windowMs, random = randomBytes } = this.#options;
    const { sessionId, isResumed, ack, serializerId, resumeKey } = this.#session(accepted, random);
    const welcome = encodeWelcome({
      sessionId,
      isResumed,
      ack,
      serializerId,
      nonce: random(NONCE_BYTES),
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
        sessionId,
        isResumed,
        serializerId,
        peerMaxFrameBytes: hello.maxFrameBytes,
        heartbeatMs,
        windowMs,
        peerAck: 0,
        sendMac: keys.serverToClient,
        receiveMac: keys.clientToServer,
        resumeKey: resumeKey ?? keys.resumeKey,
      },
    };
  }

  #later(delayMs: number): Promise<void> {
    const { after: later = runLater } = this.#options;
    return new Promise((resolve) => void later(delayMs, resolve));
  }

  /** The session that HELLO asks for, if the client may go on with it. */
  #resumed(resuming: ResumingHello): ResumableSession | undefined {
    const { findSession } = this.#options;
    if (findSession === undefined || isZero(resuming.hello.sessionId)) return undefined;
    return resumedSession(resuming, findSession);
  }

  /** The session that goes on, or else a new one. */
  #session({ hello, serializerId, session }: AcceptedHello, random: RandomBytes): HandshakeSession {
    if (session !== undefined) {
      const { serializerId: spoken, takenSeq: ack, resumeKey } = session;
      return { sessionId: hello.sessionId.slice(), isResumed: true, ack, serializerId: spoken, resumeKey };
    }
    let sessionId = random(SESSION_ID_BYTES);
    while (isZero(sessionId)) sessionId = random(SESSION_ID_BYTES);
    return { sessionId, isResumed: false, ack: 0, serializerId, resumeKey: undefined };
  }
}

/** Whom a HELLO says it is of. */
interface Claim {
  /** What must have signed it; of the same cost when nobody is known for it. */
  readonly schedule: KeySchedule;
  /** Whether whoever signed it is accepted; undefined when nobody is known for it. */
  readonly check: (() => { readonly principal: Principal; readonly grant: Grant }) | undefined;
  /** Why the ring's provider was no help. */
  readonly fault: string | undefined;
}

/** A HELLO as it came. */
interface Greeting {
  readonly frame: Uint8Array;
  readonly hello: Hello;
}

interface AcceptedHello extends Greeting {
  readonly schedule: KeySchedule;
  /** The one to be used in a new session. */
  readonly serializerId: number;
  /** The one that goes on; undefined: a new one. */
  readonly session: ResumableSession | undefined;
}

/** Which session a handshake is for. */
interface HandshakeSession {
  readonly sessionId: Uint8Array;
  readonly isResumed: boolean;
  readonly ack: number;
  readonly serializerId: number;
  /** Undefined in a new session, whose resume key this handshake makes. */
  readonly resumeKey: Uint8Array | undefined;
}

let stranger: Key | undefined;

/** A key that nobody has, as ready for use as those of a ring. */
function strangerKey(): Key {
  if (stranger === undefined) scheduleOf((stranger = Key.generate())).prepare();
  return stranger;
}

/** For an unknown key id one of the same cost that nobody has. */
function keptSchedule(key: Key | undefined): KeySchedule {
  return scheduleOf(key ?? strangerKey());
}

/** Derived anew: whether a provider keeps its keys, and thus what they have derived already, shall not be seen. */
function freshSchedule(key: Key | undefined): KeySchedule {
  return keptSchedule(key).fresh();
}

/** The schedule that must have signed HELLO. */
function scheduleFor(hello: Hello, entry: KeySchedule): KeySchedule {
  return hello.authMethod === AuthMethod.TICKET ? new KeySchedule(entry.derive("ticket", hello.ticket)) : entry;
}

function unknownPeer({ authMethod, keyId }: Hello, fault: string | undefined): HandshakeRefusal {
  if (authMethod === AuthMethod.TLS) {
    return new HandshakeRefusal(
      "method",
      'the peer has its TLS certificate alone to prove itself, and none that is a credential here: "tls.certificateSubject" is not set or gives no name for it; give the peer a key or a ticket',
    );
  }
  const why = fault === undefined ? "" : `, and its "find" is no help: ${fault}`;
  return new HandshakeRefusal("key-unknown", `no key with the id "${keyId}"${why}; add it to the ring given as "keys"`);
}

function wrongTag(hello: Hello): string {
  if (hello.authMethod === AuthMethod.TLS)
    return "HELLO isn't signed with what this TLS connection exports: something ends TLS between the peer and this daemon";
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
