import { Key } from "../auth/key.js";
import { KeyRing } from "../auth/key-ring.js";
import { createConnect } from "../client/connect.js";
import type { ConnectionOptions } from "../client/connect-options.js";
import type { Connection } from "../client/connection.js";
import { DaemonCore } from "../daemon/daemon.js";
import type { CoreOptions } from "../daemon/options.js";
import { type Clock, systemClock } from "../session/clock.js";
import { quietMicrotasks } from "../session/flush-scheduler.js";
import { type FaultyLine, faultyLine, isFaultyLine } from "./faulty-line.js";
import type { LinkFaults } from "./link-faults.js";

/** Nothing is dialled: the name is what both ends sign as the audience, and what errors show. */
const DAEMON_URL = "ws://daemon.test/";

/** How a client in the same process connects. */
export interface LinkedClientOptions {
  /** Whose key the client has: its principal is `key:<subject>`. @default "tester" */
  readonly subject?: string | undefined;
  /** What `connect` takes, besides credentials and what concerns shared sockets. */
  readonly client?: Omit<ConnectionOptions, "isolated" | "lingerMs" | "allowPlaintext" | "names" | "pick"> | undefined;
  /** What the line does to frames, or the line itself. */
  readonly link?: Omit<LinkFaults, "clock"> | FaultyLine | undefined;
}

/** A daemon that is reached through memory, by clients with a key each. */
export class LinkedDaemon {
  readonly core: DaemonCore;
  readonly #keys = new KeyRing();
  readonly #clock: Clock;
  readonly #connections: Connection<never>[] = [];

  constructor(
    objects: Readonly<Record<string, object>>,
    options: {
      readonly clock?: Clock | undefined;
      readonly daemon?: Omit<CoreOptions, "keys" | "clock"> | undefined;
    } = {},
  ) {
    this.#clock = options.clock ?? systemClock;
    const { sessions } = options.daemon ?? {};
    this.core = new DaemonCore(objects, {
      ...options.daemon,
      sessions: { ...sessions, windowMs: sessions?.windowMs ?? 0 },
      keys: this.#keys,
      clock: this.#clock,
    });
    this.core.setReachable({ audiences: [new URL(DAEMON_URL).origin] });
  }

  /** @throws ConfigError `HW_OPTION_INVALID` for faults of a wrong kind */
  connect<Objects>({ subject = "tester", client, link }: LinkedClientOptions = {}): Connection<Objects> {
    const clock = this.#clock;
    const line = this.lineOf(link);
    const key = Key.generate({ id: `client-${this.#connections.length + 1}`, subject });
    this.#keys.add(key);
    const { openConnection } = createConnect({
      isLocal: true,
      clock,
      scheduleFlush: quietMicrotasks,
      dial: () => line.dial((daemonEnd) => this.core.accept(daemonEnd)),
    });
    const connection = openConnection<Objects>(DAEMON_URL, { ...client, key, isolated: true });
    this.#connections.push(connection as Connection<never>);
    return connection;
  }

  /** The line of a client's options, by the daemon's clock. */
  lineOf(link: LinkedClientOptions["link"] = {}): FaultyLine {
    return isFaultyLine(link) ? link : faultyLine({ ...link, clock: this.#clock });
  }

  /** The clients first: a daemon that closes by itself gives calls their grace, by a clock that may stand still. */
  async close(): Promise<void> {
    await Promise.all(this.#connections.map((connection) => connection.close()));
    await this.core.close({ graceMs: 0 });
  }
}
