import { Inbox } from "../../src/transport/inbox.js";
import type { Transport, TransportClose, TransportReceiver } from "../../src/transport/transport.js";

export type Side = "client" | "server";

/** What is under way in one direction of a line. */
export type Cargo =
  | { readonly kind: "frame"; readonly bytes: Uint8Array; readonly original: Uint8Array | undefined }
  | { readonly kind: "opened" }
  | { readonly kind: "close"; readonly close: TransportClose };

/** Who sees what a line does. */
export interface LineWatcher {
  sent(line: ModelLine, from: Side, frame: Uint8Array): void;
  /** Handed over when the end was closing already. */
  dropped(line: ModelLine, from: Side, frame: Uint8Array): void;
  /** A dialled line reaches the server, which may take it. */
  arrived(line: ModelLine): void;
  /** Bytes that reach an end which still listens. */
  delivered(line: ModelLine, to: Side, frame: Uint8Array): void;
  /** An end closes the line by itself. */
  closing(line: ModelLine, from: Side, code: number): void;
}

/** How an end learns that the line was cut. */
export type Notice = "now" | "late" | "never";

const BROKEN: TransportClose = { code: 1006, reason: "" };

export function otherSide(side: Side): Side {
  return side === "client" ? "server" : "client";
}

/** One direction: what was sent and has not arrived, oldest first. */
export class Lane {
  readonly line: ModelLine;
  readonly to: Side;
  cargo: Cargo[] = [];
  /** Nothing arrives for a while. */
  isStalled = false;
  /** What is sent from now on is lost. */
  isCut = false;

  constructor(line: ModelLine, to: Side) {
    this.line = line;
    this.to = to;
  }

  get bytes(): number {
    return this.cargo.reduce((sum, one) => sum + (one.kind === "frame" ? one.bytes.length : 0), 0);
  }

  push(cargo: Cargo): void {
    if (!this.isCut) this.cargo.push(cargo);
  }

  /** The oldest thing arrives. */
  deliver(): void {
    const cargo = this.cargo.shift();
    if (cargo !== undefined) this.line.end(this.to).takes(cargo);
  }

  /** Keeps the first so many of what is under way; nothing that is sent later arrives. */
  cut(kept: number): void {
    this.cargo.length = Math.min(this.cargo.length, kept);
    this.isCut = true;
  }
}

/** A socket between two ends, whose frames arrive when the model says so. */
export class ModelLine {
  readonly number: number;
  /** Which client dialled; undefined when the attacker did. */
  readonly dialler: string | undefined;
  readonly watcher: LineWatcher;
  readonly client: LineEnd;
  readonly server: LineEnd;
  readonly toServer: Lane;
  readonly toClient: Lane;
  /** The attacker answers in the daemon's place. */
  isImpersonated = false;
  /** The attacker, or noise, has changed what passes. */
  isTampered = false;

  constructor(number: number, { dialler, watcher }: { dialler: string | undefined; watcher: LineWatcher }) {
    this.number = number;
    this.dialler = dialler;
    this.watcher = watcher;
    this.toServer = new Lane(this, "server");
    this.toClient = new Lane(this, "client");
    this.client = new LineEnd(this, "client");
    this.server = new LineEnd(this, "server");
  }

  end(side: Side): LineEnd {
    return side === "client" ? this.client : this.server;
  }

  laneTo(side: Side): Lane {
    return side === "client" ? this.toClient : this.toServer;
  }

  get isCut(): boolean {
    return this.toServer.isCut || this.toClient.isCut;
  }

  /** Neither end uses it, and nothing is under way. */
  get isOver(): boolean {
    const isQuiet = this.toServer.cargo.length + this.toClient.cargo.length === 0;
    return this.client.isGone && this.server.isGone && isQuiet;
  }

  /**
   * The line breaks: of what is under way a prefix arrives in each direction, and each end learns of it in its own way.
   * @param kept how many things still arrive, by receiver
   */
  cut(kept: Readonly<Record<Side, number>>, notice: Readonly<Record<Side, Notice>>): void {
    for (const side of ["client", "server"] as const) {
      const lane = this.laneTo(side);
      lane.cut(kept[side]);
      if (notice[side] === "late") lane.cargo.push({ kind: "close", close: BROKEN });
      if (notice[side] === "now") this.end(side).breaks();
    }
  }
}

/** One end, a transport. Its own close is told when the other end has answered it, as that of a WebSocket is. */
export class LineEnd implements Transport {
  readonly #line: ModelLine;
  readonly #side: Side;
  readonly #inbox = new Inbox();
  #isClosing = false;
  #isDestroyed = false;
  #isTold = false;

  constructor(line: ModelLine, side: Side) {
    this.#line = line;
    this.#side = side;
  }

  get #out(): Lane {
    return this.#line.laneTo(otherSide(this.#side));
  }

  /** This side has not closed it, nor been told that it broke. */
  get isOpen(): boolean {
    return !this.#isClosing;
  }

  /** Its owner has been told of the end, or never took it. */
  get isGone(): boolean {
    return this.#isTold;
  }

  get bufferedBytes(): number {
    return this.#isTold ? 0 : this.#out.bytes;
  }

  start(receiver: TransportReceiver): void {
    this.#inbox.start({
      opened: () => receiver.opened(),
      frame: (bytes) => {
        this.#line.watcher.delivered(this.#line, this.#side, bytes);
        receiver.frame(bytes);
      },
      closed: (close) => receiver.closed(close),
    });
  }

  send(frame: Uint8Array): void {
    if (this.#isClosing) return this.#line.watcher.dropped(this.#line, this.#side, frame);
    this.#line.watcher.sent(this.#line, this.#side, frame);
    this.#out.push({ kind: "frame", bytes: frame.slice(), original: frame });
  }

  close(code = 1000): void {
    if (this.#isClosing) return;
    this.#isClosing = true;
    this.#inbox.ignoreFrames();
    this.#line.watcher.closing(this.#line, this.#side, code);
    this.#out.push({ kind: "close", close: { code, reason: "" } });
  }

  /** What it had sent is lost, and the other end finds the line broken, if it is not cut. */
  destroy(): void {
    if (this.#isDestroyed) return;
    this.#isDestroyed = true;
    this.#isClosing = true;
    if (!this.#out.isCut) this.#out.cargo = [{ kind: "close", close: BROKEN }];
    this.#tell(BROKEN);
  }

  /** The line is cut, and this end sees it. */
  breaks(): void {
    this.#isClosing = true;
    this.#line.laneTo(this.#side).cargo = [];
    this.#tell(BROKEN);
  }

  takes(cargo: Cargo): void {
    if (cargo.kind === "opened") {
      if (this.#isTold) return;
      if (this.#side === "server") this.#line.watcher.arrived(this.#line);
      this.#inbox.opened();
    } else if (cargo.kind === "close") {
      // Whoever is closed answers, so that the other end learns that it is done.
      if (!this.#isTold) this.#out.push({ kind: "close", close: cargo.close });
      this.#isClosing = true;
      this.#tell(cargo.close);
    } else {
      const { bytes, original } = cargo;
      if (
        original !== undefined &&
        Buffer.compare(bytes, original) !== 0 &&
        this.#line.end(otherSide(this.#side)).isOpen
      )
        throw new Error(`line ${this.#line.number}: bytes were changed after they had been sent`);
      this.#inbox.frame(bytes);
    }
  }

  #tell(close: TransportClose): void {
    this.#inbox.ignoreFrames();
    if (this.#isTold) return;
    this.#isTold = true;
    queueMicrotask(() => this.#inbox.closed(close));
  }
}
