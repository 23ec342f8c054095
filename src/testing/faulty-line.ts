import { systemClock, type Timer } from "../session/clock.js";
import { ABNORMAL_CLOSE } from "../transport/close-frame.js";
import type { Transport, TransportClose } from "../transport/transport.js";
import { FaultyLane, type LaneOptions } from "./faulty-lane.js";
import { FaultyTransport } from "./faulty-transport.js";
import {
  checkLinkFaults,
  FRAME_FAULTS,
  type FrameFault,
  type LinkDirection,
  type LinkFaults,
  type RandomFaults,
} from "./link-faults.js";
import { seededRandom } from "./seeded-random.js";

const DIRECTIONS = ["toDaemon", "toClient"] as const satisfies readonly LinkDirection[];
const DEFAULT_STALL_MS = 1_000;
/** Frames of a handshake: HELLO and CONFIRM, and WELCOME. */
const HANDSHAKE_FRAMES: Readonly<Record<LinkDirection, number>> = { toDaemon: 2, toClient: 1 };

/** Who is told that a line is cut. The other end sees a line on which nothing comes any more. */
export type CutNotice = "both" | "client" | "daemon";

/** How often what has happened, by script and by chance. */
export interface LineCounts extends Readonly<Record<FrameFault, number>> {
  /** Those that were begun, refused ones too. */
  readonly connections: number;
}

/**
 * A line in memory that a client may dial again and again, and that does to its connections what networks do. By default
 * a client dials again at once when it is cut.
 */
export interface FaultyLine {
  readonly counts: LineCounts;
  /** Connects: gives the client's end and hands the daemon's to `accept`, unless the line is unplugged. */
  dial(accept: (daemonEnd: Transport) => void): Transport;
  /** Breaks the connection; what is under way is lost. @param notice who is told of it, @default "both" */
  cut(notice?: CutNotice): void;
  /**
   * From now on nothing arrives and nobody is told, as of a peer that went to sleep; what is sent waits for `restore` and
   * is lost by `cut`. @default both directions
   */
  stall(direction?: LinkDirection): void;
  /** Cuts the line and lets nobody connect until `restore`. */
  unplug(): void;
  /** Ends `stall` and `unplug`. */
  restore(): void;
  /** Flips one bit of the next frame. */
  corrupt(direction: LinkDirection): void;
  /** The next frame arrives twice. */
  duplicate(direction: LinkDirection): void;
  /** The next frame arrives after the one that follows it. */
  reorder(direction: LinkDirection): void;
}

/**
 * Makes a line with faults, for `linkedPeers` and for transports of one's own.
 *
 * @throws ConfigError `HW_OPTION_INVALID`
 * @example
 * ```ts
 * const line = faultyLine({ latencyMs: 20, random: { seed: 1, cut: 0.01 } });
 * await using peers = await linkedPeers({ warehouse }, { link: line, daemon: { sessions: { windowMs: 60_000 } } });
 * ```
 */
export function faultyLine(faults: LinkFaults = {}): FaultyLine {
  return new MemoryLine(faults);
}

/** Whether an option is a line rather than its faults. */
export function isFaultyLine(link: FaultyLine | LinkFaults | undefined): link is FaultyLine {
  return link instanceof MemoryLine;
}

class MemoryLine implements FaultyLine {
  readonly #faults: LinkFaults;
  readonly #connections = new Set<MemoryConnection>();
  readonly #stalled = new Set<LinkDirection>();
  readonly #counts = { connections: 0, cut: 0, stall: 0, corrupt: 0, duplicate: 0, reorder: 0 };
  #isUnplugged = false;

  constructor(faults: LinkFaults) {
    checkLinkFaults(faults);
    this.#faults = faults;
  }

