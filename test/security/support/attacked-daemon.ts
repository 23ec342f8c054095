import { fileURLToPath } from "node:url";
import { Key } from "../../../src/auth/key.js";
import type { Connection } from "../../../src/client/connection.js";
import { openConnection } from "../../../src/client/default-connect.js";
import type { Remote } from "../../../src/client/remote.js";
import type { Attackable } from "./attackable.js";
import { ChildProgram } from "../../support/child-program.js";
import type { AttackedEventName, AttackedFacts, AttackedOrders, AttackedServeOptions } from "./attacked-orders.js";
import { HostilePeer, type HostilePeerOptions } from "./hostile-peer.js";
import { findKeyBytes } from "./key-bytes.js";
import { RawLine } from "./raw-line.js";

/** What a daemon may hold more after an attack than before the first. */
export const MAX_GROWTH_BYTES = 10 * 1024 * 1024;

/** By then everything of an attack must be gone; a canary's call that takes longer hangs. */
const RECOVERY_LIMIT_MS = 10_000;
/** Between two looks, so that asking is not itself a flood. */
const LOOK_PAUSE_MS = 20;

const standardProgram = fileURLToPath(new URL("./attacked-program.ts", import.meta.url));

/** How to start a daemon to attack. */
export interface AttackedDaemonOptions {
  /** Options of `serve`. */
  readonly serve?: AttackedServeOptions;
  /** Keys of the daemon's ring besides those of the harness. */
  readonly keys?: readonly Key[];
  /** Whether the daemon's time stands still but for `advance`; Node's own timers go on. @default false */
  readonly hasFakeClock?: boolean;
  /** A file that calls `beAttacked` with other objects; `target` must be an `Attackable`. @default attacked-program.ts */
  readonly program?: string;
}

/**
 * A real daemon in a process of its own, a canary session from this one, and what it takes to attack it.
 *
 * @example
 * let attacked: AttackedDaemon;
 * beforeAll(async () => void (attacked = await AttackedDaemon.start()));
 * afterEach(() => attacked.isUnharmed());
 * afterAll(() => attacked[Symbol.asyncDispose]());
 *
 * test("row 45: a text frame closes the line with 1003", async () => {
 *   await using line = await attacked.webSocket();
 *   line.frame({ opcode: 1, payload: "hello" });
 *   expect(await line.closeCode()).toBe(1003);
 * });
 */
export class AttackedDaemon implements AsyncDisposable {
  /** `ann` is the canary's, `eve` the attacker's; `root` mints tickets. */
  readonly keys: Readonly<Record<"ann" | "eve" | "root", Key>>;
  readonly url: string;
  /** The canary's stand-in of the served object. */
  readonly canary: Remote<Attackable>;
  readonly #process: ChildProgram<AttackedOrders>;
  readonly #connection: Connection;
  #before!: AttackedFacts;

  private constructor(
    child: ChildProgram<AttackedOrders>,
    parts: Pick<AttackedDaemon, "keys" | "url"> & { readonly connection: Connection },
  ) {
    this.#process = child;
    this.#connection = parts.connection;
    this.keys = parts.keys;
    this.url = parts.url;
    this.canary = this.#connection.object<Attackable>("target");
  }

  static async start(options: AttackedDaemonOptions = {}): Promise<AttackedDaemon> {
    const { serve = {}, keys: others = [], hasFakeClock = false, program = standardProgram } = options;
    const child = new ChildProgram<AttackedOrders>(program);
    try {
      const keys = {
        ann: Key.generate({ id: "ann" }),
        eve: Key.generate({ id: "eve" }),
        root: Key.generate({ id: "root", use: "mint" }),
      };
      const url = await child.ask("serve", {
        // The accessors of a key are read, and its secret is asked for.
        keys: [...Object.values(keys), ...others].map((key) => ({ bytes: key.export(), options: { ...key } })),
        options: serve,
        hasFakeClock,
      });
      const connection = await openConnection(url, { key: keys.ann, isolated: true, timeoutMs: RECOVERY_LIMIT_MS });
      const attacked = new AttackedDaemon(child, { keys, url, connection });
      await attacked.answersCanary();
      attacked.#before = await attacked.facts();
      return attacked;
    } catch (error) {
      await child[Symbol.asyncDispose]();
      throw error;
    }
  }

  get port(): number {
    return Number(new URL(this.url).port);
  }

  get pid(): number | undefined {
    return this.#process.pid;
  }

