import { Key } from "../../src/auth/key.js";
import { KeyRing } from "../../src/auth/key-ring.js";
import { type Accepted, ServerHandshake } from "../../src/auth/server-handshake.js";
import { createConnect } from "../../src/client/connect.js";
import type { Connection } from "../../src/client/connection.js";
import { fakeClock } from "../../src/testing/fake-clock.js";
import { decodeBody, frameBody } from "../../src/wire/body.js";
import { bodyOf } from "../../src/wire/frame.js";
import { FuzzLine } from "./fuzz-line.js";
import { frameOf, fromHex, signedData } from "./fuzz-peer.js";
import { type FuzzTarget, smallerLists, type Stopwatch, turnOfTheLoop, Violation } from "./fuzz-target.js";
import { AUDIENCE, expectNothingHeld, FAULT, fuzzedSerializers, isFault, takeBegun } from "./fuzz-world.js";
import type { Dialogue } from "./fuzzed-body.js";
import { fuzzedObjects, runs } from "./fuzzed-objects.js";
import { mutateBytes } from "./mutate-bytes.js";
import { smallerTexts } from "./mutate-json.js";
import { Random } from "./random.js";
import { isRefused, messagesOf, outcomeOf, signedStep, type SignedStep } from "./session-target.js";

/** A frame of the daemon, or what somebody without the key makes of it. */
interface ServerStep extends SignedStep {
  /** Of the change of the frame after it was signed. */
  readonly forged?: number;
}

export interface ServerFrames {
  readonly serializerId: number;
  /** Of the change of WELCOME; it is the right one when left out. */
  readonly welcome?: number;
  readonly steps: readonly ServerStep[];
}

/** A client whose daemon says what it likes: rightly signed, or forged on the way. */
export const clientTarget: FuzzTarget<ServerFrames> = {
  name: "client",
  generate(random) {
    const serializerId = random.pick([1, 1, 1, 2, 3, 3]);
    if (random.oneIn(15)) return { serializerId, welcome: random.below(2 ** 31), steps: [] };
    const dialogue: Dialogue = { random, serializerId, nextCall: 1, nextGiven: 1, answers: true };
    const made = random.list(random.between(1, 5), () => {
      const step = signedStep(dialogue);
      return random.oneIn(12) ? { ...step, forged: random.below(2 ** 31) } : step;
    });
    return { serializerId, steps: random.oneIn(15) ? made : [{ head: '[["ready"]]', segments: [] }, ...made] };
  },
  run: (input, stopwatch) => new AttackedClient(input, stopwatch).run(),
  *smaller(input) {
    for (const steps of smallerLists(input.steps)) yield { ...input, steps };
    for (const [index, each] of input.steps.entries()) {
      for (const head of each.head === undefined ? [] : smallerTexts(each.head)) {
        yield { ...input, steps: input.steps.with(index, { ...each, head }) };
      }
    }
  },
  renew: () => undefined,
};

const key = Key.generate({ id: "ann" });
const keys = new KeyRing([key]);
type Callable = Record<string, (...args: readonly unknown[]) => PromiseLike<unknown>>;

class AttackedClient {
  readonly #input: ServerFrames;
  readonly #stopwatch: Stopwatch;
  readonly #clock = fakeClock();
  readonly #line = new FuzzLine();
  readonly #connection: Connection;
  #fault: Error | undefined;
  #pending = 0;
  #seq = 0;
  #framesRead = 3;

  constructor(input: ServerFrames, stopwatch: Stopwatch) {
    this.#input = input;
    this.#stopwatch = stopwatch;
    takeBegun();
    const { openConnection } = createConnect({
      clock: this.#clock,
      scheduleFlush: (flush) => queueMicrotask(flush),
      dial: () => this.#line,
    });
    const serializers = fuzzedSerializers().filter(({ id }) => id === input.serializerId);
    this.#connection = openConnection(`${AUDIENCE}/`, { key, isolated: true, serializers, reconnect: false });
    this.#connection.on("unobserved", (error) => void (isFault(error) && (this.#fault ??= error)));
  }

