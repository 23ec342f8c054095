import type { AnyFunction, Constructor, MemberName } from "../objects/member-name.js";
import type { ValueTypes } from "./value-types.js";

// Brands: phantom, never present at run time.
declare const REMOTE: unique symbol;
declare const PIPELINED: unique symbol;
declare const STREAM_RESULT: unique symbol;
declare const BY_VALUE: unique symbol;
declare const MISTAKE: unique symbol;

/** Marks an object type that has functions but is sent as a plain value, with the functions as references. */
export type ByValue<T> = T & { readonly [BY_VALUE]?: true };

/** What every proxy carries in its type, so that `release` and the like accept proxies only and infer `T`. */
export interface RemoteBrand<out T = unknown> extends Disposable, AsyncDisposable {
  readonly [REMOTE]: T;
}

/** A proxy of whatever type. */
export type AnyRemote = RemoteBrand<unknown>;

/** A readable compile-time message in place of a type that can't cross the wire. */
export interface Unsendable<out Message extends string> {
  readonly [MISTAKE]: Message;
}

type IsAny<T> = 0 extends 1 & T ? true : false;
type Awaitable<T> = T | PromiseLike<T>;
type Primitive = string | number | bigint | boolean | null | undefined | void;
type TypedArray =
  | Uint8Array
  | Uint8ClampedArray
  | Uint16Array
  | Uint32Array
  | Int8Array
  | Int16Array
  | Int32Array
  | BigUint64Array
  | BigInt64Array
  | Float32Array
  | Float64Array;
type Builtin = Date | RegExp | URL | ArrayBuffer | DataView | TypedArray | Blob | AbortSignal;
type NeverSent = WeakMap<WeakKey, unknown> | WeakSet<WeakKey> | WeakRef<WeakKey> | SharedArrayBuffer | Promise<unknown>;
type NeverSentMessage = "hearthwire: symbols, promises inside values, Weak* and SharedArrayBuffer can't be sent";
type StreamLike<Y, R> = AsyncIterable<Y, R, never> | Generator<Y, R, never>;

/** An object type with a function among its members is a reference; one without is a value. */
type HasMethods<T> = true extends {
  [K in keyof T]-?: IsAny<T[K]> extends true
    ? false
    : [NonNullable<T[K]>] extends [never]
      ? false
      : NonNullable<T[K]> extends AnyFunction
        ? true
        : false;
}[keyof T]
  ? true
  : false;

/**
 * Values without references stay themselves: editors show `User`, and the checker has less to do. A type is one when it
 * is assignable to its own `PlainPart`, a comparison that recursive types end as well. Arrays are compared as what is indexed
 * by numbers, since a mapped array is made at once, of a recursive type without end.
 */
type IsPlain<T> = T extends PlainPart<T> ? true : false;
type PlainPart<T> = unknown extends T
  ? IsAny<T> extends true
    ? never
    : T
  : T extends Primitive | Date | URL
    ? T
    : T extends symbol | AnyFunction | Constructor
      ? never
      : T extends readonly unknown[]
        ? { readonly [index: number]: PlainPart<T[number]> }
        : { [K in keyof T]: PlainPart<T[K]> };

/**
 * What a value of type `T` is after it crossed the wire: values stay, functions and objects with methods become proxies.
 * Data is told apart first, by having no methods: it is the most of what is sent, and what follows is dear to check.
 */
export type Received<T> = unknown extends T
  ? unknown
  : T extends Primitive
    ? T
    : T extends symbol
      ? Unsendable<NeverSentMessage>
      : T extends { readonly [REMOTE]: unknown }
        ? T
        : T extends ValueTypes[keyof ValueTypes]
          ? T
          : T extends Constructor
            ? Unsendable<"hearthwire: a class can't be sent; send an instance">
            : T extends AnyFunction
              ? Remote<T>
              : T extends readonly unknown[]
                ? ReceivedList<T>
                : typeof BY_VALUE extends keyof T
                  ? { [K in keyof T as K extends typeof BY_VALUE ? never : K]: Received<T[K]> }
                  : HasMethods<T> extends true
                    ? ReceivedObject<T>
                    : T extends Error
                      ? T
                      : IsPlain<T> extends true
                        ? T
                        : { [K in keyof T]: Received<T[K]> };
type ReceivedObject<T> = T extends Builtin
  ? T
  : T extends ReadableStream<infer Y>
    ? ReadableStream<Received<Y>>
    : T extends WritableStream<infer W>
      ? WritableStream<Sent<W>>
      : T extends StreamLike<infer Y, infer R>
        ? RemoteStream<Received<Y>, Received<R>>
        : T extends ReadonlyMap<infer K, infer V>
          ? T extends Map<K, V>
            ? Map<Received<K>, Received<V>>
            : ReadonlyMap<Received<K>, Received<V>>
          : T extends ReadonlySet<infer V>
            ? T extends Set<V>
              ? Set<Received<V>>
              : ReadonlySet<Received<V>>
            : T extends NeverSent
              ? Unsendable<NeverSentMessage>
              : Remote<T>;
