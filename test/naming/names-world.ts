import type { Connection } from "../../src/client/connection.js";
import type { Remote } from "../../src/client/remote.js";
import { NameServer, type NameServerOptions } from "../../src/naming/name-server.js";
import type { NameChange } from "../../src/naming/registration.js";
import { fakeClock } from "../../src/testing/fake-clock.js";
import { LinkedDaemon, type LinkedClientOptions } from "../../src/testing/linked-daemon.js";

/** A daemon in memory, as these tests use it. */
type NamesDaemon = { readonly names: NameServer };

/** A name server that is reached through memory, by clients with a subject each. */
export class NamesWorld implements AsyncDisposable {
  readonly clock = fakeClock();
  readonly server: NameServer;
  readonly daemon: LinkedDaemon;

  constructor(options: Omit<NameServerOptions, "clock"> & { readonly windowMs?: number } = {}) {
    const { windowMs = 0, ...given } = options;
    this.server = new NameServer({ ...given, clock: this.clock });
    this.daemon = new LinkedDaemon({ names: this.server }, { clock: this.clock, daemon: { sessions: { windowMs } } });
  }

  connect(subject: string, options: LinkedClientOptions = {}): Connection<NamesDaemon> {
    return this.daemon.connect<NamesDaemon>({ ...options, subject });
  }

  as(subject: string): Remote<NameServer> {
    return this.connect(subject).object("names");
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.server.close();
    await this.daemon.close();
  }
}

/** Where an object of a test would be. */
export function at(port: number, id = "cart"): string {
  return `ws://127.0.0.1:${port}/${id}`;
}

/** The next changes of a watch, as one line each. */
export async function told(changes: AsyncIterator<NameChange>, count: number): Promise<readonly string[]> {
  const lines: string[] = [];
  while (lines.length < count) {
    const { value, done } = await changes.next();
    if (done === true) return [...lines, "end"];
    lines.push(value.kind === "listed" ? "listed" : `${value.kind} ${value.registration.name}`);
  }
  return lines;
}
