import { once } from "node:events";
import { type AddressInfo, connect, createServer, type Server, type Socket } from "node:net";
import { type Clock, systemClock } from "../../src/session/clock.js";
import type { ChaosConditions, ChaosDirection, ChaosFault, ChaosOptions } from "./chaos/chaos-faults.js";
import { CHAOS_FAULTS } from "./chaos/chaos-faults.js";
import { ChaosLink, type CutTells } from "./chaos/chaos-link.js";

const DIRECTIONS: readonly ChaosDirection[] = ["up", "down"];
const HOST = "127.0.0.1";

/** What has gone through and what was done to it. */
export interface ChaosCounts {
  readonly connections: number;
  readonly bytes: Readonly<Record<ChaosDirection, number>>;
  readonly faults: Readonly<Record<ChaosFault, number>>;
}

/**
 * A TCP proxy on loopback that does to connections what networks do: by script, and at random by a seed. The places of
 * random faults in the bytes of a connection, and their delays, follow from the seed, the connection's number and the
 * direction alone.
 *
 * @example
 * await using proxy = await ChaosProxy.start({ target: daemonPort, seed: 7, perMib: { reset: 2 } });
 * const connection = openConnection(`ws://127.0.0.1:${proxy.port}/`, options);
 * proxy.stall("down");
 * proxy.cut();
 */
export class ChaosProxy implements AsyncDisposable {
  /** Where connections are passed on to from now on. */
  target: number;
  /** Hold for all connections at once. */
  readonly conditions: ChaosConditions;
  readonly #server: Server;
  readonly #options: ChaosOptions;
  readonly #clock: Clock;
  readonly #links = new Set<ChaosLink>();
  readonly #stalled = new Set<ChaosDirection>();
  readonly #bytes = { up: 0, down: 0 };
  readonly #faults = Object.fromEntries(CHAOS_FAULTS.map((fault) => [fault, 0])) as Record<ChaosFault, number>;
  #connections = 0;
  #isUnplugged = false;
  /** Nothing happens by chance, to new connections either; stalls of chance that have begun end by themselves. */
  isCalm = false;

  private constructor(server: Server, { clock, ...options }: ChaosOptions & { readonly clock: Clock }) {
    this.#server = server;
    this.#options = options;
    this.#clock = clock;
    this.target = options.target;
    this.conditions = { latencyMs: 0, jitterMs: 0, bytesPerSecond: Infinity, chunkBytes: Infinity };
    Object.assign(this.conditions, options.conditions);
    server.on("connection", (near: Socket) => this.#accept(near));
  }

  /** @param options `clock` moves latency, throttle, stalls and what happens by time */
  static async start({
    clock = systemClock,
    ...options
  }: ChaosOptions & { readonly clock?: Clock | undefined }): Promise<ChaosProxy> {
    const server = createServer({ allowHalfOpen: true, noDelay: true });
    const proxy = new ChaosProxy(server, { ...options, clock });
    server.listen(0, HOST);
    await once(server, "listening");
    return proxy;
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port;
  }

  /** The connections that are there now. */
  get size(): number {
    return this.#links.size;
  }

  get counts(): ChaosCounts {
    return { connections: this.#connections, bytes: { ...this.#bytes }, faults: { ...this.#faults } };
  }

  /** Bytes that were accepted of all connections and not handed on. */
  waitingBytes(direction: ChaosDirection): number {
    return [...this.#links].reduce((sum, link) => sum + link.waitingBytes(direction), 0);
  }

  /** Cuts all connections; new ones are taken. */
  cut(kind: "reset" | "end" = "reset", tells: CutTells = "both"): void {
    for (const link of this.#links) link.cut(kind, tells);
  }

  /** Accepts everything and hands nothing on, of new connections too, until `restore`. */
  stall(...directions: readonly ChaosDirection[]): void {
    for (const direction of directions.length === 0 ? DIRECTIONS : directions) {
      this.#stalled.add(direction);
      for (const link of this.#links) link.stall(direction);
    }
  }

  /** Cuts all connections and refuses new ones, until `restore`. */
  unplug(): void {
    this.#isUnplugged = true;
    this.cut();
  }

  /** Ends `stall` and `unplug`: what waited goes on. */
  restore(): void {
    this.#isUnplugged = false;
    this.#stalled.clear();
    for (const link of this.#links) for (const direction of DIRECTIONS) link.restore(direction);
  }

  /** Ends one direction of all connections by FIN. */
  halfClose(direction: ChaosDirection): void {
    for (const link of this.#links) link.halfClose(direction);
  }

  /** Flips one bit of what each connection brings next. */
  corrupt(direction: ChaosDirection): void {
    for (const link of this.#links) link.corrupt(direction);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#isUnplugged = true;
    for (const link of this.#links) link.destroy();
    this.#server.close();
    await once(this.#server, "close");
  }

  #accept(near: Socket): void {
    if (this.#isUnplugged) {
      near.on("error", () => {});
      near.resetAndDestroy();
      return;
    }
    const { seed = 0, perMib = {}, perSecond = {}, sparedBytes = 0, stallMs = 200 } = this.#options;
    this.#connections += 1;
    const far = connect({ port: this.target, host: HOST, allowHalfOpen: true });
    const link: ChaosLink = new ChaosLink([near, far], {
      clock: this.#clock,
      conditions: this.conditions,
      perMib,
      perSecond,
      sparedBytes,
      stallMs,
      stalled: this.#stalled,
      seed: [seed, this.#connections],
      isRandom: () => !this.isCalm,
      passed: (direction, bytes) => (this.#bytes[direction] += bytes),
      happened: (fault) => (this.#faults[fault] += 1),
      gone: () => this.#links.delete(link),
    });
    this.#links.add(link);
  }
}
