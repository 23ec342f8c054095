import { expect, test } from "vitest";
import { expose } from "../../src/objects/expose.js";
import { settle } from "../client/stub-peer.js";
import { Bench, type RawPeer } from "../daemon/raw-peer.js";

/** A stream that writes down what becomes of it. */
class Ticker {
  readonly log: string[] = [];

  async *ticks(name: string): AsyncGenerator<string> {
    try {
      for (let tick = 1; ; tick++) {
        this.log.push(`${name} ${tick}`);
        yield `${name} ${tick}`;
      }
    } finally {
      this.log.push(`${name} ended`);
    }
  }

  /** A stream of the peer, as far as it has come. */
  async take(items: AsyncIterable<unknown>): Promise<unknown[]> {
    const taken: unknown[] = [];
    for await (const item of items) taken.push(item);
    return taken;
  }
}
expose(Ticker, ["ticks", "take"]);

function bench(limits: { maxStreams?: number } = {}): { bench: Bench; ticker: Ticker } {
  const ticker = new Ticker();
  // Sessions end with their lines: what one that outlives them keeps is told elsewhere.
  return { bench: new Bench({ objects: { ticker }, limits, sessions: { windowMs: 0 } }), ticker };
}

/** Opens a stream, whose first 16 items come unasked, and gives its id. */
async function open(peer: RawPeer, callId: number, name: string): Promise<number> {
  peer.say(["call", callId, "ticker", "ticks", { json: [name] }]);
  const [, , payload] = await peer.answer("ok", callId);
  await settle();
  return (payload as { json: [number, string] }).json[0];
}

const items = (peer: RawPeer): unknown[] =>
  peer.messages().flatMap((message) => (message[0] === "item" ? [(message[2] as { json: unknown }).json] : []));

const STREAM = { json: [[1, "iterable"]], meta: { values: { "0": [["custom", "stream"]] }, v: 1 } };

test("W20: another session can't read, credit or stop a stream, though it knows the id", async () => {
  // Pyro gave the next item to whoever sent the stream's id, and closed it for whoever asked.
  const { bench: home, ticker } = bench();
  const [owner, thief] = [await home.member(), await home.member()];
  const id = await open(owner, 1, "a");
  expect(items(owner)).toHaveLength(16);
  thief.say(["credit", id, 100]);
  thief.say(["stop", id]);
  await settle();
  expect(items(thief)).toEqual([]);
  expect(ticker.log).not.toContain("a ended");
  expect(items(owner)).toHaveLength(16);

  owner.say(["credit", id, 2]);
  await settle();
  expect(items(owner)).toHaveLength(18);
  owner.say(["stop", id]);
  await settle();
  expect(ticker.log).toContain("a ended");
});

test("W20: another session can't put items into a stream that a peer sends", async () => {
  // Pyro's stream ids were the daemon's own, without an owner.
  const { bench: home } = bench();
  const [owner, thief] = [await home.member(), await home.member()];
  owner.say(["call", 1, "ticker", "take", STREAM], ["item", 1, { json: "mine" }]);
  await settle();
  thief.say(["item", 1, { json: "forged" }], ["end", 1]);
  await settle();
  owner.say(["end", 1]);
  expect(await owner.answer("ok", 1)).toEqual(["ok", 1, { json: ["mine"] }]);
});

test("W20: an id means nothing in the next session, not even of the same key", async () => {
  // A stream of Pyro lingered for 30 s after its connection, and whoever knew the id went on with it.
  const { bench: home, ticker } = bench();
  const first = await home.member();
  const id = await open(first, 1, "old");
  first.transport.destroy();
  await settle();
  expect(ticker.log.at(-1)).toBe("old ended");

  const second = await home.member();
  second.say(["credit", id, 100]);
  await settle();
  expect(items(second)).toEqual([]);
  // Numbers begin anew in each session, so the same one is another stream.
  expect(await open(second, 1, "new")).toBe(id);
  expect(items(second)[0]).toBe("new 1");
  expect(ticker.log.filter((line) => line.startsWith("old"))).toHaveLength(ticker.log.indexOf("old ended") + 1);
});

test("W20: a stream ends with its session, and nothing of it is kept", async () => {
  // Streams of Pyro had no end by default: those that nobody read on stayed in the daemon for ever.
  const { bench: home, ticker } = bench();
  const peer = await home.member();
  for (const [callId, name] of [
    [1, "a"],
    [2, "b"],
  ] as const)
    await open(peer, callId, name);
  await home.accepted[0]!.close();
  expect(ticker.log.filter((line) => line.endsWith("ended")).sort()).toEqual(["a ended", "b ended"]);
  expect(home.clock.pendingTimers).toBe(0);
});

test("W20: the streams of a session are limited, and its neighbours have their own", async () => {
  // A peer of Pyro opened as many streams as it liked, each of them kept by the daemon.
  const { bench: home, ticker } = bench({ maxStreams: 2 });
  const [greedy, other] = [await home.member(), await home.member()];
  await open(greedy, 1, "a");
  await open(greedy, 2, "b");
  greedy.say(["call", 3, "ticker", "ticks", { json: ["c"] }]);
  expect(await greedy.answer("err", 3)).toMatchObject(["err", 3, { code: "HW_LIMIT" }]);
  await settle();
  expect(ticker.log).not.toContain("c 2");
  await open(other, 1, "d");
  expect(items(other)).toHaveLength(16);
  greedy.say(["stop", 1]);
  await settle();
  expect(await open(greedy, 4, "e")).toBeGreaterThan(2);
});
