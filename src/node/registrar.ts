import { Backoff } from "../client/backoff.js";
import type { Connection } from "../client/connection.js";
import { wakeConnection } from "../client/open-connection.js";
import { withOptions } from "../client/proxy-functions.js";
import type { Remote } from "../client/remote.js";
import { ConnectionError } from "../errors/hearthwire-error.js";
import type { RemovedName } from "../daemon/daemon-events.js";
import type { NameServer } from "../naming/name-server.js";
import type { Removal } from "../naming/removals.js";
import { runOutside } from "../objects/call-context.js";
import type { Clock, Timer } from "../session/clock.js";
import type { Companion } from "./served-daemon.js";

/** How often it looks whether the load has changed, in ms. */
const LOAD_MS = 5_000;
/** How long a daemon that closes waits for its names to be removed, in ms; what is left goes with the session. */
const LEAVE_MS = 1_000;
/** Deadline of a call of the name server, in ms. */
const CALL_MS = 10_000;
/** Longest pause between two tries to register what is refused, in ms. */
const REFUSED_PAUSE_MS = 30_000;
/** The least time between two tries that are begun because somebody asks, in ms. */
const HURRY_MS = 1_000;
/** Names that are registered at once, within what a daemon lets one principal call. */
const AT_ONCE = 32;

/** What registers names. */
export interface RegistrarOptions {
  /** Begins a connection to the name server, which the registrar closes. */
  readonly open: () => Connection;
  /** Of the name server's object. */
  readonly objectId: string;
  /** Where an object of the daemon is reached. */
  readonly addressOf: (objectId: string) => string;
  readonly prefix: string;
  readonly tags: readonly string[] | undefined;
  readonly replica: boolean;
  /** How busy the daemon is. */
  readonly load: () => number;
  readonly clock: Clock;
  /** Longest pause between two tries to connect, in ms. */
  readonly maxPauseMs: number;
  /** All names are registered. */
  readonly named: (names: readonly string[]) => void;
  /** Names are not, or not any more; told once for each reason, and tried again. */
  readonly failed: (error: Error, names: readonly string[]) => void;
  /** Somebody has removed a name, which is not registered again. */
  readonly removed: (removal: RemovedName) => void;
}

/**
 * Keeps the names of a daemon's objects registered: in each session of its connection to the name server anew, since names
 * end with the session. A name server that is away, or refuses, is tried again for as long as the daemon serves; a name
 * that somebody removed is left alone.
 */
export class Registrar implements Companion {
  readonly #options: RegistrarOptions;
  /** Of connecting. */
  readonly #backoff: Backoff;
  /** Of registering what was refused. */
  readonly #refusals: Backoff;
  readonly #ids = new Set<string>();
  /** Those of them whose names somebody has removed. */
  readonly #removed = new Set<string>();
  #hurriedAtMs = Number.NEGATIVE_INFINITY;
  #connection: Connection | undefined;
  #timer: Timer | undefined;
  #loadTimer: Timer | undefined;
  /** What was said last; undefined when all is well. */
  #failure: string | undefined;
  #registeredLoad = 0;
  #registeredIds = "";
  /** A later one makes those before it void. */
  #round = 0;
  #isLeaving = false;

  constructor(options: RegistrarOptions) {
    this.#options = options;
    const { clock, maxPauseMs } = options;
    const times = { clock, random: Math.random, minDelayMs: 500 };
    this.#backoff = new Backoff({ ...times, maxDelayMs: maxPauseMs });
    this.#refusals = new Backoff({ ...times, maxDelayMs: REFUSED_PAUSE_MS });
  }

  /** The name server, as clients of this daemon ask it: one that is away is tried again at once. */
  get server(): Remote<NameServer> {
    this.#hurry();
    return this.#server;
  }

