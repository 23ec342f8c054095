import { expose, release, type Remote } from "hearthwire";
import { linkedPeers } from "hearthwire/testing";
import { expect, test } from "vitest";
import { collectGarbageUntil } from "../session/support/collect-garbage.js";
import { NOTHING_HELD, observeSessions } from "../support/observed-sessions.js";

const ROUNDS = 100_000;
/** By then engine and tables have grown to what they need. */
const WARM_ROUNDS = 20_000;
const BATCH = 50;
/** What is left of 80 000 rounds would be some hundred bytes each, 8 MB and more, if anything of a round were kept. */
const MAX_GROWTH_BYTES = 2 * 1024 * 1024;

class Grain {
  weigh(): number {
    return 1;
  }
}
expose(Grain, ["weigh"]);

class Mill {
  /** Calls back what it was given, and releases it. */
  async ask(listener: Remote<(turn: number) => number>, turn: number): Promise<number> {
    using heard = listener;
    return heard(turn);
  }

  async *grind(turn: number): AsyncGenerator<number, number, void> {
    yield turn;
    return turn;
  }

  async sum(numbers: AsyncIterable<number>): Promise<number> {
    let total = 0;
    for await (const number of numbers) total += number;
    return total;
  }

  grain(): Grain {
    return new Grain();
  }
}
expose(Mill, ["ask", "grind", "sum", "grain"]);

/** One callback, one stream, now of this side and now of that, and one reference, all given back. */
async function turn(mill: Remote<Mill>, number: number): Promise<void> {
  const grain = mill.grain();
  const asked = mill.ask((given) => given, number);
  const streamed = number % 2 === 0 ? mill.sum(only(number)) : lastOf(mill.grind(number));
  const results = [await asked, await streamed];
  release(await grain);
  if (results.some((result) => result !== number)) throw new Error(`turn ${number} gave ${results.join()}`);
}

async function* only(number: number): AsyncGenerator<number, void, void> {
  yield number;
}

async function lastOf(stream: ReturnType<Remote<Mill>["grind"]>): Promise<number> {
  const steps = stream[Symbol.asyncIterator]();
  await steps.next();
  return (await steps.next()).value ?? Number.NaN;
}

async function heapBytes(): Promise<number> {
  let rounds = 0;
  await collectGarbageUntil(() => ++rounds > 5);
  return process.memoryUsage().heapUsed;
}

test(`a session that makes ${ROUNDS} callbacks, streams and references ends with empty tables and a flat heap`, async () => {
  using observed = observeSessions();
  await using peers = await linkedPeers({ mill: new Mill() });
  const mill = peers.object("mill");
  let warmBytes = 0;
  for (let done = 0; done < ROUNDS; done += BATCH) {
    if (done === WARM_ROUNDS) warmBytes = await heapBytes();
    await Promise.all(Array.from({ length: BATCH }, (_, index) => turn(mill, done + index)));
  }
  await expect.poll(() => observed.held).toEqual([NOTHING_HELD, NOTHING_HELD]);
  expect((await heapBytes()) - warmBytes).toBeLessThan(MAX_GROWTH_BYTES);
}, 300_000);
