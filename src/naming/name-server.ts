import type { Principal } from "../auth/principal.js";
import { checkByRules, isAny, isBoolean, isFunction, isObject, isText } from "../client/option-rules.js";
import { type CallContext, currentContext } from "../objects/call-context.js";
import { expose } from "../objects/expose.js";
import { Emitter } from "../observe/emitter.js";
import { type Clock, systemClock } from "../session/clock.js";
import { asyncDisposeSymbol } from "../session/dispose-symbols.js";
import { AwaitedNames } from "./awaited-names.js";
import { Backlogs } from "./backlog.js";
import { CompiledFilter } from "./compiled-filter.js";
import type { NameEntry } from "./name-entry.js";
import { closedNames, notFound, tooMany, unknownName } from "./name-errors.js";
import { completeNameLimits, type NameLimits } from "./name-limits.js";
import type { NameStorage } from "./name-storage.js";
import {
  areTags,
  checkCallArguments,
  checkedAddress,
  checkedName,
  checkedTags,
  isLease,
  isLoad,
  isWait,
  sortedTags,
  wrongArgument,
} from "./naming-rules.js";
import { Registrant } from "./registrant.js";
import type { NameChange, NameFilter, Registration } from "./registration.js";
import { type NameOwner, type NameRegistrant, Registrations } from "./registrations.js";
import { type Removal, Removals } from "./removals.js";
import { WatchedTable } from "./watched-table.js";

/** What a name server is made of. */
export interface NameServerOptions {
  /** Keeps registrations beyond the server's life; the server closes it. @default none */
  readonly storage?: NameStorage | undefined;
  readonly limits?: Partial<NameLimits> | undefined;
  /** Who may do with the names of others as with their own. @default nobody */
  readonly admins?: ((principal: Principal) => boolean) | undefined;
  /** @default systemClock */
  readonly clock?: Clock | undefined;
}

/** How a name is registered. */
export interface RegisterNameOptions {
  /** @default none; of a registration that is there, those it has */
  readonly tags?: readonly string[] | undefined;
  /** Beside the other addresses of the name. @default false */
  readonly replica?: boolean | undefined;
  /** In the place of all other addresses of the name. @default false */
  readonly replace?: boolean | undefined;
  /** How long it lasts unless it is registered again, 1_000..86_400_000 ms. @default as long as the caller's session */
  readonly leaseMs?: number | undefined;
  /** How busy the registrant is, for those who choose among replicas. @default 0; of a registration that is there, its own */
  readonly load?: number | undefined;
}

/** What a name server tells its own program. */
export interface NameServerEvents {
  /** The storage failed where no caller waited for it; what is in memory is right. */
  storageFailed: [error: Error];
}

const OPTION_RULES = {
  storage: isObjectRule("a NameStorage"),
  limits: isObjectRule("an object of limits"),
  admins: isFunction,
  clock: isAny,
};
const REGISTER_RULES = { tags: areTags, replica: isBoolean, replace: isBoolean, leaseMs: isLease, load: isLoad };

/**
 * Where objects are found by name: an ordinary object, served like any other. A name belongs to the principal that
 * registered it first until its last registration ends. What the server's own program registers belongs to it, and the
 * program is an admin.
 *
 * @example
 * ```ts
 * const names = new NameServer();
 * const daemon = await serve({ names }, { port: 7765 });
 * // elsewhere
 * const names = await connect<NameServer>("ws://127.0.0.1:7765/names");
 * await names.register("shop/cart", "ws://127.0.0.1:7766/cart", { tags: ["eu"] });
 * const [{ address }] = await names.lookup("shop/cart", { waitMs: 5_000 });
 * ```
 */
export class NameServer implements AsyncDisposable {
  /** Settles when the storage was read: calls wait for it. */
  readonly ready: Promise<void>;
  readonly #limits: NameLimits;
  readonly #admins: ((principal: Principal) => boolean) | undefined;
  readonly #events = new Emitter<NameServerEvents>();
  readonly #watched: WatchedTable;
  readonly #awaited: AwaitedNames;
  readonly #removals = new Removals();
  readonly #registrations: Registrations;
  readonly #backlogs: Backlogs;
  readonly #program: Registrant;
  #isReady = false;
  #closing: Promise<void> | undefined;

