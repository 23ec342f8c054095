import { asyncDisposeSymbol, disposeSymbol } from "../session/dispose-symbols.js";
import { closedTraps, toPrimitive } from "./closed-traps.js";
import { isNeverMember } from "./never-member.js";
import { makeCall, PendingCall } from "./pending-call.js";
import { PendingIterator } from "./pending-iterator.js";
import { STAND_IN, type StandIn, standInOf } from "./stand-in.js";

type OnFulfilled = ((value: unknown) => unknown) | null | undefined;
type OnRejected = ((error: unknown) => unknown) | null | undefined;

/** The promise that users get of a call: one handler serves all, `this` tells the functions below which call it is. */
export function pendingProxy(call: PendingCall): object {
  if (call.proxy === call) call.proxy = new Proxy(call, handler);
  return call.proxy;
}

/** Calls a member: what users get of it, which is nothing when the view is one-way. */
export function callMember(on: StandIn, member: string, args: readonly unknown[]): object | undefined {
  const call = makeCall(on, { kind: "call", member, args });
  return on.view.isOneway === true ? undefined : pendingProxy(call);
}

/**
 * A member of an object whose members are not known yet: a function, and a promise of the accessor's value, which is
 * read each time that somebody wants it. It has no remote members itself: `proxy.a.b()` is no call.
 */
export function openMember(on: StandIn, members: Map<string, unknown>, name: string): unknown {
  const known = members.get(name);
  if (known !== undefined || isNeverMember(name)) return known;
  const call = (...args: readonly unknown[]): unknown => callMember(on, name, args);
  const member: object = Object.setPrototypeOf(call, memberPrototype) as object;
  Object.defineProperty(member, READ, { value: () => makeCall(on, { kind: "get", member: name }) });
  members.set(name, member);
  return member;
}

/** Under this key an open member reads its accessor. */
const READ: unique symbol = Symbol("hearthwire.read");

interface OpenMember {
  readonly [READ]: () => PendingCall;
}

const memberPrototype: object = Object.create(Function.prototype, {
  then: {
    value(this: OpenMember, onFulfilled: OnFulfilled, onRejected: OnRejected) {
      return this[READ]().promise().then(onFulfilled, onRejected);
    },
  },
  catch: {
    value(this: OpenMember, onRejected: OnRejected) {
      return this[READ]().promise().catch(onRejected);
    },
  },
  finally: {
    value(this: OpenMember, onFinally: () => void) {
      return this[READ]().promise().finally(onFinally);
    },
  },
  [Symbol.asyncIterator]: {
    value(this: OpenMember) {
      return new PendingIterator(this[READ]());
    },
  },
});

const handler: ProxyHandler<PendingCall> = {
  ...closedTraps,
  get(call, key) {
    if (key === "then") return then;
    if (typeof key === "string") return memberOf(call, key);
    return key === STAND_IN ? call : symbols[key as keyof typeof symbols];
  },
  set(call, key, value) {
    if (!notedByReact.has(key)) return closedTraps.set(call, key);
    (call.members ??= new Map()).set(key as string, value);
    return true;
  },
  has: (_call, key) => promiseMembers.has(key) || Object.hasOwn(symbols, key),
  getPrototypeOf: () => Promise.prototype,
};

/** React 19's `use(promise)` notes these on any promise; they stay here, in the place of the result's members. */
const notedByReact: ReadonlySet<string | symbol> = new Set(["status", "value", "reason", "_debugInfo"]);

const promiseMembers: ReadonlySet<string | symbol> = new Set(["then", "catch", "finally"]);

function memberOf(call: PendingCall, name: string): unknown {
  if (name === "catch") return catchError;
  if (name === "finally") return settled;
  return openMember(call, (call.members ??= new Map()), name);
}

function then(this: unknown, onFulfilled: OnFulfilled, onRejected: OnRejected): Promise<unknown> {
  return callOf(this).promise().then(onFulfilled, onRejected);
}

function catchError(this: unknown, onRejected: OnRejected): Promise<unknown> {
  return callOf(this).promise().catch(onRejected);
}

function settled(this: unknown, onFinally: (() => void) | undefined): Promise<unknown> {
  return callOf(this).promise().finally(onFinally);
}

const symbols = {
  [Symbol.asyncIterator](this: unknown): PendingIterator {
    return new PendingIterator(callOf(this));
  },
  [disposeSymbol](this: unknown): void {
    callOf(this).lifetime.release();
  },
  async [asyncDisposeSymbol](this: unknown): Promise<void> {
    callOf(this).lifetime.release();
  },
  [Symbol.toPrimitive]: toPrimitive,
};

function callOf(proxy: unknown): PendingCall {
  const call = standInOf(proxy);
  if (call instanceof PendingCall) return call;
  throw new TypeError("a promise's method was called on something that is no pending call");
}
