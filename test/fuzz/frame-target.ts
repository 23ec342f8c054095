import type { Key } from "../../src/auth/key.js";
import { FrameType, HEADER_BYTES, TAG_BYTES } from "../../src/wire/constants.js";
import { FuzzPeer, signed } from "./fuzz-peer.js";
import { type FuzzTarget, smallerLists, type Stopwatch, turnOfTheLoop, Violation } from "./fuzz-target.js";
import { expectNothingHeld, FuzzWorld, takeBegun } from "./fuzz-world.js";
import { runs } from "./fuzzed-objects.js";
import { mutateBytes } from "./mutate-bytes.js";
import { Random } from "./random.js";

/** What an honest client says: the n-th of HELLO, CONFIRM and its DATA frames, each of which but the first has a call. */
interface Honest {
  readonly honest: number;
  /** Of the change of its bytes; unchanged when left out. */
  readonly mutation?: number;
  /** The tag is made right after the change of the header, as only a holder of the key can. */
  readonly isSigned?: boolean;
}
/** A frame that somebody said on another connection of the same key, or of another key. */
interface Recorded {
  readonly recorded: number;
  readonly of: "same key" | "other key";
  readonly mutation?: number;
}
/** What the daemon itself said, on this line or to another. */
interface Reflected {
  readonly reflected: number;
  readonly mutation?: number;
}
interface Noise {
  readonly noise: number;
}
type FrameStep = Honest | Recorded | Reflected | Noise;

export interface FrameSequence {
  readonly steps: readonly FrameStep[];
}

interface Recording {
  readonly up: readonly Uint8Array[];
  readonly down: readonly Uint8Array[];
}

/** Frames of an honest client: HELLO, CONFIRM, `open`, and then calls. */
const FIRST_CALL = 3;
/** Where the ack stands in a header. */
const ACK = { from: 4, to: 10 } as const;

let world = new FuzzWorld();
let recordings: Readonly<Record<Recorded["of"], Recording>> | undefined;

/**
 * Somebody without the key between an honest client and the daemon, from the first byte on: changes, cuts, doubles, swaps,
 * drops and reflects frames, splices in those of other connections. What arrives as it was sent and in its turn is taken;
 * the first other frame ends the line, and nothing of it or after it has any effect.
 */
export const frameTarget: FuzzTarget<FrameSequence> = {
  name: "frame",
  generate(random) {
    const length = random.between(1, 7);
    let steps: FrameStep[] = random.list(length, (honest) => ({ honest }));
    for (let edits = random.pick([1, 1, 1, 2]); edits > 0; edits--) steps = edited(steps, random);
    return { steps };
  },
  async run({ steps }, stopwatch) {
    await world.begin();
    recordings ??= { "same key": await record(world.key), "other key": await record(world.otherKey) };
    takeBegun();
    const line = new Attacked(world, recordings, stopwatch);
    const outcomes: string[] = [];
    for (const step of steps) {
      const outcome = await line.take(step);
      if (outcome !== undefined) outcomes.push(outcome);
    }
    line.peer.line.destroy();
    await turnOfTheLoop();
    await expectNothingHeld(takeBegun());
    await world.clock.advance(0);
    await world.expectUnharmed();
    return outcomes;
  },
  *smaller({ steps }) {
    for (const fewer of smallerLists(steps)) yield { steps: fewer };
  },
  renew() {
    world = new FuzzWorld();
    recordings = undefined;
  },
};

function edited(steps: readonly FrameStep[], random: Random): FrameStep[] {
  const at = random.below(steps.length + 1);
  const step = steps[at] ?? { honest: at };
  const mutation = random.below(2 ** 31);
  const other = (): FrameStep => ({ recorded: random.below(7), of: random.pick(["same key", "other key"] as const) });
  const spliced = (put: readonly FrameStep[], taken = 0): FrameStep[] => steps.toSpliced(at, taken, ...put);
  return random.weighted<FrameStep[]>([
    [10, () => spliced([{ ...step, mutation }], 1)],
    [3, () => spliced([{ ...step, mutation, ...("honest" in step && { isSigned: true }) }], 1)],
    [3, () => spliced([step, step], 1)],
    [3, () => spliced([{ honest: at + 1 }, step], 2)],
    [2, () => spliced([], 1)],
    [4, () => spliced([other()], random.below(2))],
    [2, () => spliced([{ ...other(), mutation }])],
    [3, () => spliced([{ reflected: random.below(5) }])],
    [1, () => spliced([{ reflected: random.below(5), mutation }])],
    [2, () => spliced([{ noise: mutation }])],
    // A whole recording instead.
    [1, () => random.list(5, (recorded) => ({ recorded, of: "same key" }) as const)],
  ]);
}

/** A session of its own, from HELLO to several calls, written down. */
async function record(key: Key): Promise<Recording> {
  const up: Uint8Array[] = [];
  const peer = new FuzzPeer(world.dial(), { key });
  const say = async (frame: Uint8Array): Promise<void> => {
    up.push(frame);
    peer.line.deliver(frame);
    await turnOfTheLoop();
  };
  await say(peer.handshake.hello);
  await peer.takeWelcome();
  await say(peer.confirm());
  await say(peer.data(dataOf(2)));
  for (let index = FIRST_CALL; index < 8; index++) await say(peer.data(dataOf(index)));
  peer.line.destroy();
  await turnOfTheLoop();
  return { up, down: [...peer.line.sent] };
}

function dataOf(index: number): { readonly head: string; readonly segments: readonly string[] } {
  if (index < FIRST_CALL) return { head: '[["open"]]', segments: [] };
  return { head: `[["call",${index},"fuzzed","keep",{"json":[${index}]}]]`, segments: [] };
}

