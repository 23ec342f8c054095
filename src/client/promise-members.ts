import { asyncDisposeSymbol, disposeSymbol } from "../session/dispose-symbols.js";
import { toPrimitive } from "./closed-traps.js";
import { PendingCall } from "./pending-call.js";
import { PendingIterator } from "./pending-iterator.js";
import { standInOf } from "./stand-in.js";

type OnFulfilled = ((value: unknown) => unknown) | null | undefined;
type OnRejected = ((error: unknown) => unknown) | null | undefined;

/** What the promise of a result has itself, whatever the result's members are; `this` tells which promise it is. */
export function promiseMember(key: string | symbol): unknown {
  if (key === "then") return then;
  if (typeof key !== "string") return symbols[key as keyof typeof symbols];
  if (key === "catch") return catchError;
  return key === "finally" ? settled : undefined;
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
    standInOf(this)?.lifetime.release();
  },
  async [asyncDisposeSymbol](this: unknown): Promise<void> {
    standInOf(this)?.lifetime.release();
  },
  [Symbol.toPrimitive]: toPrimitive,
};

function callOf(proxy: unknown): PendingCall {
  const standIn = standInOf(proxy);
  // What `connect` gives means the object; an open member means the call that reads it.
  const call = standIn instanceof PendingCall ? standIn : standIn?.meaning;
  if (call instanceof PendingCall) return call;
  throw new TypeError("a promise's method was called on something that is no pending call");
}