/** An array's type is written out because the checker then puts its elements off: they may hold the array again. */
type ReceivedList<T extends readonly unknown[]> =
  IsPlain<T> extends true
    ? T
    : T[number][] extends T
      ? Received<T[number]>[]
      : readonly T[number][] extends T
        ? readonly Received<T[number]>[]
        : { [K in keyof T]: Received<T[K]> };

/** What may be given where the other side expects `T`: callbacks and implementations may be sync or async. */
export type Sent<T> = unknown extends T
  ? unknown
  : T extends Primitive
    ? T
    : T extends symbol
      ? Unsendable<NeverSentMessage>
      : T extends { readonly [REMOTE]: infer X }
        ? Implementation<X>
        : T extends ValueTypes[keyof ValueTypes]
          ? T
          : T extends Constructor
            ? Unsendable<"hearthwire: a class can't be sent; send an instance">
            : T extends AnyFunction
              ? Implementation<T>
              : T extends readonly unknown[]
                ? SentList<T>
                : typeof BY_VALUE extends keyof T
                  ? { [K in keyof T as K extends typeof BY_VALUE ? never : K]: Sent<T[K]> }
                  : HasMethods<T> extends true
                    ? SentObject<T>
                    : T extends Error
                      ? T
                      : IsPlain<T> extends true
                        ? T
                        : { [K in keyof T]: Sent<T[K]> };
type SentObject<T> = T extends Builtin
  ? T
  : T extends ReadableStream<infer Y>
    ? ReadableStream<Sent<Y>> | GivenStream<Sent<Y>>
    : T extends WritableStream<infer W>
      ? WritableStream<Received<W>>
      : T extends AsyncIterable<infer Y>
        ? GivenStream<Sent<Y>> | ReadableStream<Sent<Y>>
        : T extends ReadonlyMap<infer K, infer V>
          ? ReadonlyMap<Sent<K>, Sent<V>>
          : T extends ReadonlySet<infer V>
            ? ReadonlySet<Sent<V>>
            : T extends NeverSent
              ? Unsendable<NeverSentMessage>
              : Implementation<T>;
type SentList<T extends readonly unknown[]> =
  IsPlain<T> extends true
    ? T
    : T[number][] extends T
      ? Sent<T[number]>[]
      : readonly T[number][] extends T
        ? readonly Sent<T[number]>[]
        : { [K in keyof T]: Sent<T[K]> };
/**
 * A local object or function that can stand where the peer expects `T`: `Remote<T>` does, and so does `T` itself unless
 * its methods take objects of classes, which reach them as proxies. What is declared `void` returns nothing or a promise of
 * it, since whatever it returned would travel.
 */
export type Implementation<T> = (T extends AnyFunction ? ImplementedCall<T> : unknown) & {
  [K in keyof T as K extends MemberName<T> ? K : never]: NonNullable<T[K]> extends AnyFunction
    ? ImplementedCall<NonNullable<T[K]>>
    : Awaitable<Sent<T[K]>>;
};
type ImplementedCall<F> = F extends (...args: infer A) => infer R
  ? (...args: { [I in keyof A]: Received<A[I]> }) => Awaitable<R extends void ? void : Sent<Awaited<R>>>
  : never;

/** A local stand-in for a remote `T`: methods return promises, accessors are promises, nothing else is there. */
export type Remote<T> = RemoteBrand<T> & RemoteMembers<T> & RemoteCallable<T>;
type RemoteCallable<T> =
  IsAny<T> extends true
    ? unknown
    : T extends Constructor
      ? Unsendable<"hearthwire: Remote<typeof Class>: give the instance type, Remote<Class>">
      : T extends AnyFunction
        ? RemoteCall<T>
        : unknown;

/** What `connect` without a type argument gives: any member, results `unknown`. */
export interface UntypedObject {
  [member: string]: (...args: unknown[]) => unknown;
}

type RemoteMembers<T> = { readonly [K in keyof T as K extends MemberName<T> ? K : never]: RemoteMember<T[K]> };
type RemoteMember<M> =
  IsAny<M> extends true
    ? RemotePromise<unknown> & ((...args: unknown[]) => RemotePromise<unknown>)
    : [M] extends [never]
      ? RemotePromise<never>
      : [NonNullable<M>] extends [AnyFunction]
        ? RemoteCall<NonNullable<M>> | Extract<M, undefined>
        : RemotePromise<M>;

/**
 * Up to four overloads keep their order; type parameters fall back to their constraints. The single signature comes
 * first because it is much cheaper: four patterns on every member take the checker six times as long (measured).
 */
type RemoteCall<F> = F extends (...a: infer A) => infer R
  ? ((...a: A) => R) extends F
    ? Signature<A, R>
    : Overloads<F>
  : never;
