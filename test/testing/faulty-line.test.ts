import { describe, expect, it } from "vitest";
import type { Transport } from "../../src/transport/transport.js";
import { fakeClock } from "../../src/testing/fake-clock.js";
import { type FaultyLine, faultyLine } from "../../src/testing/faulty-line.js";
import type { LinkFaults, RandomFaults } from "../../src/testing/link-faults.js";
import { Recorder } from "../transport/recorder.js";

interface End {
  readonly transport: Transport;
  readonly got: Recorder;
}

function started(transport: Transport): End {
  const got = new Recorder();
  transport.start(got);
  return { transport, got };
}

/** Both ends of a new connection. */
function dialled(line: FaultyLine): readonly [client: End, daemon: End] {
  let far!: Transport;
  const near = line.dial((daemonEnd) => (far = daemonEnd));
  return [started(near), started(far)];
}

function connected(faults: LinkFaults = {}) {
  const line = faultyLine(faults);
  const [client, daemon] = dialled(line);
  return { line, client, daemon };
}

const say = ({ transport }: End, ...numbers: readonly number[]): void => {
  for (const number of numbers) transport.send(Uint8Array.of(number));
};
const turn = (): Promise<void> => new Promise((resolve) => void setTimeout(resolve, 0));

describe("a faulty line", () => {
  it("tells both ends that it is cut, and what is under way is lost", async () => {
    const { line, client, daemon } = connected();
    say(client, 1);
    await turn();
    say(client, 2);
    say(daemon, 3);
    line.cut();
    await turn();
    expect(client.got.log).toEqual(["opened", "closed 1006"]);
    expect(daemon.got.log).toEqual(["opened", "frame 1", "closed 1006"]);
    expect(line.counts).toMatchObject({ connections: 1, cut: 1 });
  });

  it.each(["client", "daemon"] as const)("tells the %s alone when it is asked to", async (notice) => {
    const { line, client, daemon } = connected();
    line.cut(notice);
    say(client, 1);
    say(daemon, 2);
    await turn();
    const [told, other] = notice === "client" ? [client, daemon] : [daemon, client];
    expect(told.got.log).toEqual(["opened", "closed 1006"]);
    expect(other.got.log).toEqual(["opened"]);
    other.transport.close();
    await turn();
    expect(other.got.log).toEqual(["opened"]);
    other.transport.destroy();
    await turn();
    expect(other.got.log).toEqual(["opened", "closed 1006"]);
  });

  it("can be dialled again after a cut, and the old ends stay apart from the new ones", async () => {
    const { line, client, daemon } = connected();
    line.cut("client");
    const [again, renewed] = dialled(line);
    say(again, 1);
    say(daemon, 9);
    await turn();
    expect(renewed.got.log).toEqual(["opened", "frame 1"]);
    expect(again.got.log).toEqual(["opened"]);
    expect(client.got.log).toEqual(["opened", "closed 1006"]);
    expect(line.counts).toMatchObject({ connections: 2, cut: 1 });
  });

  it("holds back what is sent while it is stalled, the close too", async () => {
    const { line, client, daemon } = connected();
    line.stall();
    say(client, 1, 2);
    say(daemon, 3);
    client.transport.close(4000);
    await turn();
    expect(client.transport.bufferedBytes).toBe(2);
    expect([client.got.log, daemon.got.log]).toEqual([["opened"], ["opened"]]);
    line.restore();
    await turn();
    expect(daemon.got.log).toEqual(["opened", "frame 1", "frame 2", "closed 4000"]);
    expect(client.got.log).toEqual(["opened", "closed 4000"]);
  });

  it("stalls one direction and lets the other go on", async () => {
    const { line, client, daemon } = connected();
    line.stall("toDaemon");
    say(client, 1);
    say(daemon, 2);
    await turn();
    expect([client.got.log, daemon.got.log]).toEqual([["opened", "frame 2"], ["opened"]]);
  });

  it("stalls connections too that are made meanwhile", async () => {
    const { line } = connected();
    line.stall();
    const [client, daemon] = dialled(line);
    say(client, 1);
    await turn();
    expect(daemon.got.log).toEqual(["opened"]);
    line.restore();
    await turn();
    expect(daemon.got.log).toEqual(["opened", "frame 1"]);
  });

  it("loses what was sent during a stall that ends with a cut", async () => {
    const { line, client, daemon } = connected();
    line.stall();
    say(client, 1);
    line.cut();
    line.restore();
    await turn();
    expect(daemon.got.log).toEqual(["opened", "closed 1006"]);
    expect(client.transport.bufferedBytes).toBe(0);
  });

  it("keeps from the other end that one is destroyed while the line is stalled", async () => {
    const { line, client, daemon } = connected();
    line.stall();
    say(client, 1);
    client.transport.destroy();
    await turn();
    expect([client.got.log, daemon.got.log]).toEqual([["opened", "closed 1006"], ["opened"]]);
    line.restore();
    await turn();
    expect(daemon.got.log).toEqual(["opened", "closed 1006"]);
  });

  it("lets nobody connect while it is unplugged, and doesn't trouble the daemon with it", async () => {
    const { line, client } = connected();
    line.unplug();
    await client.got.closed_;
    let accepted = 0;
    const refused = started(line.dial(() => (accepted += 1)));
    const { code, error } = await refused.got.closed_;
    expect([code, error?.message, refused.got.openings, accepted]).toEqual([1006, "the line is unplugged", 0, 0]);
    line.restore();
    const [again, daemon] = dialled(line);
    say(again, 1);
    await daemon.got.count(1);
  });

  it("flips one bit of one frame, and leaves the sender's bytes as they were", async () => {
    const { line, client, daemon } = connected();
    line.corrupt("toDaemon");
    const frame = new Uint8Array(100);
    client.transport.send(frame);
    client.transport.send(frame);
    await daemon.got.count(2);
    const [first, second] = daemon.got.frames.map((bytes) => bytes.filter((byte) => byte !== 0));
    expect(first!.length).toBe(1);
    expect(Math.log2(first![0]!) % 1).toBe(0);
    expect(second!.length).toBe(0);
    expect(frame.every((byte) => byte === 0)).toBe(true);
  });

  it("delivers a frame twice", async () => {
    const { line, client, daemon } = connected();
    line.duplicate("toClient");
    say(daemon, 1, 2);
    say(client, 3);
    await turn();
    expect(client.got.log).toEqual(["opened", "frame 1", "frame 1", "frame 2"]);
    expect(daemon.got.log).toEqual(["opened", "frame 3"]);
  });

  it("delivers a frame after the one that follows it, or before the close", async () => {
    const { line, client, daemon } = connected();
    line.reorder("toDaemon");
    say(client, 1, 2, 3);
    await turn();
    line.reorder("toDaemon");
    say(client, 4);
    await turn();
    client.transport.close();
    await turn();
    expect(daemon.got.log).toEqual(["opened", "frame 2", "frame 1", "frame 3", "frame 4", "closed 1000"]);
  });

  it("carries so many bytes a second", async () => {
    const clock = fakeClock();
    const { client, daemon } = connected({ bytesPerSecond: 1000, latencyMs: 10, clock });
    client.transport.send(new Uint8Array(500));
    client.transport.send(new Uint8Array(500));
    await clock.advance(509);
    expect(daemon.got.frames.length).toBe(0);
    await clock.advance(1);
    expect(daemon.got.frames.length).toBe(1);
    await clock.advance(499);
    expect(daemon.got.frames.length).toBe(1);
    await clock.advance(1);
    expect(daemon.got.frames.length).toBe(2);
  });

  it.each([
    [{ latencyMs: -1 }, '"latencyMs" must be a number 0..2147483647 (ms), got -1'],
    [{ latencyMs: "20" }, '"latencyMs" must be a number 0..2147483647 (ms), got a text of 2 characters'],
    [{ bytesPerSecond: 0 }, '"bytesPerSecond" must be a number above 0, got 0'],
    [{ latency: 20 }, '"latency" is no option here'],
    [{ random: { cut: 0.1 } }, '"seed" must be given with "random"'],
    [{ random: { seed: 1.5 } }, '"seed" must be an integer, got 1.5'],
    [{ random: { seed: 1, cut: 2 } }, '"cut" must be a share 0..1 of frames, got 2'],
    [{ random: { seed: 1, cuts: 0.1 } }, '"cuts" is no option here'],
    [{ random: { seed: 1, cut: 0.6, corrupt: 0.6 } }, 'the shares of "random" must be at most 1 together, got 1.2'],
    [{ random: 7 }, '"random" must be an object of faults, got 7'],
  ])("refuses %j", (faults, message) => {
    expect(() => faultyLine(faults as LinkFaults)).toThrow(
      expect.objectContaining({ code: "HW_OPTION_INVALID", message: expect.stringContaining(message) as string }),
    );
  });

  it("accepts the bounds", () => {
    const random: RandomFaults = { seed: 0, cut: 0.5, stall: 0.5, stallMs: 0, corrupt: 0, duplicate: 0, reorder: 0 };
    expect(() => faultyLine({ latencyMs: 0, bytesPerSecond: 0.1, random })).not.toThrow();
    expect(() => faultyLine({ latencyMs: undefined, random: { seed: 1, cut: 1 } })).not.toThrow();
  });
});

