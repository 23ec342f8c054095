import type { KeyRing } from "../auth/key-ring.js";
import type { TicketDenyList } from "../auth/ticket-deny-list.js";
import type { Ticket, TicketOptions } from "../auth/ticket.js";
import { type CloseOptions, graceOf } from "../daemon/close-options.js";
import type { DaemonCore } from "../daemon/daemon.js";
import type { DaemonEvents, SessionInfo } from "../daemon/daemon-events.js";
import type { DaemonStatistics } from "../daemon/daemon-statistics.js";
import { ConfigError } from "../errors/hearthwire-error.js";
import type { SERVED } from "../objects/served.js";
import { formatAddress } from "../wire/address.js";
import type { BoundAddress, BoundSocket, Reachability } from "./reachability.js";
import type { ServerTls } from "./server-tls.js";
import type { RenewedTls } from "./tls-options.js";
import type { UpgradeGate } from "./upgrade-gate.js";

/** What a daemon is bound to. */
export type DaemonAddress =
  | { readonly host: string; readonly port: number; readonly socketPath?: undefined }
  | { readonly socketPath: string; readonly host?: undefined; readonly port?: undefined };

/** What `serve` gives: the objects of one program, and the line that they are reached on. */
export interface Daemon<Objects = Record<string, object>> extends AsyncDisposable {
  /** Never there at run time: `Served<typeof daemon>` is what clients name the daemon's objects by. */
  readonly [SERVED]?: Objects;
  /**
   * The URL that peers dial: the daemon's own, or that of one of its objects.
   * @throws ConfigError `HW_OPTION_INVALID` while a server that the daemon is attached to has no address yet
   */
  url(objectId?: (keyof Objects & string) | (string & {})): string;
  /**
   * What the system says that the daemon is bound to.
   * @throws ConfigError like `url`
   */
  readonly address: DaemonAddress;
  /** The accepted keys; adding and removing takes effect at once. */
  readonly keys: KeyRing;
  /** Tickets that are refused before they expire: of the option `deniedTickets`, or the daemon's own. */
  readonly deniedTickets: TicketDenyList;
  /** Serves one more object, and returns its id. */
  register(object: object, options?: { id?: string; expose?: readonly string[] }): string;
  /** Ends serving an object; returns whether it was served. */
  unregister(objectOrId: object | string): boolean;
  /** Mints a ticket for a browser, with the ring's `mint` key. */
  mintTicket(options: TicketOptions): Ticket;
  /** The live sessions by id. */
  readonly sessions: ReadonlyMap<string, SessionInfo>;
  /**
   * What the daemon and its sessions have done so far, and hold now: a new frozen snapshot each time that it is read, at
   * the cost of a look at each live session.
   */
  readonly statistics: DaemonStatistics;
  /** Adds a listener and returns the function that removes it. */
  on<E extends keyof DaemonEvents>(event: E, listener: (...args: DaemonEvents[E]) => void): () => void;
  /**
   * Renews certificate and key, authorities and revocation lists: reads the files of the option `tls` again, the
   * passphrase is asked for again, or takes what is given in their place. New lines get them; open sessions go on.
   *
   * @throws ConfigError `HW_OPTION_INVALID` as `serve` does; then everything stays as it was. Also without `tls`
   * @example
   * process.on("SIGHUP", () => daemon.reloadTls().catch((error) => console.error(error.message)));
   */
  reloadTls(renewed?: RenewedTls): Promise<void>;
  /**
   * Stops listening at once, so that another process may take its place, and takes no more calls; lets running calls and
   * streams go on for the grace, then ends. Its names are removed before, for which it waits up to a second. Asked again it is the same closing, with the grace that is over first.
   *
   * @param options `graceMs` 0..2_147_483_647, @default 5_000
   * @throws ConfigError (it rejects) `HW_OPTION_INVALID`; nothing is closed then
   */
  close(options?: CloseOptions): Promise<void>;
  /** Resolves once closed, with the reason when it was not asked for; never rejects. */
  readonly closed: Promise<Error | undefined>;
}

/** The door and the server below a daemon. */
export interface DaemonLine {
  readonly gate: UpgradeGate;
  /** The daemon's own. */
  readonly tls?: ServerTls | undefined;
  /** Takes no more connections. */
  stop(): void;
  /** Gives the server back, when the daemon's sessions have ended. */
  release(): Promise<void>;
}

/** What goes along with a daemon, and ends with it. No promise rejects. */
export interface Companion {
  /** The program wants to serve one more object under an id of its own. @throws ConfigError when it may not */
  check?(objectId: string): void;
  /** It does. */
  registered?(objectId: string): void;
  unregistered?(objectId: string): void;
  /** Nobody shall find the daemon any more: done before it stops listening and its sessions are drained. */
  leave(): Promise<void>;
  /** Its sessions have ended. */
  end(): Promise<void>;
}

