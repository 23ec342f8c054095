import { ClientHandshake, type Established } from "../../src/auth/client-handshake.js";
import type { Key } from "../../src/auth/key.js";
import type { Mac } from "../../src/auth/mac.js";
import { decodeBody, frameBody } from "../../src/wire/body.js";
import { FrameType, HEADER_BYTES, TAG_BYTES } from "../../src/wire/constants.js";
import { bodyOf } from "../../src/wire/frame.js";
import type { FuzzLine } from "./fuzz-line.js";
import { turnOfTheLoop, Violation } from "./fuzz-target.js";
import type { FuzzedBody } from "./fuzzed-body.js";
import { joined } from "./mutate-bytes.js";

/** Fields of a header that differ from what they should be. */
export interface HeaderChange {
  readonly magic?: number;
  readonly version?: number;
  readonly type?: number;
  readonly ack?: number;
  readonly seq?: number;
}

/** The client's end of a line, which holds the key and says what it likes. */
export class FuzzPeer {
  readonly line: FuzzLine;
  readonly handshake: ClientHandshake;
  #established: Established | undefined;
  #seq = 0;
  #framesRead = 0;

  constructor(line: FuzzLine, { key, serializerId = 1 }: { readonly key: Key; readonly serializerId?: number }) {
    this.line = line;
    this.handshake = new ClientHandshake({
      credential: { method: 1, key },
      audience: "ws://127.0.0.1:7766",
      serializers: [serializerId],
      maxFrameBytes: 2 ** 21,
    });
  }

  /** HELLO, WELCOME, CONFIRM. */
  async shakeHands(): Promise<void> {
    this.line.deliver(this.handshake.hello);
    await this.takeWelcome();
    this.line.deliver(this.confirm());
  }

  async takeWelcome(): Promise<void> {
    for (let turn = 0; turn < 5 && this.line.sent.length === 0; turn++) await turnOfTheLoop();
    const [welcome] = this.line.sent;
    if (welcome === undefined) throw new Violation("an honest HELLO was not answered");
    this.#framesRead = 1;
    this.#established = await this.handshake.welcome(welcome);
  }

  confirm(): Uint8Array {
    return ClientHandshake.confirm(this.#keys, 0);
  }

  get isProved(): boolean {
    return this.#established !== undefined;
  }

  /** Sends messages in the next frame. */
  say(messages: readonly unknown[]): void {
    this.line.deliver(this.data({ head: JSON.stringify(messages), segments: [] }));
  }

  /** The next frame, rightly signed. */
  data({ head, segments }: FuzzedBody, change?: HeaderChange): Uint8Array {
    return this.#sign(frameBody(head, segments.map(fromHex)), change);
  }

  /** The next frame with any bytes as its body, rightly signed. */
  bytes(body: Uint8Array, change?: HeaderChange): Uint8Array {
    return this.#sign(frameOf(body), change);
  }

  /** Signs any frame with the key of this channel. */
  resign(frame: Uint8Array): Uint8Array {
    return signed(frame, this.#keys.sendMac);
  }

  /** What the daemon has said since this was asked last. @throws Violation when it broke the protocol itself */
  takeMessages(): readonly (readonly unknown[])[] {
    const messages: (readonly unknown[])[] = [];
    for (; this.#framesRead < this.line.sent.length; this.#framesRead++) {
      const frame = this.line.sent[this.#framesRead]!;
      if (!this.#keys.receiveMac.verify(frame)) throw new Violation("the daemon sent a frame with a wrong tag");
      messages.push(...decodeBody(bodyOf(frame)).messages);
    }
    return messages;
  }

  #sign(frame: Uint8Array, change: HeaderChange = {}): Uint8Array {
    return signedData(frame, { seq: ++this.#seq, ...change }, this.#keys.sendMac);
  }

  get #keys(): Established {
    if (this.#established === undefined) throw new Error("the handshake is not done");
    return this.#established;
  }
}

/** A frame around any bytes; header and tag are still zero. */
export function frameOf(body: Uint8Array): Uint8Array {
  return joined(new Uint8Array(HEADER_BYTES), body, new Uint8Array(TAG_BYTES));
}

/** Writes the header of a DATA frame, or what it is to be instead, and signs. */
export function signedData(frame: Uint8Array, header: HeaderChange & { readonly seq: number }, mac: Mac): Uint8Array {
  const { magic = 0x4857, version = 1, type = FrameType.DATA, ack = 0, seq } = header;
  const view = new DataView(frame.buffer, frame.byteOffset, frame.byteLength);
  view.setUint16(0, magic);
  view.setUint8(2, version);
  view.setUint8(3, type);
  writeU48(view, 4, ack);
  writeU48(view, 10, seq);
  return signed(frame, mac);
}

export function fromHex(text: string): Uint8Array {
  return Uint8Array.from(Buffer.from(text, "hex"));
}

/** A copy with its tag made right, when it is long enough to have one. */
export function signed(frame: Uint8Array, mac: Mac): Uint8Array {
  const copy = frame.slice();
  if (copy.length >= TAG_BYTES) mac.sign(copy);
  return copy;
}

function writeU48(view: DataView, at: number, value: number): void {
  view.setUint16(at, Math.floor(value / 2 ** 32) % 2 ** 16);
  view.setUint32(at + 2, value % 2 ** 32);
}