  async run(): Promise<readonly string[]> {
    this.#makeCalls();
    await turnOfTheLoop();
    const outcomes = await this.#attack();
    this.#line.destroy();
    await this.#connection.close();
    await turnOfTheLoop();
    await expectNothingHeld(takeBegun());
    for (let turn = 0; turn < 20 && this.#pending > 0; turn++) await turnOfTheLoop();
    if (this.#fault !== undefined) throw new Violation(FAULT, { cause: this.#fault.cause });
    if (this.#pending > 0) throw new Violation(`${this.#pending} calls never settle`);
    if (this.#clock.pendingTimers > 0) throw new Violation(`${this.#clock.pendingTimers} timers are left`);
    return outcomes;
  }

  async #attack(): Promise<readonly string[]> {
    const accepted = await this.#accept();
    const { welcome } = this.#input;
    if (welcome !== undefined) return [await this.#forgedWelcome(mutateBytes(accepted.welcome, new Random(welcome)))];
    this.#line.deliver(accepted.welcome);
    await turnOfTheLoop();
    if (this.#line.sent.length < 2) throw new Violation("an honest WELCOME was not taken");
    const outcomes: string[] = [];
    for (const step of this.#input.steps) if (!this.#isOver) outcomes.push(await this.#say(step, accepted));
    return outcomes;
  }

  async #accept(): Promise<Accepted> {
    const [hello] = this.#line.sent;
    if (hello === undefined) throw new Violation("no HELLO came");
    const handshake = new ServerHandshake({
      keys,
      audiences: [AUDIENCE],
      serializers: [this.#input.serializerId],
      maxFrameBytes: 2 ** 21,
      heartbeatMs: 20_000,
      windowMs: 0,
      nowMs: () => this.#clock.now(),
    });
    return await handshake.hello(hello);
  }

  get #isOver(): boolean {
    return this.#line.closing !== undefined || this.#connection.state.status === "closed";
  }

  async #forgedWelcome(frame: Uint8Array): Promise<string> {
    await this.#stopwatch.measureTurn(() => this.#line.deliver(frame));
    if (!this.#isOver) throw new Violation("a client goes on after a forged WELCOME");
    if (this.#line.sent.length > 1) throw new Violation("a client said more than HELLO to somebody without the key");
    return `forged WELCOME refused with ${this.#line.closing?.code}`;
  }

  async #say(step: ServerStep, { established }: Accepted): Promise<string> {
    const { head = "[]", segments = [], body, header, forged } = step;
    const unsigned = body === undefined ? frameBody(head, segments.map(fromHex)) : frameOf(fromHex(body));
    const right = signedData(unsigned, { seq: ++this.#seq, ...header }, established.sendMac);
    const frame = forged === undefined ? right : mutateBytes(right, new Random(forged));
    const runsBefore = runs.count;
    await this.#stopwatch.measureTurn(() => this.#line.deliver(frame));
    const ran = runs.count - runsBefore;
    const isBroken = forged !== undefined || isRefused(header) || messagesOf(frame) === undefined;
    if (isBroken && ran > 0) throw new Violation("a callback ran for a frame that is refused");
    if (isBroken && !this.#isOver) throw new Violation("a client goes on after a broken frame");
    return `${forged === undefined ? "" : "forged, "}${outcomeOf(this.#line.closing, this.#heard(established))}`;
  }

  #heard({ receiveMac }: Accepted["established"]): readonly (readonly unknown[])[] {
    const messages: (readonly unknown[])[] = [];
    for (; this.#framesRead < this.#line.sent.length; this.#framesRead++) {
      const frame = this.#line.sent[this.#framesRead]!;
      if (!receiveMac.verify(frame)) throw new Violation("the client sent a frame with a wrong tag");
      messages.push(...decodeBody(bodyOf(frame)).messages);
    }
    return messages;
  }

  #makeCalls(): void {
    const { fuzzed } = fuzzedObjects();
    const object = this.#connection.object("fuzzed") as unknown as Callable;
    const back = (value: unknown): unknown => (runs.count++, value);
    async function* items(): AsyncGenerator<number> {
      for (let item = 0; item < 40; item++) yield item;
    }
    const streams = this.#input.serializerId === 2 ? [] : [object["consume"]!(items())];
    this.#settle(this.#connection.ready);
    for (const call of [
      object["echo"]!({ a: [1, "b"] }),
      object["callBack"]!(back, 1),
      object["keep"]!(fuzzed),
      object["make"]!(),
      object["count"]!(3),
      ...streams,
    ]) {
      this.#settle(this.#use(call));
    }
  }

  /** Does with a result what programs do. */
  async #use(call: PromiseLike<unknown>): Promise<void> {
    const value = await call;
    if (typeof value === "function") await (value as (one: unknown) => unknown)(1);
    const isStream = typeof value === "object" && value !== null && Symbol.asyncIterator in value;
    if (!isStream) return;
    let count = 0;
    for await (const item of value as AsyncIterable<unknown>) if (++count > 100 || item === this) break;
  }

  #settle(promise: PromiseLike<unknown>): void {
    this.#pending++;
    const settled = (): void => void this.#pending--;
    promise.then(settled, settled);
  }
}