  get #server(): Remote<NameServer> {
    const connection = (this.#connection ??= this.#connect());
    return withOptions(connection.object<NameServer>(this.#options.objectId), { timeoutMs: CALL_MS });
  }

  /** Registers these, from now on. */
  begin(objectIds: Iterable<string>): void {
    for (const id of objectIds) this.#ids.add(id);
    this.#connection ??= this.#connect();
    if (this.#isConnected) void this.#register();
    this.#watchLoad();
  }

  /** One object more. */
  add(objectId: string): void {
    this.#ids.add(objectId);
    this.#removed.delete(objectId);
    if (this.#isConnected) void this.#register();
  }

  /** One object less. */
  remove(objectId: string): void {
    const isWanted = this.#ids.delete(objectId) && !this.#removed.delete(objectId);
    if (!isWanted || !this.#isConnected) return;
    // What is not removed now goes with the session.
    this.#remove(objectId).catch(() => undefined);
  }

  async leave(): Promise<void> {
    const isConnected = this.#isConnected;
    this.#isLeaving = true;
    this.#round += 1;
    this.#timer?.cancel();
    this.#loadTimer?.cancel();
    if (!isConnected) return;
    const removed = Promise.allSettled(this.#wanted.map((id) => this.#remove(id)));
    let timer: Timer | undefined;
    const late = new Promise((resolve) => (timer = this.#options.clock.after(LEAVE_MS, () => resolve(undefined))));
    await Promise.race([removed, late]);
    timer?.cancel();
  }

  async end(): Promise<void> {
    await this.#connection?.close();
  }

  /** Those that are to be registered. */
  get #wanted(): readonly string[] {
    return [...this.#ids].filter((id) => !this.#removed.has(id));
  }

  get #names(): readonly string[] {
    return this.#wanted.map((id) => this.#nameOf(id));
  }

  get #isConnected(): boolean {
    return !this.#isLeaving && this.#connection?.state.status === "connected";
  }

  #connect(): Connection {
    const connection = this.#options.open();
    this.#backoff.begin();
    connection.ready.then(
      () => this.#begun(),
      () => undefined,
    );
    connection.on("session", () => this.#begun());
    connection.on("state", (state) => {
      if (state.status === "connected") {
        if (state.resumed) void this.#register();
      } else if (state.status !== "closed" && state.reason !== undefined) {
        this.#fail(state.reason, this.#names);
      }
    });
    void connection.closed.then((reason) => this.#lost(connection, reason));
    return connection;
  }

  /** A session has begun. */
  #begun(): void {
    // No part of the call for whose sake it may have been hurried. First: what is removed from now on is told.
    runOutside(() => {
      void this.#heed();
      void this.#register();
    });
  }

  /** Hears who removes what this session registers, until it ends. */
  async #heed(): Promise<void> {
    try {
      for await (const removal of this.#server.removals()) this.#lostName(removal);
    } catch {
      // The session is over, and so are its names; or the name server tells nobody.
    }
  }

  #lostName({ registration: { name, address }, by }: Removal): void {
    const { prefix, addressOf, removed } = this.#options;
    const id = name.slice(prefix.length);
    if (this.#isLeaving || this.#nameOf(id) !== name || !this.#wanted.includes(id) || addressOf(id) !== address) return;
    const isComplete = this.#registeredIds === this.#wanted.join();
    this.#removed.add(id);
    if (isComplete) this.#registeredIds = this.#wanted.join();
    removed({ name, by });
    // It may have been registered again by what was under way when it was removed.
    this.#remove(id).catch(() => undefined);
  }

  /** Somebody waits for the name server: if the next try is still to come, it begins now. */
  #hurry(): void {
    const connection = this.#connection;
    if (this.#isLeaving || connection === undefined || connection.state.status === "connected") return;
    const nowMs = this.#options.clock.now();
    if (Math.abs(nowMs - this.#hurriedAtMs) < HURRY_MS) return;
    this.#hurriedAtMs = nowMs;
    // Nothing of it ends with the call of whoever asks.
    runOutside(() => {
      if (connection.state.status !== "closed") return wakeConnection(connection);
      this.#timer?.cancel();
      this.#connection = this.#connect();
    });
  }

  /** The connection is over, or never was: another one, after a while. */
  #lost(connection: Connection, reason: Error | undefined): void {
    if (this.#isLeaving || this.#connection !== connection) return;
    this.#round += 1;
    this.#fail(reason ?? new Error("the name server has closed the connection"), this.#names);
    this.#again(this.#backoff, () => (this.#connection = this.#connect()));
  }

  #again(backoff: Backoff, task: () => void): void {
    this.#timer?.cancel();
    this.#timer = this.#options.clock.after(backoff.pauseMs(), task);
  }

  async #register(): Promise<void> {
    const round = (this.#round += 1);
    const { load, tags, replica, addressOf } = this.#options;
    const ids = this.#wanted;
    if (ids.length === 0) return;
    const nowLoad = load();
    const failures: { readonly name: string; readonly error: unknown }[] = [];
    for (let index = 0; index < ids.length && round === this.#round; index += AT_ONCE) {
      await Promise.all(
        ids.slice(index, index + AT_ONCE).map(async (id) => {
          const name = this.#nameOf(id);
          try {
            await this.#server.register(name, addressOf(id), { tags, replica, load: nowLoad });
          } catch (error) {
            failures.push({ name, error });
          }
        }),
      );
    }
    // A later round has begun, in another session: it says how it went.
    if (round !== this.#round) return;
    const [first] = failures;
    if (!(first?.error instanceof ConnectionError)) this.#backoff.succeeded();
    if (first === undefined) return this.#succeeded(ids, nowLoad);
    this.#fail(
      first.error as Error,
      failures.map(({ name }) => name),
    );
    this.#refusals.begin();
    this.#again(this.#refusals, () => void this.#register());
  }

  #succeeded(ids: readonly string[], load: number): void {
    this.#registeredLoad = load;
    this.#timer?.cancel();
    this.#refusals.succeeded();
    const isNews = this.#failure !== undefined || ids.join() !== this.#registeredIds;
    this.#failure = undefined;
    this.#registeredIds = ids.join();
    if (isNews) this.#options.named(ids.map((id) => this.#nameOf(id)));
  }

  #fail(error: Error, names: readonly string[]): void {
    // However it is away: it may be called one thing and then another, in turn.
    const said = error instanceof ConnectionError ? "away" : `${error.name} ${error.message}`;
    if (this.#isLeaving || said === this.#failure) return;
    this.#failure = said;
    this.#options.failed(error, names);
  }

  #watchLoad(): void {
    this.#loadTimer?.cancel();
    this.#loadTimer = this.#options.clock.after(LOAD_MS, () => {
      if (this.#isConnected && this.#failure === undefined && this.#options.load() !== this.#registeredLoad) {
        void this.#register();
      }
      this.#watchLoad();
    });
  }

  async #remove(objectId: string): Promise<void> {
    await this.#server.remove(this.#nameOf(objectId), { address: this.#options.addressOf(objectId) });
  }

  #nameOf(objectId: string): string {
    return `${this.#options.prefix}${objectId}`;
  }
}
