import { ClientHandshake, type ClientHandshakeOptions, type Established } from "../../src/auth/client-handshake.js";
import { Key } from "../../src/auth/key.js";
import { KeyRing } from "../../src/auth/key-ring.js";
import { DaemonCore, type DaemonEvents, type SessionInfo } from "../../src/daemon/daemon.js";
import type { CoreOptions } from "../../src/daemon/options.js";
import type { PeerFacts } from "../../src/daemon/peer-facts.js";
import type { UnobservedListener } from "../../src/objects/unobserved-listener.js";
import { type FakeClock, fakeClock } from "../../src/testing/fake-clock.js";
import type { Transport } from "../../src/transport/transport.js";
import { transportPair } from "../../src/transport/transport-pair.js";
import { decodeBody, frameBody } from "../../src/wire/body.js";
import { FrameType } from "../../src/wire/constants.js";
import { bodyOf, writeHeader } from "../../src/wire/frame.js";
import type { Message } from "../../src/wire/message.js";
import { Recorder } from "../transport/recorder.js";

export const AUDIENCE = "ws://127.0.0.1:7766";

/** A daemon with a fake clock, its events written down. */
export class Bench {
  readonly clock: FakeClock = fakeClock();
  readonly key = Key.generate({ id: "ann" });
  readonly keys: KeyRing;
  readonly daemon: DaemonCore;
  readonly refusals: DaemonEvents["refused"][0][] = [];
  readonly accepted: SessionInfo[] = [];
  readonly closed: DaemonEvents["closed"][] = [];
  /** Without whose session it was. */
  readonly unobserved: [...Parameters<UnobservedListener>][] = [];
  /** Names of what ran. */
  readonly ran: string[] = [];

  constructor(options: Partial<CoreOptions> & { objects?: Record<string, object> } = {}) {
    const { objects, ...coreOptions } = options;
    this.keys = options.keys ?? new KeyRing([this.key]);
    const shop = { buy: (item: string) => (this.ran.push(`buy ${item}`), `bought ${item}`) };
    this.daemon = new DaemonCore(objects ?? { shop }, { clock: this.clock, ...coreOptions, keys: this.keys });
    this.daemon.setReachable({ audiences: [AUDIENCE] });
    this.daemon.on("refused", (refusal) => this.refusals.push(refusal));
    this.daemon.on("accepted", (session) => this.accepted.push(session));
    this.daemon.on("closed", (...event) => this.closed.push(event));
    this.daemon.on("unobserved", (error, call) => this.unobserved.push([error, call]));
  }

  /** A peer that has not said anything yet. */
  peer(facts: PeerFacts = { remoteAddress: "10.0.0.1" }): RawPeer {
    const [near, far] = transportPair();
    this.daemon.accept(far, facts);
    return new RawPeer(near);
  }

  /** A peer that has proved itself; its session is not open yet. */
  async proved(options: Partial<ClientHandshakeOptions> = {}, facts?: PeerFacts): Promise<RawPeer> {
    const peer = this.peer(facts);
    await peer.greet(this.handshake(options));
    peer.transport.send(peer.confirm);
    return peer;
  }

  /** A peer that asks to go on with the session of another one; WELCOME has come, CONFIRM has not been said. */
  async resuming(session: RawPeer, options: Partial<ClientHandshakeOptions> = {}, facts?: PeerFacts): Promise<RawPeer> {
    const peer = this.peer(facts);
    await peer.greet(this.handshake({ resume: session.established, ...options }));
    peer.goOnFrom(session);
    return peer;
  }

  /** A peer with an open session. */
  async member(options: Partial<ClientHandshakeOptions> = {}, facts?: PeerFacts): Promise<RawPeer> {
    const peer = await this.proved(options, facts);
    peer.say(["open"]);
    await peer.answer("ready");
    return peer;
  }

  handshake(options: Partial<ClientHandshakeOptions> = {}): ClientHandshake {
    return new ClientHandshake({
      credential: { method: 1, key: this.key },
      audience: AUDIENCE,
      serializers: [1],
      maxFrameBytes: 65_536,
      ...options,
    });
  }
}

/** A client that says frame by frame what a test wants, right or wrong. */
export class RawPeer {
  readonly transport: Transport;
  readonly heard = new Recorder();
  readonly #read: Message[] = [];
  #established: Established | undefined;
  #seq = 0;
  #framesRead = 0;
  /** What its session took over earlier channels. */
  #takenBefore = 0;

  constructor(transport: Transport) {
    this.transport = transport;
    transport.start(this.heard);
  }

  /** Says HELLO and takes WELCOME. */
  async greet(handshake: ClientHandshake): Promise<void> {
    this.transport.send(handshake.hello);
    await this.heard.count(1);
    this.#framesRead = 1;
    this.#established = await handshake.welcome(this.heard.frames[0]!);
  }

  /** CONFIRM of this peer's handshake. */
  get confirm(): Uint8Array {
    return ClientHandshake.confirm(this.established, this.#takenBefore);
  }

  /** Numbers go on where the session's other channel has got to. */
  goOnFrom(other: RawPeer): void {
    other.messages();
    this.#seq = other.#seq;
    this.#takenBefore = other.#takenBefore + other.#framesRead - 1;
  }

  get established(): Established {
    if (this.#established === undefined) throw new Error("the handshake is not done");
    return this.#established;
  }

  /** Sends messages in one signed DATA frame. */
  say(...messages: readonly Message[]): void {
    this.transport.send(this.data(...messages));
  }

  /** The next signed DATA frame with these messages. */
  data(...messages: readonly Message[]): Uint8Array {
    const frame = frameBody(JSON.stringify(messages), []);
    writeHeader(frame, { type: FrameType.DATA, ack: this.#takenBefore + this.#framesRead - 1, seq: ++this.#seq });
    this.established.sendMac.sign(frame);
    return frame;
  }

  /** All messages that the daemon has sent so far, their frames verified. */
  messages(): readonly Message[] {
    for (; this.#framesRead < this.heard.frames.length; this.#framesRead++) {
      const frame = this.heard.frames[this.#framesRead]!;
      if (!this.established.receiveMac.verify(frame)) throw new Error("the daemon sent a frame with a wrong tag");
      this.#read.push(...(decodeBody(bodyOf(frame)).messages as Message[]));
    }
    return this.#read;
  }

  /** Waits for the first message of a name (and id) that the daemon sends. */
  async answer(name: Message[0], id?: number): Promise<Message> {
    for (;;) {
      const found = this.messages().find((message) => message[0] === name && (id === undefined || message[1] === id));
      if (found !== undefined) return found;
      if (this.heard.closings.length > 0)
        throw new Error(`closed with ${this.heard.closings[0]!.code} before "${name}"`);
      await Promise.race([this.heard.count(this.heard.frames.length + 1), this.heard.closed_]);
    }
  }
}
