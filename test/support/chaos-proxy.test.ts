import { once } from "node:events";
import { type AddressInfo, connect, createServer, type Socket } from "node:net";
import { setImmediate as turn } from "node:timers/promises";
import { describe, expect, test } from "vitest";
import { fakeClock } from "../../src/testing/fake-clock.js";
import { ChaosProxy } from "./chaos-proxy.js";
import type { ChaosOptions } from "./chaos/chaos-faults.js";

/** One end of a connection, with all that came. */
class End {
  readonly socket: Socket;
  readonly #chunks: Buffer[] = [];
  chunks = 0;
  /** `end`, or the code of an error; the last thing that happened. */
  readonly log: string[] = [];
  readonly closed: Promise<unknown>;

  constructor(socket: Socket) {
    this.socket = socket;
    socket.setNoDelay(true);
    socket.on("data", (chunk: Buffer) => {
      this.#chunks.push(chunk);
      this.chunks += 1;
    });
    socket.on("end", () => this.log.push("end"));
    socket.on("error", (error: NodeJS.ErrnoException) => this.log.push(error.code ?? error.message));
    this.closed = new Promise((resolve) => socket.on("close", resolve));
  }

  get bytes(): Buffer {
    return Buffer.concat(this.#chunks);
  }

  get text(): string {
    return this.bytes.toString("latin1");
  }

  write(text: string | Uint8Array): void {
    this.socket.write(text);
  }
}

async function world(options: Partial<Parameters<typeof ChaosProxy.start>[0]> = {}) {
  const accepted: Socket[] = [];
  const dialled: Socket[] = [];
  const server = createServer({ allowHalfOpen: true }, (socket) => accepted.push(socket));
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const proxy = await ChaosProxy.start({ target: (server.address() as AddressInfo).port, ...options });
  const dial = (): End => {
    const socket = connect({ port: proxy.port, host: "127.0.0.1", allowHalfOpen: true });
    dialled.push(socket);
    return new End(socket);
  };
  return {
    proxy,
    dial,
    /** A client's end and the daemon's. */
    async ends(): Promise<readonly [End, End]> {
      const client = dial();
      const [socket] = (await once(server, "connection")) as [Socket];
      return [client, new End(socket)];
    },
    async [Symbol.asyncDispose]() {
      await proxy[Symbol.asyncDispose]();
      for (const socket of [...accepted, ...dialled]) socket.destroy();
      server.close();
      await once(server, "close");
    },
  };
}

async function until(look: () => unknown): Promise<void> {
  await expect.poll(look, { interval: 2, timeout: 10_000 }).toBeTruthy();
}

/** Turns in which loopback would deliver whatever is under way. */
async function turns(): Promise<void> {
  for (let count = 0; count < 50; count++) await turn();
}

describe("ChaosProxy", () => {
  test("passes bytes on both ways, and the end of each direction by itself", async () => {
    await using net = await world();
    const [client, daemon] = await net.ends();
    client.write("hello");
    client.socket.end();
    await until(() => daemon.text === "hello" && daemon.log.includes("end"));
    daemon.write("bye");
    await until(() => client.text === "bye");
    expect(client.log).toEqual([]);
    daemon.socket.end();
    await Promise.all([client.closed, daemon.closed]);
    expect(client.log).toEqual(["end"]);
    await until(() => net.proxy.size === 0);
    expect(net.proxy.counts).toMatchObject({ connections: 1, bytes: { up: 5, down: 3 } });
  });

  test("resets both ends", async () => {
    await using net = await world();
    const [client, daemon] = await net.ends();
    net.proxy.cut();
    await Promise.all([client.closed, daemon.closed]);
    expect([client.log, daemon.log]).toEqual([["ECONNRESET"], ["ECONNRESET"]]);
  });

  test("ends both ends in the middle of what they say, and what is under way is lost", async () => {
    await using net = await world();
    const [client, daemon] = await net.ends();
    client.write("one");
    await until(() => daemon.text === "one");
    net.proxy.stall("up");
    client.write("two");
    await until(() => net.proxy.waitingBytes("up") === 3);
    net.proxy.cut("end");
    await Promise.all([until(() => client.log[0]), until(() => daemon.log[0])]);
    expect([client.log, daemon.log, daemon.text]).toEqual([["end"], ["end"], "one"]);
  });

  test.each(["client", "daemon"] as const)("cuts so that only the %s learns of it", async (tells) => {
    await using net = await world();
    const [client, daemon] = await net.ends();
    const [told, other] = tells === "client" ? [client, daemon] : [daemon, client];
    net.proxy.cut("reset", tells);
    await told.closed;
    other.write("anybody there?");
    await turns();
    expect(other.log).toEqual([]);
    other.socket.end();
    await until(() => net.proxy.size === 0);
  });

  test("accepts and forwards nothing while a direction is stalled, and goes on in order", async () => {
    await using net = await world();
    const [client, daemon] = await net.ends();
    net.proxy.stall("up");
    client.write("one ");
    await until(() => net.proxy.waitingBytes("up") === 4);
    client.write("two");
    daemon.write("down goes on");
    await until(() => client.text === "down goes on");
    await turns();
    expect(daemon.text).toBe("");
    net.proxy.restore();
    await until(() => daemon.text === "one two");
  });

  test("stalls connections too that are made meanwhile", async () => {
    await using net = await world();
    net.proxy.stall();
    const client = net.dial();
    await once(client.socket, "connect");
    client.write("hello");
    await until(() => net.proxy.waitingBytes("up") === 5);
    expect(client.log).toEqual([]);
  });

  test("lets a sender wait that writes into a stall", async () => {
    await using net = await world();
    const [client, daemon] = await net.ends();
    net.proxy.stall("up");
    const sent = Buffer.alloc(16 * 1024 * 1024, "x");
    client.write(sent);
    await until(() => net.proxy.waitingBytes("up") > 256 * 1024);
    await turns();
    expect(net.proxy.waitingBytes("up")).toBeLessThan(512 * 1024);
    net.proxy.restore();
    await until(() => daemon.bytes.length === sent.length);
  });

  test("refuses connections while it is unplugged", async () => {
    await using net = await world();
    const [client] = await net.ends();
    net.proxy.unplug();
    await client.closed;
    const refused = net.dial();
    await refused.closed;
    expect(refused.log).toEqual(["ECONNRESET"]);
    net.proxy.restore();
    const [again, daemon] = await net.ends();
    again.write("back");
    await until(() => daemon.text === "back");
  });

  test("resets a client whose daemon is not there", async () => {
    await using net = await world();
    net.proxy.target = 1;
    const client = net.dial();
    await client.closed;
    expect(client.log).toEqual(["ECONNRESET"]);
  });

  test("ends one direction and leaves the other", async () => {
    await using net = await world();
    const [client, daemon] = await net.ends();
    net.proxy.halfClose("up");
    await until(() => daemon.log.length > 0);
    client.write("lost");
    daemon.write("still here");
    await until(() => client.text === "still here");
    expect([daemon.log, daemon.text, client.log]).toEqual([["end"], "", []]);
  });

  test("flips one bit, once", async () => {
    await using net = await world();
    const [client, daemon] = await net.ends();
    net.proxy.corrupt("up");
    const sent = Buffer.alloc(1000, 0);
    client.write(sent);
    await until(() => daemon.bytes.length === 1000);
    client.write(sent);
    await until(() => daemon.bytes.length === 2000);
    const wrong = daemon.bytes.filter((byte) => byte !== 0);
    expect(wrong.length).toBe(1);
    expect([1, 2, 4, 8, 16, 32, 64, 128]).toContain(wrong[0]);
  });

  test("delays by the clock", async () => {
    const clock = fakeClock();
    await using net = await world({ clock, conditions: { latencyMs: 40 } });
    const [client, daemon] = await net.ends();
    client.write("late");
    await until(() => net.proxy.waitingBytes("up") === 4);
    await clock.advance(39);
    await turns();
    expect(daemon.text).toBe("");
    await clock.advance(1);
    await until(() => daemon.text === "late");
  });

  test("keeps the order when the delay varies", async () => {
    const clock = fakeClock();
    await using net = await world({ clock, conditions: { jitterMs: 100 } });
    const [client, daemon] = await net.ends();
    let sent = "";
    for (let number = 0; number < 50; number++) {
      const text = ` ${number}`;
      sent += text;
      client.write(text);
      await turn();
    }
    await until(() => net.proxy.waitingBytes("up") + net.proxy.counts.bytes.up === sent.length);
    await clock.advance(100);
    await until(() => daemon.text.length === sent.length);
    expect(daemon.text).toBe(sent);
  });

  test("hands on so many bytes a second", async () => {
    const clock = fakeClock();
    await using net = await world({ clock, conditions: { bytesPerSecond: 1000 } });
    const [client, daemon] = await net.ends();
    client.write("x".repeat(500));
    await until(() => net.proxy.waitingBytes("up") === 500);
    client.write("y".repeat(500));
    await until(() => net.proxy.waitingBytes("up") === 1000);
    await clock.advance(499);
    await turns();
    expect(daemon.text).toBe("");
    await clock.advance(1);
    await until(() => daemon.text === "x".repeat(500));
    await clock.advance(500);
    await until(() => daemon.text.length === 1000);
  });

  test("splits into single bytes and changes none", async () => {
    await using net = await world({ conditions: { chunkBytes: 1 } });
    const [client, daemon] = await net.ends();
    const sent = "a sentence in pieces, ".repeat(20);
    client.write(sent);
    await until(() => daemon.text.length === sent.length);
    expect(daemon.text).toBe(sent);
    expect(daemon.chunks).toBeGreaterThan(sent.length / 4);
  });

  test("ends everything when it is disposed, deserted ends too", async () => {
    await using net = await world();
    const [, deserted] = await net.ends();
    net.proxy.cut("reset", "client");
    const [client, daemon] = await net.ends();
    net.proxy.stall();
    await net.proxy[Symbol.asyncDispose]();
    await Promise.all([client.closed, daemon.closed, deserted.closed]);
    expect(net.proxy.size).toBe(0);
  });
});

describe("a ChaosProxy's chance", () => {
  /** Where bits of the first MiB were flipped. */
  async function flips(options: Partial<ChaosOptions>): Promise<readonly number[]> {
    await using net = await world({ perMib: { corrupt: 20 }, ...options });
    const [client, daemon] = await net.ends();
    const sent = Buffer.alloc(1024 * 1024);
    client.write(sent);
    await until(() => daemon.bytes.length === sent.length);
    expect(net.proxy.counts.faults.corrupt).toBeGreaterThan(5);
    return [...daemon.bytes.entries()].filter(([, byte]) => byte !== 0).map(([at]) => at);
  }

  test("follows from the seed", async () => {
    // How the stream is cut into chunks is the operating system's, and a flip falls somewhere into the next chunk.
    const where = async (seed: number): Promise<number> => {
      await using net = await world({ seed, perMib: { reset: 1 } });
      const [client, daemon] = await net.ends();
      client.write(Buffer.alloc(16 * 1024 * 1024));
      await daemon.closed;
      return net.proxy.counts.bytes.up;
    };
    const lost = 256 * 1024;
    const [once_, again, other] = [await where(3), await where(3), await where(4)];
    expect(Math.abs(once_ - again)).toBeLessThan(lost);
    expect(once_).not.toBe(other);
  });

  test("flips bits here and there", async () => {
    expect((await flips({ seed: 1 })).length).toBeGreaterThan(5);
  });

  test("spares the first bytes of each direction", async () => {
    const spared = await flips({ seed: 1, sparedBytes: 400_000 });
    expect(Math.min(...spared)).toBeGreaterThanOrEqual(400_000);
  });

  test("comes by time too, at times that follow from the seed", async () => {
    const cutAfter = async (seed: number): Promise<number> => {
      const clock = fakeClock();
      await using net = await world({ clock, seed, perSecond: { reset: 0.5 } });
      const [client] = await net.ends();
      let seconds = 0;
      for (; net.proxy.counts.faults.reset === 0 && seconds < 100; seconds += 0.1) await clock.advance(100);
      await client.closed;
      return seconds;
    };
    const [once_, again, other] = [await cutAfter(1), await cutAfter(1), await cutAfter(2)];
    expect(once_).toBe(again);
    expect(once_).not.toBe(other);
  });

  test("stalls for a while and splits for a while, and nothing is lost by it", async () => {
    await using net = await world({ seed: 5, perMib: { stall: 20, split: 20 }, stallMs: 5 });
    const [client, daemon] = await net.ends();
    const sent = Buffer.from(Array.from({ length: 512 * 1024 }, (_, at) => (at * 7) % 251));
    client.write(sent);
    await until(() => daemon.bytes.length === sent.length);
    expect(Buffer.compare(daemon.bytes, sent)).toBe(0);
    expect(net.proxy.counts.faults.stall).toBeGreaterThan(3);
    expect(net.proxy.counts.faults.split).toBeGreaterThan(3);
  });

  test("is held off while the proxy is calm", async () => {
    const clock = fakeClock();
    await using net = await world({ clock, seed: 1, perSecond: { reset: 10 } });
    net.proxy.isCalm = true;
    const [client, daemon] = await net.ends();
    await clock.advance(10_000);
    client.write("undisturbed");
    await until(() => daemon.text === "undisturbed");
    expect(net.proxy.counts.faults.reset).toBe(0);
    net.proxy.isCalm = false;
    await clock.advance(10_000);
    await client.closed;
  });
});
