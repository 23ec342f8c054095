import type { Random } from "../fuzz/random.js";
import { type Cargo, type Lane, type LineWatcher, ModelLine, type Notice, type Side } from "./line.js";

const NOTICES: readonly Notice[] = ["now", "now", "late", "late", "never"];

/** All lines of a run. In each direction of a line things arrive in order; between lines a seed decides. */
export class ModelNetwork {
  readonly #random: Random;
  readonly #watcher: LineWatcher;
  /** Those that still matter. */
  #lines: ModelLine[] = [];
  #count = 0;

  constructor(random: Random, watcher: LineWatcher) {
    this.#random = random;
    this.#watcher = watcher;
  }

  get lines(): readonly ModelLine[] {
    return this.#lines;
  }

  /** A line that somebody dials; it is open on each side once it has arrived there. */
  dial(dialler: string | undefined): ModelLine {
    this.#lines = this.#lines.filter((line) => !line.isOver);
    const line = new ModelLine((this.#count += 1), { dialler, watcher: this.#watcher });
    line.toServer.push({ kind: "opened" });
    line.toClient.push({ kind: "opened" });
    this.#lines.push(line);
    return line;
  }

  get isQuiet(): boolean {
    return this.#busy().length === 0;
  }

  /** Lets one thing arrive that is under way; says whether there was any. */
  step(): boolean {
    const busy = this.#busy();
    if (busy.length === 0) return false;
    this.#random.pick(busy).deliver();
    return true;
  }

  /** Cuts a line somewhere in what is under way. */
  cut(line: ModelLine): void {
    const kept = (lane: Lane): number => (this.#random.oneIn(3) ? 0 : this.#random.between(0, lane.cargo.length));
    const notice: Record<Side, Notice> = { client: this.#random.pick(NOTICES), server: this.#random.pick(NOTICES) };
    // A line that neither end ever gives up is one that stalls.
    if (notice.client === "never" && notice.server === "never") notice.client = "late";
    line.cut({ client: kept(line.toClient), server: kept(line.toServer) }, notice);
  }

  /** Changes one bit of a frame that is under way; says whether there was one. */
  flip(line: ModelLine): boolean {
    const lane = this.#random.oneIn(2) ? line.toClient : line.toServer;
    const at = this.#random.below(lane.cargo.length + 1);
    const cargo = lane.cargo[at];
    if (cargo?.kind !== "frame" || cargo.bytes.length === 0) return false;
    const bytes = cargo.bytes.slice();
    // The fixed fields and the tag more often than the body.
    const place = this.#random.oneIn(2)
      ? this.#random.below(Math.min(16, bytes.length))
      : this.#random.below(bytes.length);
    bytes[place]! ^= 1 << this.#random.below(8);
    line.isTampered = true;
    lane.cargo[at] = { kind: "frame", bytes, original: undefined };
    return true;
  }

  /** Takes a frame out that is under way; says whether there was one. */
  drop(line: ModelLine): boolean {
    const lane = this.#random.oneIn(2) ? line.toClient : line.toServer;
    const at = this.#random.below(lane.cargo.length + 1);
    if (lane.cargo[at]?.kind !== "frame") return false;
    lane.cargo.splice(at, 1);
    line.isTampered = true;
    return true;
  }

  /** How many were dialled so far. */
  get dialled(): number {
    return this.#count;
  }

  /** Puts a frame of the attacker's somewhere into what is under way. */
  inject(lane: Lane, frame: Uint8Array): void {
    if (lane.isCut) return;
    lane.line.isTampered = true;
    const cargo: Cargo = { kind: "frame", bytes: frame.slice(), original: undefined };
    lane.cargo.splice(this.#random.between(0, lane.cargo.length), 0, cargo);
  }

  /** From now on nothing is held up. */
  heal(): void {
    for (const { toServer, toClient } of this.#lines) toServer.isStalled = toClient.isStalled = false;
  }

  #busy(): Lane[] {
    return this.#lines
      .flatMap(({ toServer, toClient }) => [toServer, toClient])
      .filter(({ cargo, isStalled }) => cargo.length > 0 && !isStalled);
  }
}