  /** @throws ConfigError `HW_OPTION_INVALID` */
  constructor(options: NameServerOptions = {}) {
    checkByRules(options, OPTION_RULES);
    const { storage, limits, admins, clock = systemClock } = options;
    this.#limits = completeNameLimits(limits);
    this.#backlogs = new Backlogs(this.#limits);
    this.#program = this.#newRegistrant({ isAttached: true }, "program");
    this.#admins = admins;
    this.#awaited = new AwaitedNames(clock);
    this.#watched = new WatchedTable(clock, (after) => {
      if (after !== undefined) this.#awaited.registered(after.name);
    });
    const failed = (error: unknown): void => this.#events.emit("storageFailed", error as Error);
    const { table } = this.#watched;
    const removals = this.#removals;
    this.#registrations = new Registrations({ table, storage, clock, limits: this.#limits, removals, failed });
    this.ready = this.#registrations.load().then(() => void (this.#isReady = true));
    // Each call rejects with it.
    this.ready.catch(() => undefined);
  }

  /**
   * Registers an address under a name, or renews that registration. Resolves when the storage has it.
   *
   * @param address `ws:`, `wss:` or `ws+unix:`, as `daemon.url("id")` gives
   * @throws NamingError `HW_NAME_TAKEN` when somebody else has the name, or another address has it whose registrant is
   *   there, and neither `replica` nor `replace` was given
   * @throws LimitError @throws CallError `HW_ARGUMENTS_INVALID`
   */
  async register(name: string, address: string, options: RegisterNameOptions = {}): Promise<Registration> {
    checkCallArguments(options, REGISTER_RULES, "options");
    const { tags, load, leaseMs, replica = false, replace = false } = options;
    const terms = {
      name: checkedName(name),
      address: checkedAddress(address),
      tags: tags === undefined ? undefined : checkedTags(tags, "tags"),
      ...{ load, leaseMs, replica, replace },
    };
    if (replica && replace) throw wrongArgument('"replica" and "replace" exclude each other: give one');
    const by = this.#caller();
    await this.#open();
    return this.#registrations.register(terms, by);
  }

  /**
   * What is registered under a name, at least one; those whose registrant is not there come last.
   *
   * @param options `waitMs` waits so long for the name, 0..3_600_000 @default 0
   * @throws NamingError `HW_NAME_UNKNOWN`
   * @throws LimitError @throws CallError `HW_ARGUMENTS_INVALID`
   */
  async lookup(name: string, options: { readonly waitMs?: number | undefined } = {}): Promise<readonly Registration[]> {
    checkCallArguments(options, { waitMs: isWait }, "options");
    const { waitMs = 0 } = options;
    checkedName(name);
    const context = waitMs === 0 ? undefined : currentContext();
    if (!this.#isReady) await this.#open();
    if (waitMs > 0 && this.#entries(name).length === 0) await this.#wait(name, waitMs, context);
    const entries = this.#entries(name);
    if (entries.length === 0) throw this.#closing === undefined ? notFound(name, waitMs) : closedNames();
    return presentFirst(entries.map(({ registration }) => registration));
  }

  /**
   * What is registered, in the order of names. What changes meanwhile stands in it before or after the change.
   * @throws LimitError @throws CallError `HW_ARGUMENTS_INVALID`
   */
  async *list(filter?: NameFilter): AsyncGenerator<Registration, void, void> {
    const compiled = new CompiledFilter(filter);
    const { backlog } = this.#registrantOf(currentContext());
    await this.#open();
    yield* this.#watched.list(compiled, backlog);
  }

  /** @throws CallError `HW_ARGUMENTS_INVALID` */
  async count(filter?: NameFilter): Promise<number> {
    const compiled = new CompiledFilter(filter);
    await this.#open();
    if (compiled.isEmpty) return this.#watched.table.size;
    let count = 0;
    for await (const page of this.#watched.pages(compiled)) count += page.length;
    return count;
  }

  /** Does nothing: for measuring a round trip. */
  ping(): void {}

  /**
   * Removes a name, or all of the caller's names that match a filter. Resolves when the storage has it.
   *
   * @param options `address` of the one replica that goes @default all of the name
   * @returns how many registrations have gone
   * @throws NamingError `HW_NAME_TAKEN` when the name is somebody else's
   * @throws CallError `HW_ARGUMENTS_INVALID`, also for a filter that says nothing, such as an empty prefix or no tags: what
   *   a program has left out by mistake is not all of its names. `{ glob: "**" }` is
   */
  async remove(what: string | NameFilter, options: { readonly address?: string | undefined } = {}): Promise<number> {
    checkCallArguments(options, { address: isText }, "options");
    const address = options.address === undefined ? undefined : checkedAddress(options.address);
    const by = this.#caller();
    let entries: readonly NameEntry[];
    if (typeof what === "string") {
      checkedName(what);
      await this.#open();
      entries = this.#entries(what);
      this.#registrations.requireOwner(entries, by);
    } else {
      entries = await this.#removable(what, by);
    }
    const meant = entries.filter((entry) => address === undefined || entry.address === address);
    return this.#registrations.remove(meant, by);
  }

  /**
   * Gives all registrations of a name other tags: these, or those they have with some more and some less. Resolves when
   * the storage has it.
   *
   * @throws NamingError `HW_NAME_UNKNOWN`, or `HW_NAME_TAKEN` when the name is somebody else's
   * @throws CallError `HW_ARGUMENTS_INVALID`
   */
  async tag(
    name: string,
    change:
      | readonly string[]
      | { readonly add?: readonly string[] | undefined; readonly remove?: readonly string[] | undefined },
  ): Promise<Registration[]> {
    checkedName(name);
    const tagsOf = tagChange(change);
    const by = this.#caller();
    await this.#open();
    const entries = this.#entries(name);
    if (entries.length === 0) throw unknownName(name);
    this.#registrations.requireOwner(entries, by);
    return this.#registrations.tag(entries, tagsOf);
  }

  /**
   * Tells what is registered, then `listed`, and from there on every change: none is missed in between. A slow reader gets
   * the last state of each registration alone, and one for whom too many wait (`maxUntoldPerSession`) a retryable error.
   * Ends when the server does.
   *
   * @throws LimitError @throws CallError `HW_ARGUMENTS_INVALID`
   */
  async *watch(filter?: NameFilter): AsyncGenerator<NameChange, void, void> {
    const compiled = new CompiledFilter(filter);
    yield* this.#watch(({ backlog }, signal) => this.#watched.watch(compiled, { signal, backlog }));
  }

  /**
   * Tells which registrations of the caller's session others remove or replace, and who does, from now on. Ends when the
   * server does.
   *
   * @throws LimitError
   */
  async *removals(): AsyncGenerator<Removal, void, void> {
    yield* this.#watch((registrant, signal) => this.#removals.of(registrant, { signal, backlog: registrant.backlog }));
  }

  /** Adds a listener and returns the function that removes it. */
  on<E extends keyof NameServerEvents>(event: E, listener: (...args: NameServerEvents[E]) => void): () => void {
    return this.#events.on(event, listener);
  }

  /**
   * Ends those who watch and wait, takes no more calls, and closes the storage with what is registered now: close it
   * before its daemon, which ends the sessions that names are bound to.
   */
  close(): Promise<void> {
    return (this.#closing ??= this.#close());
  }

  [asyncDisposeSymbol](): Promise<void> {
    return this.close();
  }

  async #close(): Promise<void> {
    this.#watched.end();
    this.#awaited.end();
    this.#removals.end();
    await this.ready.catch(() => undefined);
    await this.#registrations.close();
  }

  async #open(): Promise<void> {
    if (!this.#isReady) await this.ready;
    if (this.#closing !== undefined) throw closedNames();
  }

  async *#watch<T>(
    changes: (registrant: Registrant, signal: AbortSignal | undefined) => AsyncGenerator<T, void, void>,
  ): AsyncGenerator<T, void, void> {
    const context = currentContext();
    const registrant = this.#registrantOf(context);
    if (registrant.watches >= this.#limits.maxWatchesPerSession) throw tooMany("maxWatchesPerSession", this.#limits);
    registrant.watches += 1;
    try {
      if (!this.#isReady || this.#closing !== undefined) await this.#open();
      yield* changes(registrant, context?.signal);
    } finally {
      registrant.watches -= 1;
    }
  }

  #entries(name: string): readonly NameEntry[] {
    return this.#watched.table.get(name) ?? [];
  }

  async #wait(name: string, waitMs: number, context: CallContext | undefined): Promise<void> {
    const registrant = this.#registrantOf(context);
    if (registrant.waits >= this.#limits.maxWaitsPerSession) throw tooMany("maxWaitsPerSession", this.#limits);
    registrant.waits += 1;
    try {
      await this.#awaited.wait(name, { waitMs, signal: context?.signal });
    } finally {
      registrant.waits -= 1;
    }
  }

  async #removable(filter: NameFilter, by: NameOwner): Promise<readonly NameEntry[]> {
    const compiled = new CompiledFilter(filter);
    if (compiled.isEmpty) {
      throw wrongArgument(
        '"filter" of remove must say which by prefix, glob, tags or anyTags, and an empty one says nothing: { glob: "**" } is all of yours',
      );
    }
    await this.#open();
    const entries: NameEntry[] = [];
    for await (const page of this.#watched.pages(compiled)) {
      for (const { name, address, owner } of page) {
        const entry = this.#entries(name).find((one) => one.address === address);
        if (entry !== undefined && (owner === by.owner || by.isAdmin)) entries.push(entry);
      }
    }
    return entries;
  }

  #caller(): NameRegistrant {
    const context = currentContext();
    const registrant = this.#registrantOf(context);
    if (context === undefined) return { owner: "program", isAdmin: true, registrant };
    const { principal } = context;
    return { owner: principal.id, isAdmin: this.#admins?.(principal) === true, registrant };
  }

  /** The one of the caller's session, made when it is first needed. */
  #registrantOf(context: CallContext | undefined): Registrant {
    if (context === undefined) return this.#program;
    const { locals } = context;
    const known = locals.get(this);
    if (known instanceof Registrant) return known;
    const registrant = this.#newRegistrant(context, context.principal.id);
    locals.set(this, registrant);
    context.watchLine((awayUntil) => {
      registrant.awayUntil = awayUntil;
      void this.#registrations.lineChanged(registrant);
    });
    return context.track(registrant, { until: "session" });
  }

  #newRegistrant(context: Pick<CallContext, "isAttached">, owner: string): Registrant {
    const backlog = this.#backlogs.ofSession(owner);
    return new Registrant(context, { backlog, over: (registrant) => this.#registrations.leave(registrant) });
  }

  static {
    expose(this, {
      only: ["register", "lookup", "list", "count", "ping", "remove", "tag", "watch", "removals"],
      members: {
        register: { idempotent: true },
        lookup: { idempotent: true },
        count: { idempotent: true },
        ping: { idempotent: true },
        tag: { idempotent: true },
      },
    });
  }
}

function presentFirst(registrations: readonly Registration[]): readonly Registration[] {
  const away = registrations.filter(({ awayUntil }) => awayUntil !== undefined);
  if (away.length === 0) return registrations;
  return [...registrations.filter(({ awayUntil }) => awayUntil === undefined), ...away];
}

function tagChange(change: unknown): (tags: readonly string[]) => readonly string[] {
  if (Array.isArray(change)) {
    const tags = checkedTags(change, "change");
    return () => tags;
  }
  checkCallArguments(change, { add: areTags, remove: areTags }, "change");
  const { add = [], remove = [] } = change as { add?: readonly string[]; remove?: readonly string[] };
  return (tags) => sortedTags([...tags.filter((tag) => !remove.includes(tag)), ...add]);
}

function isObjectRule(what: string): (value: unknown) => string | undefined {
  return (value) => (isObject(value) ? undefined : what);
}
