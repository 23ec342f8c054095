import { Key } from "../../src/auth/key.js";
import { KeyRing } from "../../src/auth/key-ring.js";
import { type ClientEnvironment, type Connect, createConnect } from "../../src/client/connect.js";
import type { ConnectOptions } from "../../src/client/connect-options.js";
import { DaemonCore } from "../../src/daemon/daemon.js";
import type { CoreOptions } from "../../src/daemon/options.js";
import { expose } from "../../src/objects/expose.js";
import { quietMicrotasks } from "../../src/session/flush-scheduler.js";
import { type FakeClock, fakeClock } from "../../src/testing/fake-clock.js";
import { transportPair } from "../../src/transport/transport-pair.js";
import type { Transport } from "../../src/transport/transport.js";

export const URL_OF_HOME = "ws://home.test/";
export const WAREHOUSE = `${URL_OF_HOME}warehouse`;

/** The object behind `warehouse`. */
export class Warehouse {
  #quantity = 1;
  readonly #stock = new Map<string, number>();
  #listener: ((item: string) => unknown) | undefined;

  get quantity(): number {
    return this.#quantity;
  }

  set quantity(quantity: number) {
    this.#quantity = quantity;
  }

  store(item: string, count: number): number {
    this.#stock.set(item, (this.#stock.get(item) ?? 0) + count);
    void this.#listener?.(item);
    return this.#stock.get(item) ?? 0;
  }

  list(): ReadonlyMap<string, number> {
    return this.#stock;
  }

  async *watch(): AsyncGenerator<number, string> {
    yield 1;
    yield 2;
    return "end";
  }

  listen(listener: (item: string) => unknown): void {
    this.#listener = listener;
  }

  shelf(name: string): Shelf {
    return new Shelf(name);
  }

  never(): Promise<never> {
    return new Promise(() => undefined);
  }

  fail(): never {
    throw new RangeError("nothing left");
  }
}

export class Shelf {
  readonly #name: string;
  constructor(name: string) {
    this.#name = name;
  }
  name(): string {
    return this.#name;
  }
  isNamed(other: string): boolean {
    return other === this.#name;
  }
}

/** A daemon in memory, and clients that dial it. */
export interface Home extends Connect {
  readonly clock: FakeClock;
  readonly key: Key;
  readonly keys: KeyRing;
  readonly daemon: DaemonCore;
  /** One for each dialled line: the client's end. */
  readonly lines: Transport[];
  /** Why the daemon refused. */
  readonly refusals: string[];
  readonly options: ConnectOptions & { readonly key: Key };
}

export function openHome(
  options: { daemon?: Omit<CoreOptions, "keys">; environment?: Partial<ClientEnvironment> } = {},
): Home {
  expose(Warehouse, {
    only: ["store", "list", "watch", "listen", "shelf", "never", "fail", "quantity"],
    members: { quantity: { writable: true } },
  });
  expose(Shelf, ["name", "isNamed"]);
  const clock = fakeClock();
  const key = Key.generate({ id: "client" });
  const keys = new KeyRing([key]);
  const daemon = new DaemonCore({ warehouse: new Warehouse() }, { clock, ...options.daemon, keys });
  daemon.setReachable({ audiences: [new URL(URL_OF_HOME).origin] });
  const refusals: string[] = [];
  daemon.on("refused", ({ reason }) => void refusals.push(reason));
  const lines: Transport[] = [];
  const connect = createConnect({
    isLocal: true,
    clock,
    scheduleFlush: quietMicrotasks,
    dial: () => {
      const [near, far] = transportPair();
      lines.push(near);
      daemon.accept(far, {});
      return near;
    },
    ...options.environment,
  });
  return { ...connect, clock, key, keys, daemon, lines, refusals, options: { key } };
}