type Overloads<F> = F extends {
  (...a: infer A1): infer R1;
  (...a: infer A2): infer R2;
  (...a: infer A3): infer R3;
  (...a: infer A4): infer R4;
}
  ? Signature<A1, R1> & Signature<A2, R2> & Signature<A3, R3> & Signature<A4, R4>
  : never;
type Signature<A, R> = A extends readonly unknown[]
  ? (...args: { [I in keyof A]: Given<A[I]> }) => RemotePromise<Awaited<R>>
  : unknown;
/** What can't be sent stands by itself, or errors would name `Argument<WeakMap<...>>` and not say why. */
type Given<T> = [Sent<T>] extends [Unsendable<string>] ? Sent<T> : Argument<T>;

/** An argument, or the not yet awaited result of another call of the same connection. */
export type Argument<T> = Sent<T> | PassedOn<Received<T>>;

/** What the result of a call that gives a stream is no argument for. */
interface NoStreamResult {
  readonly [STREAM_RESULT]?: Unsendable<"hearthwire: a stream is read by its caller; await it first, then pass it on">;
}
interface GivenStream<Y> extends AsyncIterable<Y>, NoStreamResult {}
interface PassedOn<out T> extends Pipelined<T>, NoStreamResult {}
/** Marks the result of a call that gives a stream. */
interface StreamResult {
  readonly [STREAM_RESULT]: true;
}

/** Something that will be a `T` on the other side, usable before it is. */
export interface Pipelined<out T> {
  readonly [PIPELINED]: T;
}
/** A promise of a result that can be an argument of other calls; exported because declarations of programs name it. */
export interface Pending<T> extends Promise<T>, Pipelined<T> {}

/** A promise of the result that can already be used: call its members, iterate it, pass it on, all in one round trip. */
export type RemotePromise<T> = Pending<Received<T>> & Pipeline<T>;
type Pipeline<T> = [T] extends [never]
  ? unknown
  : unknown extends T
    ? unknown
    : T extends Primitive | AnyFunction | readonly unknown[] | ValueTypes[keyof ValueTypes]
      ? unknown
      : T extends { readonly [REMOTE]: infer X }
        ? PipelineMembers<X>
        : typeof BY_VALUE extends keyof T
          ? unknown
          : HasMethods<T> extends true
            ? PipelineObject<T>
            : unknown;
type PipelineObject<T> = T extends Builtin | ReadonlyMap<unknown, unknown> | ReadonlySet<unknown>
  ? unknown
  : T extends ReadableStream<infer Y>
    ? AsyncIterable<Received<Y>> & StreamResult
    : T extends StreamLike<infer Y, infer R>
      ? AsyncIterable<Received<Y>, Received<R>, void> & AsyncDisposable & StreamResult
      : PipelineMembers<T>;
type PipelineMembers<T> = {
  readonly [K in keyof T as K extends Exclude<MemberName<T>, "catch" | "finally"> ? K : never]: RemoteMember<T[K]>;
} & Disposable &
  AsyncDisposable;
/** What `connect` returns: await it for the proxy, or use it at once. */
export type Connecting<T> = Pending<Remote<T>> & PipelineMembers<T>;

/** A remote stream: iterate it; leaving the loop ends the producer; the generator's return value is the final `value`. */
export interface RemoteStream<Y, R = void> extends AsyncIterableIterator<Y, R, void>, AsyncDisposable {
  return(value?: R): Promise<IteratorResult<Y, R>>;
  throw(reason?: unknown): Promise<IteratorResult<Y, R>>;
}

/** Methods only, sent without an answer. */
export type OneWay<T> = {
  readonly [
    K in keyof T as K extends MemberName<T> ? (NonNullable<T[K]> extends AnyFunction ? K : never) : never
  ]: OneWayCall<NonNullable<T[K]>>;
} & (T extends AnyFunction ? OneWayCall<T> : unknown);
type OneWayCall<F> = F extends (...a: infer A) => infer R
  ? ((...a: A) => R) extends F
    ? OneWaySignature<A>
    : F extends {
          (...a: infer A1): unknown;
          (...a: infer A2): unknown;
          (...a: infer A3): unknown;
          (...a: infer A4): unknown;
        }
      ? OneWaySignature<A1> & OneWaySignature<A2> & OneWaySignature<A3> & OneWaySignature<A4>
      : never
  : never;
type OneWaySignature<A> = A extends readonly unknown[]
  ? (...args: { [I in keyof A]: Argument<A[I]> }) => void
  : unknown;

/** Accessors that can be written, and what may be written. */
export type Writable<T> = {
  [
    K in keyof T as K extends MemberName<T>
      ? NonNullable<T[K]> extends AnyFunction
        ? never
        : IsReadonly<T, K> extends true
          ? never
          : K
      : never
  ]: Sent<T[K]>;
};
type IsReadonly<T, K extends keyof T> =
  (<G>() => G extends Pick<T, K> ? 1 : 2) extends <G>() => G extends {
    -readonly [P in keyof Pick<T, K>]: Pick<T, K>[P];
  }
    ? 1
    : 2
    ? false
    : true;