/** A daemon of `src/daemon/` with the line that it is reached on. */
export class ServedDaemon<Objects> implements Daemon<Objects> {
  readonly keys: KeyRing;
  readonly closed: Promise<Error | undefined>;
  readonly #core: DaemonCore;
  #line: DaemonLine | undefined;
  #bound: BoundAddress | BoundSocket | undefined;
  #reach: Reachability | undefined;
  #closing: Promise<void> | undefined;
  #leaving: Promise<unknown> | undefined;
  readonly #companions: Companion[] = [];
  #settle: (reason: Error | undefined) => void = () => {};

  constructor(core: DaemonCore, keys: KeyRing) {
    this.#core = core;
    this.keys = keys;
    this.closed = new Promise((resolve) => (this.#settle = resolve));
  }

  /** Where the daemon is reached; undefined while nobody may connect. */
  get reach(): Reachability | undefined {
    return this.#reach;
  }

  /** Says what the daemon stands on. */
  standOn(line: DaemonLine): void {
    this.#line = line;
  }

  /** Says what ends with the daemon, from now on. */
  accompanyBy(companion: Companion): void {
    this.#companions.push(companion);
  }

  /** Says where the daemon is reached, from now on. */
  reachableAt(reach: Reachability, bound: BoundAddress | BoundSocket | undefined): void {
    this.#reach = reach;
    this.#bound = bound;
    this.#core.setReachable(reach);
  }

  get isClosing(): boolean {
    return this.#closing !== undefined;
  }

  url(objectId?: string): string {
    const url = this.#reach?.url;
    if (url === undefined) throw notListening("url()");
    return objectId === undefined ? url : formatAddress(url, objectId);
  }

  get address(): DaemonAddress {
    if (this.#bound === undefined) throw notListening("address");
    if ("socketPath" in this.#bound) return { socketPath: this.#bound.socketPath };
    return { host: this.#bound.host, port: this.#bound.port };
  }

  register(object: object, options?: { id?: string; expose?: readonly string[] }): string {
    for (const companion of this.#companions) if (options?.id !== undefined) companion.check?.(options.id);
    const id = this.#core.register(object, options);
    for (const companion of this.#companions) if (options?.id !== undefined) companion.registered?.(id);
    return id;
  }

  unregister(objectOrId: object | string): boolean {
    const id = this.#core.idOf(objectOrId);
    const wasServed = this.#core.unregister(objectOrId);
    if (wasServed && id !== undefined) for (const companion of this.#companions) companion.unregistered?.(id);
    return wasServed;
  }

  mintTicket(options: TicketOptions): Ticket {
    return this.#core.mintTicket(options);
  }

  get deniedTickets(): TicketDenyList {
    return this.#core.deniedTickets;
  }

  get sessions(): ReadonlyMap<string, SessionInfo> {
    return this.#core.sessions;
  }

  get statistics(): DaemonStatistics {
    return this.#core.statistics;
  }

  on<E extends keyof DaemonEvents>(event: E, listener: (...args: DaemonEvents[E]) => void): () => void {
    return this.#core.on(event, listener);
  }

  async reloadTls(renewed: RenewedTls = {}): Promise<void> {
    const tls = this.#line?.tls;
    if (tls === undefined)
      throw new ConfigError(
        "HW_OPTION_INVALID",
        '"tls" was not given to this daemon, so that reloadTls() has nothing to renew',
      );
    await tls.reload(renewed);
  }

  close(options: CloseOptions = {}): Promise<void> {
    try {
      return this.end(undefined, options);
    } catch (error) {
      return Promise.reject(error as Error);
    }
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  /**
   * Closes for a reason, which is what `closed` then gives.
   * @throws ConfigError `HW_OPTION_INVALID`
   */
  end(reason: Error | undefined, options: CloseOptions = {}): Promise<void> {
    const graceMs = graceOf(options);
    // Not only the first time: the grace may be shorter now.
    const drained = this.#left()?.then(() => this.#core.close({ graceMs })) ?? this.#core.close({ graceMs });
    return (this.#closing ??= this.#end(reason, drained));
  }

  /** Undefined when there is nobody to wait for. */
  #left(): Promise<unknown> | undefined {
    if (this.#companions.length === 0) return undefined;
    return (this.#leaving ??= Promise.all(this.#companions.map((companion) => companion.leave())));
  }

  async #end(reason: Error | undefined, drained: Promise<void>): Promise<void> {
    if (this.#leaving !== undefined) await this.#leaving;
    this.#line?.stop();
    await drained;
    await Promise.all(this.#companions.map((companion) => companion.end()));
    this.#line?.gate.close();
    await this.#line?.release();
    this.#settle(reason);
  }
}

function notListening(what: string): ConfigError {
  return new ConfigError(
    "HW_OPTION_INVALID",
    `"server" has no address of its own yet: read ${what} after it listens, or say by "publicUrl" where the daemon is reached`,
  );
}
