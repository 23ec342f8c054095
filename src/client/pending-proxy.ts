import type { CallMaker, CallTarget } from "../session/outbound-call.js";
import type { ViewSettings } from "./call-options.js";
import { closedTraps, INSPECT } from "./closed-traps.js";
import { isNeverMember } from "./never-member.js";
import { makeCall, type PendingCall, prepareCall } from "./pending-call.js";
import { promiseMember } from "./promise-members.js";
import { describeStandIn, type Lifetime, type ProxyOwner, STAND_IN, type StandIn, standInOf } from "./stand-in.js";

/** Members by name: open ones, and what React notes on a promise. */
type Members = Map<string, unknown>;

/** The promise that users get of a call: one handler serves all. */
export function pendingProxy(call: PendingCall): object {
  if (call.proxy === call) call.proxy = new Proxy(call, handler);
  return call.proxy;
}

/** Calls a member: what users get of it, which is nothing when the view is one-way. */
export function callMember(on: StandIn, member: string, args: readonly unknown[]): object | undefined {
  const call = makeCall(on, { kind: "call", member, args });
  return on.view.isOneway === true ? undefined : pendingProxy(call);
}

/** A member of an object whose members are not known yet; nothing under names that are never one. */
export function openMember(on: StandIn, members: Members, name: string): unknown {
  const known = members.get(name);
  if (known !== undefined || isNeverMember(name)) return known;
  const { proxy } = new OpenMember(on, members, name);
  members.set(name, proxy);
  return proxy;
}

/**
 * Behind a member that may be a method or an accessor. Called, it is the method. In every other use it is the accessor,
 * just as one of known members: a promise that can be used before it is there, read once somebody wants it.
 *
 * As a method it is the same function each time. What was read is forgotten where it was taken from, so that it is read
 * again when it is taken again, and nobody but its user holds what it gave.
 */
class OpenMember implements StandIn, Lifetime, ProxyHandler<() => void> {
  static {
    // Each is the handler of its own proxy, so that it costs no closure; the other traps are those of all proxies.
    Object.assign(OpenMember.prototype, closedTraps);
  }

  readonly #on: StandIn;
  readonly #siblings: Members;
  readonly #name: string;
  #members: Members | undefined;
  #call: PendingCall | undefined;
  #isReleased = false;
  readonly proxy: object = new Proxy(memberFunction, this);

  constructor(on: StandIn, siblings: Members, name: string) {
    this.#on = on;
    this.#siblings = siblings;
    this.#name = name;
  }

  apply(_function: unknown, _this: unknown, args: readonly unknown[]): unknown {
    return callMember(this.#on, this.#name, args);
  }

  get(_function: unknown, key: string | symbol): unknown {
    const own = promiseMember(key);
    if (own !== undefined) return own;
    if (typeof key === "string") return openMember(this, (this.#members ??= new Map()), key);
    return key === STAND_IN ? this : undefined;
  }

  has(_function: unknown, key: string | symbol): boolean {
    return promiseMember(key) !== undefined;
  }

  get owner(): ProxyOwner {
    return this.#on.owner;
  }

  get maker(): CallMaker {
    return this.#on.maker;
  }

  get view(): ViewSettings {
    return this.#on.view;
  }

  get lifetime(): Lifetime {
    return this;
  }

  get meaning(): PendingCall {
    return this.#read();
  }

  get callTarget(): CallTarget {
    return this.#read().callTarget;
  }

  get title(): string {
    return `member "${this.#name}"`;
  }

  asArgument(): unknown {
    return this.#read().asArgument();
  }

  get isReleased(): boolean {
    return this.#isReleased;
  }

  release(): void {
    this.#isReleased = true;
    this.#call?.release();
  }

  /** The call that reads the accessor. Whoever asks for it wants what it gives. */
  #read(): PendingCall {
    if (this.#call !== undefined) return this.#call;
    if (this.#siblings.get(this.#name) === this.proxy) this.#siblings.set(this.#name, undefined);
    const call = prepareCall(this.#on, { kind: "get", member: this.#name });
    call.proxy = this.proxy;
    if (this.#isReleased) call.release();
    return (this.#call = call);
  }
}

const handler: ProxyHandler<PendingCall> = {
  ...closedTraps,
  get(call, key) {
    const own = promiseMember(key);
    if (own !== undefined) return own;
    if (typeof key === "string") return openMember(call, (call.members ??= new Map()), key);
    return key === STAND_IN ? call : undefined;
  },
  set(call, key, value) {
    if (!notedByReact.has(key)) return closedTraps.set(call, key);
    (call.members ??= new Map()).set(key as string, value);
    return true;
  },
  has: (_call, key) => promiseMember(key) !== undefined,
  getPrototypeOf: () => Promise.prototype,
};

/** What all open members are proxies of: it makes them functions. */
const memberFunction = Object.assign((): void => undefined, {
  [INSPECT](this: unknown): string {
    return standInOf(this) === undefined ? "[member of a remote object]" : describeStandIn(this);
  },
});

/** React 19's `use(promise)` notes these on any promise; they stay here, in the place of the result's members. */
const notedByReact: ReadonlySet<string | symbol> = new Set(["status", "value", "reason", "_debugInfo"]);
