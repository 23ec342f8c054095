import { ConfigError } from "../errors/hearthwire-error.js";
import { asyncDisposeSymbol, disposeSymbol } from "../session/dispose-symbols.js";
import { Emitter } from "../observe/emitter.js";
import type { LiveReference } from "../session/live-reference.js";
import type { CallMaker, OutboundCall } from "../session/outbound-call.js";
import { joinSignal, leaveSignal, type SignalMember } from "../session/signal-members.js";
import { isObjectId, OBJECT_ID_RULE } from "../wire/object-id.js";
import { closedError } from "./connect-error.js";
import type { Connection, ConnectionEvents, ConnectionState } from "./connection.js";
import type { ConnectionStatistics } from "./connection-statistics.js";
import type { Line } from "./line.js";
import { NamedLifetime } from "./named-lifetime.js";
import { ObjectStandIn } from "./object-stand-in.js";
import type { Lifetime, ProxyOwner } from "./stand-in.js";

/** How a connection uses its line. */
export interface OpenConnectionOptions {
  /** Deadline of connecting to one object. */
  readonly connectTimeoutMs: number;
  /** Deadline of its named objects' calls. */
  readonly timeoutMs: number;
  readonly signal?: AbortSignal | undefined;
  /** Leaves the line when it is closed. */
  readonly leave: () => Promise<void>;
}

/** One program's use of a line, with a life of its own; makes the proxies of its named objects. */
export class OpenConnection implements Connection<never>, ProxyOwner, CallMaker {
  readonly #line: Line;
  readonly #options: OpenConnectionOptions;
  /** Makes the calls of named objects. */
  readonly #maker: CallMaker;
  readonly #events = new Emitter<ConnectionEvents>();
  readonly ready: Promise<void>;
  readonly closed: Promise<Error | undefined>;
  /** Set when it was closed, not when its line was. */
  #end: { readonly state: ConnectionState; readonly wasConnected: boolean; readonly gone: Promise<void> } | undefined;
  /** Why calls are refused once it is closed, if it failed or they were. */
  #refusal: { readonly error: unknown } | undefined;
  /** Until it is ready. */
  #rejectReady: ((error: unknown) => void) | undefined;
  #resolveClosed!: (reason: Error | undefined) => void;
  readonly #detach: () => void;

  constructor(line: Line, options: OpenConnectionOptions) {
    const { signal } = options;
    this.#line = line;
    this.#options = options;
    this.ready = new Promise((resolve, reject) => {
      this.#rejectReady = reject;
      line.ready.then(() => {
        this.#rejectReady = undefined;
        resolve();
      }, reject);
    });
    this.ready.catch(() => undefined);
    this.closed = new Promise((resolve) => {
      this.#resolveClosed = resolve;
      void line.closed.then(resolve);
    });
    this.#maker = line.intercepted(this);
    const member: SignalMember = { signalAborted: (reason) => this.fail(reason) };
    const endForwarding = line.events.forward(this.#events);
    this.#detach = () => {
      endForwarding();
      if (signal !== undefined) leaveSignal(signal, member);
    };
    if (signal?.aborted === true) this.fail(signal.reason);
    else if (signal !== undefined) joinSignal(signal, member);
  }

  get connection(): Connection {
    return this as Connection<never> as Connection;
  }

  get connectTimeoutMs(): number {
    return this.#options.connectTimeoutMs;
  }

  get ended(): Promise<Error | undefined> {
    return this.closed;
  }

  get url(): string {
    return this.#line.peer;
  }

  get peer(): string {
    return this.#line.peer;
  }

  get state(): ConnectionState {
    return this.#end?.state ?? this.#line.state;
  }

  get statistics(): ConnectionStatistics {
    return this.#line.statistics;
  }

  sharesLineWith(other: OpenConnection): boolean {
    return this.#line === other.#line;
  }

  object(objectId: string): never {
    if (!isObjectId(objectId)) {
      throw new ConfigError("HW_ADDRESS_INVALID", `"objectId" must be ${OBJECT_ID_RULE}, got ${typeof objectId}`);
    }
    return this.named(objectId, new NamedLifetime()).proxy as never;
  }

  /** A stand-in for a named object whose members are not known. */
  named(objectId: string, lifetime: Lifetime): ObjectStandIn {
    const { timeoutMs, signal } = this.#options;
    const view = { timeoutMs, signal };
    return new ObjectStandIn({ owner: this, maker: this.#maker, callTarget: objectId, view, lifetime });
  }

  call(call: OutboundCall): void {
    if (this.#end !== undefined) throw this.#refuse(this.#end);
    this.#line.call(call);
  }

  references(): readonly LiveReference[] {
    return this.#line.references();
  }

  on<E extends keyof ConnectionEvents>(event: E, listener: (...args: ConnectionEvents[E]) => void): () => void {
    return this.#events.on(event, listener);
  }

  unobserved(error: Error, call: { readonly object: string; readonly member: string }): void {
    this.#events.emit("unobserved", error, call);
  }

  /** Closes because of what failed, which later calls reject with. */
  fail(error: unknown): void {
    const reason = error instanceof Error ? error : new Error("the connection was aborted", { cause: error });
    if (this.#end === undefined) this.#refusal = { error };
    void this.#close({ status: "closed", reason });
  }

  async renew(): Promise<void> {
    if (this.#end !== undefined) throw this.#refuse(this.#end);
    await this.#line.renew();
  }

  /** If it is not connected: tries now rather than later. */
  wake(): void {
    this.#line.wake();
  }

  close(): Promise<void> {
    return this.#close({ status: "closed" });
  }

  [disposeSymbol](): void {
    void this.close();
  }

  async [asyncDisposeSymbol](): Promise<void> {
    await this.close();
  }

  /** Made on first use: most connections are closed when nobody calls any more. */
  #refuse({ wasConnected }: { readonly wasConnected: boolean }): unknown {
    this.#refusal ??= { error: closedError(this.url, { reason: undefined, wasConnected }) };
    return this.#refusal.error;
  }

  #close(state: ConnectionState & { readonly status: "closed" }): Promise<void> {
    if (this.#end !== undefined) return this.#end.gone;
    const { status } = this.state;
    const wasOpen = status !== "closed";
    this.#detach();
    const gone = this.#options.leave();
    const wasConnected = status === "connected";
    this.#end = { state: wasOpen ? Object.freeze(state) : this.#line.state, wasConnected, gone };
    this.#rejectReady?.(this.#refuse(this.#end));
    this.#resolveClosed(state.reason);
    if (wasOpen) this.#events.emit("state", this.#end.state);
    return gone;
  }
}

/** Has a connection that is not connected try now rather than later. */
export function wakeConnection(connection: Connection): void {
  if ((connection as object) instanceof OpenConnection) (connection as unknown as OpenConnection).wake();
}
