import { Key } from "../../../src/auth/key.js";
import { KeyRing } from "../../../src/auth/key-ring.js";
import { mintTicketAt, type Ticket, type TicketOptions } from "../../../src/auth/ticket.js";
import type { ConnectOptions } from "../../../src/client/connect-options.js";
import { type ClientEnvironment, type Connect, createConnect } from "../../../src/client/connect.js";
import type { Connection } from "../../../src/client/connection.js";
import { DaemonCore, type SessionInfo } from "../../../src/daemon/daemon.js";
import type { CoreOptions } from "../../../src/daemon/options.js";
import { callContext } from "../../../src/objects/call-context.js";
import { quietMicrotasks } from "../../../src/session/flush-scheduler.js";
import { type FakeClock, fakeClock } from "../../../src/testing/fake-clock.js";
import type { Transport } from "../../../src/transport/transport.js";
import { transportPair } from "../../../src/transport/transport-pair.js";

const URL_OF_SHOP = "ws://shop.test/";

/** What the daemon of the bench serves. */
export interface Shop {
  buy(item: string): string;
  /** Stays unanswered until `finish` is called. */
  wait(): Promise<string>;
  finish(): void;
  count(to: number): AsyncIterable<number>;
  listen(listener: (item: string) => void): void;
  tell(item: string): void;
}

/** A daemon with a fake clock and a client whose lines a test can see and cut. */
export class RenewalBench {
  readonly clock: FakeClock = fakeClock();
  readonly root = Key.generate({ id: "root", use: "mint" });
  readonly keys: KeyRing;
  core: DaemonCore;
  shop!: Shop;
  readonly accepted: SessionInfo[] = [];
  readonly renewed: SessionInfo[] = [];
  readonly refusals: string[] = [];
  /** Data of handshakes that the hook was shown. */
  readonly asked: unknown[] = [];
  readonly lines: { readonly near: Transport; readonly far: Transport; closedWith?: number }[] = [];
  /** What the next dialled line is made of; used once. */
  nextLine: (() => readonly [Transport, Transport]) | undefined;
  /** Lines are dialled to nobody: whoever dials waits. */
  isSilent = false;
  /** Nobody listens: whoever dials is told so. */
  isDown = false;
  /** Half of the longest pause, each time. */
  random = (): number => 0.5;
  readonly #options: Partial<CoreOptions>;

  constructor(options: Partial<CoreOptions> = {}) {
    this.keys = options.keys ?? new KeyRing([this.root]);
    this.#options = options;
    this.core = this.#start();
  }

  /** Another process takes the place of the daemon: it knows none of the sessions. */
  restart(): void {
    const lines = this.lines.filter(({ closedWith }) => closedWith === undefined);
    this.core = this.#start();
    for (const { far } of lines) far.destroy();
  }

  /** Another daemon listens from now on; the old one keeps the lines that it has. */
  replace(): void {
    const { shop } = this;
    this.finishOld = () => shop.finish();
    this.core = this.#start();
  }

  /** Answers the calls of `wait` at the daemon that was replaced. */
  finishOld: () => void = () => undefined;

  /** Breaks all lines that are open. */
  cut(): void {
    for (const { near, closedWith } of this.lines) if (closedWith === undefined) near.destroy();
  }

  #start(): DaemonCore {
    this.shop = makeShop();
    const core = new DaemonCore(
      { shop: this.shop },
      { clock: this.clock, onHandshake: ({ data }) => this.asked.push(data), ...this.#options, keys: this.keys },
    );
    core.setReachable({ audiences: ["ws://shop.test"] });
    core.on("accepted", (session) => this.accepted.push(session));
    core.on("renewed", (session) => this.renewed.push(session));
    core.on("refused", ({ reason }) => this.refusals.push(reason));
    return core;
  }

  ticket(options: Partial<TicketOptions> = {}): Ticket {
    return mintTicketAt(this.clock.now(), { subject: "zoe", ...options, keys: this.root });
  }

  connect(options: ConnectOptions, environment: Partial<ClientEnvironment> = {}): Connection<{ shop: Shop }> {
    return this.connector(environment).openConnection<{ shop: Shop }>(URL_OF_SHOP, { isolated: true, ...options });
  }

  /** What connects to the daemon. */
  connector(environment: Partial<ClientEnvironment> = {}): Connect {
    return createConnect({
      isLocal: true,
      clock: this.clock,
      random: () => this.random(),
      scheduleFlush: quietMicrotasks,
      dial: () => this.#dial(),
      ...environment,
    });
  }

  #dial(): Transport {
    const [near, far] = (this.nextLine ?? transportPair)();
    this.nextLine = undefined;
    const line: (typeof this.lines)[number] = { near, far };
    this.lines.push(line);
    if (this.isDown) return nobody(line);
    if (!this.isSilent) this.core.accept(far);
    return {
      start: (receiver) =>
        near.start({
          opened: () => receiver.opened(),
          frame: (bytes) => receiver.frame(bytes),
          closed: (close) => {
            line.closedWith = close.code;
            receiver.closed(close);
          },
        }),
      send: (frame) => near.send(frame),
      close: (code, reason) => near.close(code, reason),
      destroy: () => near.destroy(),
      get bufferedBytes() {
        return near.bufferedBytes;
      },
    };
  }

  /** Lets everything arrive that is under way. */
  settle(): Promise<void> {
    return this.clock.advance(0);
  }
}

/** A line that nobody answers at. */
function nobody(line: { closedWith?: number }): Transport {
  return {
    start: (receiver) =>
      queueMicrotask(() => {
        line.closedWith = 1006;
        receiver.closed({ code: 1006, reason: "" });
      }),
    send: () => undefined,
    close: () => undefined,
    destroy: () => undefined,
    bufferedBytes: 0,
  };
}

function makeShop(): Shop {
  let finish!: () => void;
  const finished = new Promise<void>((resolve) => (finish = resolve));
  const listeners = new Set<(item: string) => void>();
  return {
    buy: (item) => `${callContext().principal.id} bought ${item}`,
    wait: async () => (await finished, "waited"),
    finish: () => finish(),
    async *count(to) {
      for (let number = 1; number <= to; number++) yield number;
    },
    listen: (listener) => void listeners.add(listener),
    tell: (item) => listeners.forEach((listener) => listener(item)),
  };
}
