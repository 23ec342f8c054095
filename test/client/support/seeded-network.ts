import type { Transport, TransportClose, TransportReceiver } from "../../../src/transport/transport.js";
import { Inbox } from "../../../src/transport/inbox.js";

/** A random number from 0 up to, not including, 1; the same ones for the same seed (mulberry32). */
export function seededRandom(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296;
  };
}

/** One direction of a line: what is under way arrives in order, whenever the network says so. */
class Lane {
  readonly underWay: (() => void)[] = [];
  bytes = 0;
}

/** Lines whose frames arrive in an order that a seed decides: in order on each line and direction, at random between them. */
export class SeededNetwork {
  readonly #random: () => number;
  readonly #lanes: Lane[] = [];

  constructor(random: () => number) {
    this.#random = random;
  }

  line(): readonly [SeededTransport, SeededTransport] {
    const lanes = [new Lane(), new Lane()] as const;
    this.#lanes.push(...lanes);
    const near = new SeededTransport(lanes[0]);
    const far = new SeededTransport(lanes[1]);
    near.join(far);
    far.join(near);
    return [near, far];
  }

  get isQuiet(): boolean {
    return this.#lanes.every(({ underWay }) => underWay.length === 0);
  }

  /** Lets one thing arrive that is under way, if there is any. */
  step(): void {
    const busy = this.#lanes.filter(({ underWay }) => underWay.length > 0);
    busy[Math.floor(this.#random() * busy.length)]?.underWay.shift()?.();
  }
}

export class SeededTransport implements Transport {
  readonly #inbox = new Inbox();
  readonly #lane: Lane;
  #peer!: SeededTransport;
  #isClosing = false;
  framesReceived = 0;
  /** What the other end closed with. */
  closedWith: number | undefined;

  constructor(lane: Lane) {
    this.#lane = lane;
  }

  get isOpen(): boolean {
    return !this.#isClosing;
  }

  join(peer: SeededTransport): void {
    this.#peer = peer;
    this.#inbox.opened();
  }

  get bufferedBytes(): number {
    return this.#lane.bytes;
  }

  start(receiver: TransportReceiver): void {
    this.#inbox.start(receiver);
  }

  send(frame: Uint8Array): void {
    if (this.#isClosing) return;
    const sent = frame.slice();
    this.#lane.bytes += sent.length;
    this.#lane.underWay.push(() => {
      this.#lane.bytes -= sent.length;
      if (Buffer.compare(sent, frame) !== 0) throw new Error("bytes were changed after they were sent");
      this.#peer.takes(sent);
    });
  }

  close(code = 1000): void {
    if (this.#isClosing) return;
    this.#isClosing = true;
    this.#lane.underWay.push(() => this.#peer.ends({ code, reason: "" }));
    this.#finish({ code, reason: "" });
  }

  destroy(): void {
    this.#isClosing = true;
    this.#lane.underWay.splice(0, Infinity, () => this.#peer.ends({ code: 1006, reason: "" }));
    this.#finish({ code: 1006, reason: "" });
  }

  takes(frame: Uint8Array): void {
    if (!this.#isClosing) this.framesReceived += 1;
    this.#inbox.frame(frame);
  }

  ends(close: TransportClose): void {
    this.closedWith ??= close.code;
    this.#isClosing = true;
    this.#finish(close);
  }

  #finish(close: TransportClose): void {
    this.#inbox.ignoreFrames();
    queueMicrotask(() => this.#inbox.closed(close));
  }
}
