import { describe, expect, it } from "vitest";
import { expose } from "../../src/objects/expose.js";
import { type FakeClock, fakeClock } from "../../src/testing/fake-clock.js";
import { faultyLine } from "../../src/testing/faulty-line.js";
import type { RandomFaults } from "../../src/testing/link-faults.js";
import { type LinkedPeers, linkedPeers } from "../../src/testing/linked-peers.js";

const WINDOW_MS = 60_000;

class Desk {
  readonly noted: number[] = [];
  #answer: (() => void) | undefined;

  add(number: number): number {
    this.noted.push(number);
    return number;
  }

  async *count(to: number): AsyncGenerator<number, void, void> {
    for (let number = 1; number <= to; number++) yield number;
  }

  wait(): Promise<string> {
    return new Promise((resolve) => (this.#answer = () => resolve("at last")));
  }

  answer(): void {
    this.#answer?.();
  }
}
expose(Desk, ["add", "count", "wait"]);

interface World {
  readonly desk: Desk;
  readonly clock: FakeClock;
  readonly peers: LinkedPeers<{ desk: Desk }>;
}

async function world(options: { readonly windowMs?: number; readonly random?: RandomFaults } = {}): Promise<World> {
  const { windowMs = WINDOW_MS, random } = options;
  const desk = new Desk();
  const clock = fakeClock();
  const link = random && { random };
  // No deadlines: calls shall end by what becomes of the line.
  const client = { timeoutMs: 0 };
  const peers = await linkedPeers({ desk }, { clock, link, client, daemon: { sessions: { windowMs } } });
  return { desk, clock, peers };
}

/** Ends all; the grace of what closes goes by the clock. */
async function end({ clock, peers }: World): Promise<void> {
  const closing = peers[Symbol.asyncDispose]();
  await clock.advance(10_000);
  await closing;
}

describe("peers whose line is cut", () => {
  it("go on with their session: calls, answers and streams are there once and in order", async () => {
    const net = await world();
    const { desk, clock, peers } = net;
    const proxy = peers.object("desk");
    const states: string[] = [];
    peers.connection.on("state", ({ status }) => states.push(status));
    const waited = proxy.wait();
    const items: number[] = [];
    const read = (async () => {
      for await (const item of proxy.count(500)) items.push(item);
    })();
    await clock.advance(0);
    peers.line.stall("toClient");
    const added = proxy.add(1);
    await clock.advance(0);
    expect(desk.noted).toEqual([1]);
    desk.answer();
    peers.line.cut();
    peers.line.restore();
    await clock.advance(1_000);
    expect(await Promise.all([waited, added, read])).toEqual(["at last", 1, undefined]);
    expect([desk.noted, items]).toEqual([[1], Array.from({ length: 500 }, (_, index) => index + 1)]);
    expect(states).toEqual(["reconnecting", "connected"]);
    expect(peers.connection.state).toMatchObject({ status: "connected", resumed: true });
    await end(net);
  });

  it("lose the session when the line is away for longer than its window, and go on with another", async () => {
    const net = await world();
    const { clock, peers } = net;
    const proxy = peers.object("desk");
    const waited = proxy.wait();
    waited.catch(() => undefined);
    await clock.advance(0);
    peers.line.unplug();
    await clock.advance(WINDOW_MS + 60_000);
    await expect(waited).rejects.toMatchObject({ code: "HW_SESSION_LOST", delivery: "unknown" });
    peers.line.restore();
    await clock.advance(60_000);
    expect(await proxy.add(2)).toBe(2);
    expect(peers.connection.state).toMatchObject({ status: "connected", resumed: false });
    await end(net);
  });

  it("lose the session at once when it has no window, as it is unless the test says otherwise", async () => {
    const net = await world({ windowMs: 0 });
    const { clock, peers } = net;
    const waited = peers.object("desk").wait();
    waited.catch(() => undefined);
    await clock.advance(0);
    peers.line.cut();
    await clock.advance(0);
    await expect(waited).rejects.toMatchObject({ delivery: "unknown" });
    await end(net);
  });

  it.each(["corrupt", "duplicate", "reorder"] as const)(
    "refuse frames that are harmed (%s), close the channel and go on with the session",
    async (fault) => {
      const net = await world();
      const { desk, clock, peers } = net;
      const proxy = peers.object("desk");
      peers.line[fault]("toDaemon");
      const first = proxy.add(1);
      await clock.advance(0);
      const second = proxy.add(2);
      await clock.advance(1_000);
      expect(await Promise.all([first, second])).toEqual([1, 2]);
      expect(desk.noted).toEqual([1, 2]);
      expect(peers.line.counts.connections).toBe(2);
      expect(peers.connection.state).toMatchObject({ status: "connected", resumed: true });
      await end(net);
    },
  );

  it("go on while the daemon still takes the old connection for alive", async () => {
    const net = await world();
    const { clock, peers } = net;
    peers.line.cut("client");
    await clock.advance(1_000);
    expect(await peers.object("desk").add(1)).toBe(1);
    expect(peers.daemon.sessions.size).toBe(1);
    await end(net);
  });

  it("come to what they would have come to without faults, whatever the seed", { timeout: 60_000 }, async () => {
    const wanted = Array.from({ length: 150 }, (_, index) => index);
    let cuts = 0;
    for (let seed = 1; seed <= 5; seed++) {
      const random = { seed, cut: 0.02, stall: 0.01, corrupt: 0.01, duplicate: 0.01, reorder: 0.01 };
      const net = await world({ random });
      const proxy = net.peers.object("desk");
      const answers: Promise<number>[] = [];
      for (const number of wanted) {
        answers.push(Promise.resolve(proxy.add(number)));
        if (number % 3 === 0) await net.clock.advance(number % 2 === 0 ? 0 : 20);
      }
      // What is half open is found out, and backoff is over.
      for (let minutes = 0; minutes < 4; minutes++) await net.clock.advance(60_000);
      expect({ seed, answers: await Promise.all(answers) }).toEqual({ seed, answers: wanted });
      expect({ seed, noted: net.desk.noted }).toEqual({ seed, noted: wanted });
      const { counts } = net.peers.line;
      cuts += counts.cut + counts.corrupt + counts.duplicate + counts.reorder;
      await end(net);
    }
    expect(cuts).toBeGreaterThan(10);
  });

  it("may share a line that the test has made", async () => {
    const clock = fakeClock();
    const line = faultyLine({ clock });
    const sessions = { windowMs: WINDOW_MS };
    const peers = await linkedPeers({ desk: new Desk() }, { clock, link: line, daemon: { sessions } });
    const other = peers.another({ link: line });
    await other.ready;
    expect(peers.line).toBe(line);
    line.cut();
    await clock.advance(1_000);
    expect([peers.connection.state.status, other.state.status]).toEqual(["connected", "connected"]);
    expect(line.counts).toMatchObject({ connections: 4, cut: 2 });
    await end({ desk: new Desk(), clock, peers });
  });
});