describe("the chance of a faulty line", () => {
  /** What arrives of 1000 numbered frames after those of a handshake. */
  async function sent(random: RandomFaults): Promise<readonly number[]> {
    const clock = fakeClock();
    const { client, daemon } = connected({ random, clock });
    for (let number = 0; number < 1000; number++) client.transport.send(Uint8Array.of(number >> 8, number & 255));
    await clock.advance(100_000);
    return daemon.got.frames.map(([high, low]) => high! * 256 + low!);
  }

  const whole = Array.from({ length: 1000 }, (_, index) => index);

  it("follows from the seed", async () => {
    const random = { seed: 5, corrupt: 0.01, duplicate: 0.01, reorder: 0.01 };
    const [first, again, other] = [await sent(random), await sent(random), await sent({ ...random, seed: 6 })];
    expect(first).toEqual(again);
    expect(first).not.toEqual(other);
  });

  it.each([
    ["duplicate", 1000, 1080],
    ["reorder", 1000, 1000],
    ["corrupt", 1000, 1000],
  ] as const)("%ss some frames", async (fault, least, most) => {
    const arrived = await sent({ seed: 1, [fault]: 0.03 });
    expect(arrived).not.toEqual(whole);
    expect(arrived.length).toBeGreaterThanOrEqual(least);
    expect(arrived.length).toBeLessThanOrEqual(most);
    // The handshake's and the first of the session.
    expect(arrived.slice(0, 3)).toEqual([0, 1, 2]);
    const missing = whole.filter((number) => !arrived.includes(number)).length;
    expect(missing > 0).toBe(fault === "corrupt");
  });

  it("cuts, and tells both ends", async () => {
    const { line, client, daemon } = connected({ random: { seed: 1, cut: 1 } });
    say(client, 1, 2, 3, 4, 5);
    await turn();
    expect(daemon.got.log).toEqual(["opened", "frame 1", "frame 2", "frame 3", "closed 1006"]);
    expect(client.got.log).toEqual(["opened", "closed 1006"]);
    expect(line.counts.cut).toBe(1);
  });

  it("cuts, after which nothing arrives", async () => {
    const arrived = await sent({ seed: 1, cut: 0.01 });
    expect(arrived).toEqual(whole.slice(0, arrived.length));
    expect(arrived.length).toBeLessThan(1000);
  });

  it("stalls for at most stallMs, and nothing is lost by it", async () => {
    const clock = fakeClock();
    const { line, client, daemon } = connected({ random: { seed: 1, stall: 1, stallMs: 500 }, clock });
    say(client, 1, 2, 3);
    await clock.advance(0);
    expect(daemon.got.frames.length).toBe(3);
    say(client, 4);
    await clock.advance(0);
    expect(daemon.got.frames.length).toBe(3);
    expect(line.counts.stall).toBe(1);
    await clock.advance(500);
    expect(daemon.got.frames.length).toBe(4);
    expect(clock.pendingTimers).toBe(0);
  });

  it("does not end a stall that a script has begun", async () => {
    const clock = fakeClock();
    const { line, client, daemon } = connected({ random: { seed: 1, stall: 1, stallMs: 500 }, clock });
    say(client, 1, 2, 3, 4);
    line.stall("toDaemon");
    await clock.advance(1_000);
    expect(daemon.got.frames.length).toBe(0);
    line.restore();
    await clock.advance(0);
    expect(daemon.got.frames.length).toBe(4);
  });

  it("leaves no timer when the connection is gone", async () => {
    const clock = fakeClock();
    const { line, client } = connected({ random: { seed: 1, stall: 1, stallMs: 500 }, clock, latencyMs: 10 });
    say(client, 1, 2, 3, 4);
    expect(clock.pendingTimers).toBeGreaterThan(0);
    line.cut();
    await clock.advance(0);
    expect(clock.pendingTimers).toBe(0);
  });

  it("differs from one connection of a line to the next", async () => {
    const line = faultyLine({ random: { seed: 1, duplicate: 0.05 } });
    const repeats: (readonly number[])[] = [];
    for (let dial = 0; dial < 3; dial++) {
      const [client, daemon] = dialled(line);
      say(client, ...Array.from({ length: 100 }, (_, index) => index));
      await turn();
      const numbers = daemon.got.frames.map(([number]) => number!);
      repeats.push(numbers.filter((number, index) => numbers[index - 1] === number));
    }
    expect(repeats[1]).not.toEqual(repeats[2]);
  });
});
