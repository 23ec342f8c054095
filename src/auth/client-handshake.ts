import { ConfigError, ProtocolError } from "../errors/hearthwire-error.js";
import { after } from "../wire/after.js";
import { encodeConfirm } from "../wire/confirm.js";
import { AuthMethod, BindingType, TAG_BYTES } from "../wire/constants.js";
import { encodeHello, NONCE_BYTES, PROOF_BYTES, SESSION_ID_BYTES } from "../wire/hello.js";
import { decodeWelcome, type Welcome } from "../wire/welcome.js";
import { CERTIFICATE_KEY_ID } from "./certificate-credential.js";
import { equalBytes } from "./equal-bytes.js";
import type { Established } from "./established.js";
import type { Key } from "./key.js";
import { type HandshakeKeys, type HandshakeSchedule, KeySchedule, transcriptHash } from "./key-schedule.js";
import { clientScheduleOf } from "./known-keys.js";
import { Mac } from "./mac.js";
import { type RandomBytes, randomBytes } from "./random-bytes.js";
import type { SealedTicket, Ticket } from "./read-ticket.js";
import { openTicket } from "./open-ticket.js";

export type { Established } from "./established.js";

/** What a client proves itself with. */
export type Credential =
  | { readonly method: typeof AuthMethod.KEY; readonly key: Key }
  | { readonly method: typeof AuthMethod.TICKET; readonly ticket: Ticket | SealedTicket }
  /** The certificate that TLS showed. */
  | { readonly method: typeof AuthMethod.TLS };

/** What a client says in HELLO. */
export interface ClientHandshakeOptions {
  readonly credential: Credential;
  /** Origin of the dialled URL; empty on ports. */
  readonly audience: string;
  /** Serializer ids in order of preference, 1..8. */
  readonly serializers: readonly number[];
  /** Whole frames that this side accepts. */
  readonly maxFrameBytes: number;
  /** Exported keying material of the TLS connection below. */
  readonly channelBinding?: Uint8Array | undefined;
  /** `EXPORTER-hearthwire-1` of the TLS connection below: what a certificate proves itself with. */
  readonly keyingMaterial?: Uint8Array | undefined;
  /** The session to go on with: what the handshake that created it gave. */
  readonly resume?: ResumedSession | undefined;
  /** @default the host's */
  readonly random?: RandomBytes | undefined;
}

/** What a client remembers of its session; `Established` has it. */
export type ResumedSession = Pick<Established, "sessionId" | "resumeKey" | "serializerId" | "peerMaxFrameBytes">;

/** The client's half of one handshake: HELLO out, WELCOME in, CONFIRM out (protocol.md section 4). */
export class ClientHandshake {
  readonly #options: ClientHandshakeOptions;
  readonly #schedule: HandshakeSchedule;
  /** The signed HELLO, to be sent as the first frame. */
  readonly hello: Uint8Array;

  /**
   * @throws ConfigError `HW_KEY_INVALID` when the key is one that only mints tickets, `HW_OPTION_INVALID` when the ticket
   * is malformed, or a certificate is the credential and there is no TLS 1.3 to be seen.
   */
  constructor(options: ClientHandshakeOptions) {
    this.#options = options;
    const { schedule, keyId, ticket } = identify(options);
    const random = options.random ?? randomBytes;
    this.#schedule = schedule;
    this.hello = encodeHello({
      authMethod: options.credential.method,
      bindingType: options.channelBinding === undefined ? BindingType.NONE : BindingType.TLS_EXPORTER,
      nonce: random(NONCE_BYTES),
      serializers: options.serializers,
      maxFrameBytes: options.maxFrameBytes,
      keyId,
      ticket,
      audience: options.audience,
      sessionId: options.resume?.sessionId ?? new Uint8Array(SESSION_ID_BYTES),
      proof: new Uint8Array(PROOF_BYTES),
    });
    if (options.resume !== undefined) {
      // The proof is the last field: without the tag, the frame ends like any that a Mac signs.
      new Mac(options.resume.resumeKey).sign(withoutTag(this.hello));
    }
    schedule.helloMac.sign(this.hello);
  }