  /** What the daemon held before the first attack. */
  get before(): AttackedFacts {
    return this.#before;
  }

  /** What the daemon's process holds now, garbage collected. */
  facts(): Promise<AttackedFacts> {
    return this.#process.ask("facts", undefined);
  }

  /** Moves the daemon's fake clock. */
  advance(ms: number): Promise<void> {
    return this.#process.ask("advance", { ms });
  }

  /**
   * Waits for an event of the daemon since the last `isUnharmed`; each is given once. `refused` is its reason, `accepted`
   * the principal's id, the others say of whom or what and then the error's message.
   */
  event(name: AttackedEventName, pattern = /(?:)/): Promise<string> {
    return this.#process.ask("event", { name, pattern });
  }

  /** Takes a key off the daemon's ring. */
  removeKey(id: string): Promise<void> {
    return this.#process.ask("removeKey", { id });
  }

  /** Denies the tickets of a subject that were issued until now. */
  denySubject(subject: string): Promise<void> {
    return this.#process.ask("denySubject", { subject });
  }

  /** A TCP connection that has not said anything. */
  line(): Promise<RawLine> {
    return RawLine.connect(this.port);
  }

  /** A connection upgraded to a WebSocket, in bytes. */
  async webSocket(): Promise<RawLine> {
    const line = await this.line();
    const status = await line.upgrade();
    if (status === 101) return line;
    await line[Symbol.asyncDispose]();
    throw new Error(`the upgrade was answered ${status}`);
  }

  /** A peer with a key and an open session, `eve` unless said otherwise, that says whatever a test wants. */
  peer(options: Partial<HostilePeerOptions> = {}): Promise<HostilePeer> {
    return HostilePeer.open({ url: this.url, key: this.keys.eve, ...options });
  }

  /**
   * Has the canary call the daemon.
   * @throws {Error} when it is not answered rightly, or not within 10 s
   */
  async answersCanary(): Promise<void> {
    const sent = { text: "still there?", at: new Date(0) };
    const answer = (await this.canary.echo(sent).catch(async (error: unknown) => {
      // Says more of a process that has ended: what it printed.
      await this.facts();
      throw error;
    })) as typeof sent;
    if (answer.text !== sent.text || answer.at.getTime() !== 0) throw new Error("the canary got a wrong answer");
  }

  /**
   * Asserts that the daemon has come through: its process lives, the canary is answered, nobody but the canary is left,
   * tables are empty, memory is back within 10 MiB, no intrinsic was changed and no key was printed.
   *
   * @param options `withinMs`: by then what an attack left open must be gone, @default 10_000
   * @throws {Error} that names everything that is not so
   */
  async isUnharmed({ withinMs = RECOVERY_LIMIT_MS }: { readonly withinMs?: number } = {}): Promise<void> {
    await this.answersCanary();
    const untilMs = performance.now() + withinMs;
    for (;;) {
      const harm = this.#harm(await this.facts());
      if (harm.length === 0) break;
      if (performance.now() > untilMs) throw new Error(`the daemon was harmed:\n${harm.join("\n")}`);
      await new Promise((resolve) => setTimeout(resolve, LOOK_PAUSE_MS));
    }
    const { output } = this.#process;
    for (const key of Object.values(this.keys)) {
      const notation = findKeyBytes(output, key.export());
      if (notation !== undefined) throw new Error(`the daemon printed the key "${key.id}" (${notation})`);
    }
    await this.#process.ask("forget", undefined);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#connection.close();
    await this.#process[Symbol.asyncDispose]();
  }

  #harm(facts: AttackedFacts): readonly string[] {
    const { sessions, waiting, sockets, held, memoryBytes, changedIntrinsics } = facts;
    const before = this.#before;
    const grownBytes = memoryBytes - before.memoryBytes;
    return [
      ...(sessions === before.sessions ? [] : [`${sessions} sessions instead of ${before.sessions}`]),
      ...(waiting === 0 ? [] : [`${waiting} peers wait`]),
      ...(sockets === before.sockets ? [] : [`${sockets} sockets instead of ${before.sockets}`]),
      ...Object.entries(held).flatMap(([table, count]) => (count === 0 ? [] : [`${table}: ${count}`])),
      ...(grownBytes <= MAX_GROWTH_BYTES ? [] : [`${(grownBytes / 2 ** 20).toFixed(1)} MiB more memory than before`]),
      ...changedIntrinsics.map((name) => `${name} was changed`),
    ];
  }
}