/** The daemon's end of a line, and what may have happened on it by now. */
class Attacked {
  readonly peer: FuzzPeer;
  readonly #recordings: Readonly<Record<Recorded["of"], Recording>>;
  readonly #stopwatch: Stopwatch;
  readonly #acceptedBefore: number;
  /** Frames of the honest client that were taken. */
  #progress = 0;
  #isSpoilt = false;
  /** Made once: HELLO has a nonce, DATA a number. */
  readonly #honest: Uint8Array[] = [];

  constructor(at: FuzzWorld, known: Readonly<Record<Recorded["of"], Recording>>, stopwatch: Stopwatch) {
    this.peer = new FuzzPeer(at.dial(), { key: at.key });
    this.#recordings = known;
    this.#stopwatch = stopwatch;
    this.#acceptedBefore = at.accepted;
  }

  async take(step: FrameStep): Promise<string | undefined> {
    const frame = this.#frameOf(step);
    if (frame === undefined || this.peer.line.closing !== undefined) return undefined;
    const isInTurn = !this.#isSpoilt && same(frame, this.#honestFrame(this.#progress));
    const runsBefore = runs.count;
    await this.#stopwatch.measureTurn(() => this.peer.line.deliver(frame));
    const ran = runs.count - runsBefore;
    return isInTurn ? this.#expectTaken(ran) : this.#expectRefused(step, { frame, ran });
  }

  async #expectTaken(ran: number): Promise<string> {
    const index = this.#progress++;
    if (index === 0) await this.peer.takeWelcome();
    if (this.peer.line.closing !== undefined) throw new Violation("the line closed on an honest frame in its turn");
    if (ran !== (index < FIRST_CALL ? 0 : 1)) throw new Violation(`an honest frame ran ${ran} handlers`);
    return `honest: ${index === 0 ? "HELLO" : index === 1 ? "CONFIRM" : "DATA"} taken`;
  }

  #expectRefused(step: FrameStep, { frame, ran }: { readonly frame: Uint8Array; readonly ran: number }): string {
    const { closing, sent } = this.peer.line;
    this.#isSpoilt = true;
    const kind = kindOf(step);
    // A holder of the key may acknowledge what it likes, in CONFIRM and in DATA.
    if ("isSigned" in step && this.#differsInAckAlone(step, frame)) return "another ack of a holder of the key";
    if (ran > 0) throw new Violation(`${ran} handlers ran for a forged frame`);
    if (this.#progress < FIRST_CALL && world.accepted > this.#acceptedBefore) {
      throw new Violation("a session was opened by a forged frame");
    }
    if (closing !== undefined) return `${kind} refused with ${closing.code}`;
    // A HELLO that the key signed is answered, whoever says it: only CONFIRM proves that its holder is there.
    const isHello = frame[3] === FrameType.HELLO && this.#progress === 0 && sent.length === 1;
    if (isHello && ("recorded" in step || "isSigned" in step)) return `${kind} HELLO answered, to no use`;
    throw new Violation("the line goes on after a forged frame");
  }

  #differsInAckAlone({ honest }: Honest, frame: Uint8Array): boolean {
    const original = this.#honestFrame(honest);
    const isAck = (at: number): boolean => at >= ACK.from && at < ACK.to;
    return (
      original?.[3] !== FrameType.HELLO &&
      frame.every((byte, at) => isAck(at) || at >= frame.length - TAG_BYTES || byte === original?.[at])
    );
  }

  /** The bytes of a step; undefined when there are none, as of a WELCOME that never came. */
  #frameOf(step: FrameStep): Uint8Array | undefined {
    if ("noise" in step) {
      const random = new Random(step.noise);
      return random.bytes(random.pick([0, 1, 15, 16, 47, 48, 49, 110, 300]));
    }
    const frame = this.#original(step);
    if (frame === undefined || step.mutation === undefined) return frame;
    const random = new Random(step.mutation);
    if (!("isSigned" in step)) return mutateBytes(frame, random);
    return this.#resigned(frame, random);
  }

  #original(step: Honest | Recorded | Reflected): Uint8Array | undefined {
    if ("honest" in step) return this.#honestFrame(step.honest);
    if ("recorded" in step) return this.#recordings[step.of].up[step.recorded];
    return this.peer.line.sent[step.reflected] ?? this.#recordings["same key"].down[step.reflected];
  }

  #honestFrame(index: number): Uint8Array | undefined {
    if (index > 0 && !this.peer.isProved) return undefined;
    for (let next = this.#honest.length; next <= index; next++) {
      this.#honest.push(
        next === 0 ? this.peer.handshake.hello : next === 1 ? this.peer.confirm() : this.peer.data(dataOf(next)),
      );
    }
    return this.#honest[index];
  }

  /** A change that a holder of the key makes: of HELLO anywhere, of others in the header. */
  #resigned(frame: Uint8Array, random: Random): Uint8Array {
    const isHello = frame[3] === FrameType.HELLO;
    const changed = frame.slice();
    changed[random.below(isHello ? changed.length - TAG_BYTES : HEADER_BYTES)]! ^= 1 << random.below(8);
    return isHello ? signed(changed, world.helloMac) : this.peer.resign(changed);
  }
}

function kindOf(step: FrameStep): string {
  if ("noise" in step) return "noise";
  const whose = "recorded" in step ? `recording of ${step.of}` : "reflected" in step ? "reflection" : "own";
  return `${whose}${step.mutation === undefined ? " out of its turn" : " changed"}${"isSigned" in step ? " and signed" : ""}`;
}

function same(one: Uint8Array, other: Uint8Array | undefined): boolean {
  return other !== undefined && Buffer.compare(one, other) === 0;
}