  get counts(): LineCounts {
    return { ...this.#counts };
  }

  dial(accept: (daemonEnd: Transport) => void): Transport {
    this.#counts.connections += 1;
    const connection: MemoryConnection = new MemoryConnection({
      faults: this.#faults,
      number: this.#counts.connections,
      stalled: this.#stalled,
      happened: (fault) => (this.#counts[fault] += 1),
      gone: () => this.#connections.delete(connection),
    });
    const { client, daemon } = connection.ends;
    if (this.#isUnplugged) {
      client.end({ code: ABNORMAL_CLOSE, reason: "", error: new Error("the line is unplugged") });
      return client;
    }
    this.#connections.add(connection);
    client.open();
    daemon.open();
    accept(daemon);
    return client;
  }

  cut(notice: CutNotice = "both"): void {
    for (const connection of this.#connections) connection.cut(notice);
  }

  stall(direction?: LinkDirection): void {
    for (const stalled of direction === undefined ? DIRECTIONS : [direction]) {
      this.#stalled.add(stalled);
      for (const connection of this.#connections) connection.stall(stalled);
    }
    this.#counts.stall += 1;
  }

  unplug(): void {
    this.#isUnplugged = true;
    this.cut();
  }

  restore(): void {
    this.#isUnplugged = false;
    this.#stalled.clear();
    for (const connection of this.#connections) connection.restore();
  }

  corrupt(direction: LinkDirection): void {
    this.#plan("corrupt", direction);
  }

  duplicate(direction: LinkDirection): void {
    this.#plan("duplicate", direction);
  }

  reorder(direction: LinkDirection): void {
    this.#plan("reorder", direction);
  }

  #plan(fault: FrameFault, direction: LinkDirection): void {
    for (const connection of this.#connections) connection.plan(fault, direction);
  }
}

interface ConnectionOptions {
  readonly faults: LinkFaults;
  /** From 1. */
  readonly number: number;
  readonly stalled: ReadonlySet<LinkDirection>;
  readonly happened: (fault: FrameFault) => void;
  readonly gone: () => void;
}

/** One connection of a line: two ends and a lane each way. */
class MemoryConnection {
  readonly #options: ConnectionOptions;
  readonly #lanes: Readonly<Record<LinkDirection, FaultyLane>>;
  /** What happens to the next frames by script. */
  readonly #planned: Readonly<Record<LinkDirection, FrameFault[]>> = { toDaemon: [], toClient: [] };
  readonly #stalls = new Set<Timer>();
  #isCut = false;
  readonly ends: { readonly client: FaultyTransport; readonly daemon: FaultyTransport };

  constructor(options: ConnectionOptions) {
    this.#options = options;
    this.#lanes = { toDaemon: this.#lane("toDaemon"), toClient: this.#lane("toClient") };
    this.ends = {
      client: new FaultyTransport(this.#lanes.toDaemon, () => this.#ended()),
      daemon: new FaultyTransport(this.#lanes.toClient, () => this.#ended()),
    };
  }

  plan(fault: FrameFault, direction: LinkDirection): void {
    this.#planned[direction].push(fault);
  }

  stall(direction: LinkDirection): void {
    this.#lanes[direction].stall();
  }

  restore(): void {
    this.#endStalls();
    for (const direction of DIRECTIONS) this.#lanes[direction].restore();
  }

  cut(notice: CutNotice): void {
    if (!this.#isCut) this.#options.happened("cut");
    this.#isCut = true;
    for (const direction of DIRECTIONS) this.#lanes[direction].die();
    if (notice !== "daemon") this.ends.client.end();
    if (notice !== "client") this.ends.daemon.end();
  }

  #lane(direction: LinkDirection): FaultyLane {
    const { faults, number, stalled } = this.#options;
    const { latencyMs = 0, bytesPerSecond = Infinity, clock = systemClock, random } = faults;
    const chance = seededRandom(random?.seed ?? 0, number, DIRECTIONS.indexOf(direction));
    const receiver = direction === "toDaemon" ? "daemon" : "client";
    const sender = direction === "toDaemon" ? "client" : "daemon";
    const options: LaneOptions = {
      clock,
      latencyMs,
      bytesPerSecond,
      isStalled: stalled.has(direction),
      random: chance,
      nextFault: this.#chooser(direction, chance),
      arrived: (content) => {
        this.ends[receiver].takes(content);
        // Its sender has waited for this: a close is answered.
        if (!(content instanceof Uint8Array)) this.ends[sender].end(content as TransportClose);
      },
      cut: () => this.cut("both"),
      stalled: () => this.#stallFor(direction, Math.ceil(chance() * (random?.stallMs ?? DEFAULT_STALL_MS))),
    };
    return new FaultyLane(options);
  }

  /** What happens to each frame of a direction: what the script says, or chance. */
  #chooser(direction: LinkDirection, chance: () => number): () => FrameFault | undefined {
    const { number, faults, happened } = this.#options;
    const { random } = faults;
    let frames = 0;
    return () => {
      frames += 1;
      const drawn = random === undefined ? undefined : drawFault(random, chance());
      const isHandshake = frames <= HANDSHAKE_FRAMES[direction];
      // The frame after a handshake opens the session, or says that it is open.
      const isFirst = number === 1 && frames <= HANDSHAKE_FRAMES[direction] + 1;
      const isSpared = isFirst || (isHandshake && drawn !== "cut" && drawn !== "stall");
      const fault = this.#planned[direction].shift() ?? (isSpared ? undefined : drawn);
      if (fault !== undefined && fault !== "cut") happened(fault);
      return fault;
    };
  }

  #stallFor(direction: LinkDirection, ms: number): void {
    this.#lanes[direction].stall();
    const { clock = systemClock } = this.#options.faults;
    const timer = clock.after(ms, () => {
      this.#stalls.delete(timer);
      if (!this.#options.stalled.has(direction)) this.#lanes[direction].restore();
    });
    this.#stalls.add(timer);
  }

  #endStalls(): void {
    for (const timer of this.#stalls) timer.cancel();
    this.#stalls.clear();
  }

  #ended(): void {
    if (!this.ends.client.isEnded || !this.ends.daemon.isEnded) return;
    this.#endStalls();
    for (const direction of DIRECTIONS) this.#lanes[direction].die();
    this.#options.gone();
  }
}

function drawFault(shares: RandomFaults, drawn: number): FrameFault | undefined {
  let at = drawn;
  return FRAME_FAULTS.find((fault) => (at -= shares[fault] ?? 0) < 0);
}