  /**
   * Verifies the server's answer, at once unless only the host can read the credential; the tag proves that the server
   * holds the key.
   * @throws ProtocolError on a wrong tag, a malformed frame, or an answer to what was not asked.
   */
  welcome(frame: Uint8Array): Established | Promise<Established> {
    const transcript = transcriptHash(this.hello, withoutTag(frame), this.#options.channelBinding ?? new Uint8Array(0));
    return after(this.#schedule.handshakeKeys(transcript), (keys) => this.#verified(frame, keys));
  }

  #verified(frame: Uint8Array, keys: HandshakeKeys): Established {
    if (!keys.serverToClient.verify(frame)) {
      throw new ProtocolError(
        "WELCOME: its tag doesn't match: whoever answered doesn't hold the credential's key, or the bytes were changed",
      );
    }
    const welcome = decodeWelcome(frame);
    this.#checkAnswer(welcome);
    return {
      sessionId: welcome.sessionId.slice(),
      isResumed: welcome.isResumed,
      serializerId: welcome.serializerId,
      peerMaxFrameBytes: welcome.maxFrameBytes,
      heartbeatMs: welcome.heartbeatMs,
      windowMs: welcome.windowMs,
      peerAck: welcome.ack,
      sendMac: keys.clientToServer,
      receiveMac: keys.serverToClient,
      resumeKey: (welcome.isResumed ? this.#options.resume?.resumeKey : undefined) ?? keys.resumeKey,
    };
  }

  /**
   * The signed CONFIRM, to be sent before any DATA.
   * @param ack highest seq of the server's taken by the session; 0 in a new one.
   */
  static confirm(established: Established, ack: number): Uint8Array {
    const frame = encodeConfirm(ack);
    established.sendMac.sign(frame);
    return frame;
  }

  #checkAnswer(welcome: Welcome): void {
    if (!this.#options.serializers.includes(welcome.serializerId)) {
      throw new ProtocolError(`WELCOME: serializer ${welcome.serializerId} was not offered`);
    }
    const asked = this.#options.resume;
    const isSameSession = asked !== undefined && equalBytes(asked.sessionId, welcome.sessionId);
    if (welcome.isResumed !== isSameSession) {
      throw new ProtocolError("WELCOME: a resumed session has the id that was asked for, a new one another");
    }
    if (welcome.isResumed && asked !== undefined) {
      if (welcome.serializerId !== asked.serializerId) {
        throw new ProtocolError(
          `WELCOME: the session speaks serializer ${asked.serializerId}, got ${welcome.serializerId}`,
        );
      }
      if (welcome.maxFrameBytes < asked.peerMaxFrameBytes) {
        throw new ProtocolError(
          `WELCOME: maxFrameBytes is at least that of the session, ${asked.peerMaxFrameBytes}, got ${welcome.maxFrameBytes}`,
        );
      }
    }
    if (!welcome.isResumed && welcome.ack !== 0) {
      throw new ProtocolError(`WELCOME: the ack of a new session must be 0, got ${welcome.ack}`);
    }
  }
}

interface Identity {
  readonly schedule: HandshakeSchedule;
  readonly keyId: string;
  readonly ticket: Uint8Array;
}

function identify({ credential, keyingMaterial }: ClientHandshakeOptions): Identity {
  if (credential.method === AuthMethod.TLS) {
    if (keyingMaterial === undefined)
      throw new ConfigError(
        "HW_OPTION_INVALID",
        '"tls.cert" is a credential over TLS 1.3 alone: give a "key" or "ticket"',
      );
    return { schedule: new KeySchedule(keyingMaterial), keyId: CERTIFICATE_KEY_ID, ticket: new Uint8Array(0) };
  }
  if (credential.method === AuthMethod.TICKET) {
    const { payload, payloadBytes, schedule } = openTicket(credential.ticket);
    return { schedule, keyId: payload.keyId, ticket: payloadBytes };
  }
  const { key } = credential;
  if (key.use !== "connect") {
    throw new ConfigError(
      "HW_KEY_INVALID",
      `"key" must be one of the use "connect", got "${key.id}", which mints tickets: pass a "ticket"`,
    );
  }
  return { schedule: clientScheduleOf(key), keyId: key.id, ticket: new Uint8Array(0) };
}

function withoutTag(frame: Uint8Array): Uint8Array {
  return frame.subarray(0, frame.length - TAG_BYTES);
}
