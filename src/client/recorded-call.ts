import type { MemberName } from "../objects/member-name.js";
import type { CallOptions } from "./call-options.js";
import type { Received, Sent } from "./remote.js";

declare const RECORDED: unique symbol;

type AnyFunction = (...args: never[]) => unknown;

/** A call written down in a batch, and the type of its result. There is no result to use before the batch has run. */
export interface RecordedCall<out R> {
  readonly [RECORDED]: R;
}

/** The recorder that `batch` hands to its callback: the methods of the object, which are only written down. */
export type BatchRecorder<T> = {
  readonly [
    K in keyof T as K extends MemberName<T> ? (NonNullable<T[K]> extends AnyFunction ? K : never) : never
  ]: NonNullable<T[K]> extends (...a: infer A) => infer R
    ? (...args: { [I in keyof A]: Sent<A[I]> }) => RecordedCall<Awaited<R>>
    : never;
};

/** The results of recorded calls, in their order. */
export type BatchResults<C extends readonly unknown[]> = {
  -readonly [I in keyof C]: C[I] extends RecordedCall<infer R> ? Received<R> : never;
};

/** What became of recorded calls, in their order. */
export type BatchOutcomes<C extends readonly unknown[]> = {
  -readonly [I in keyof C]: C[I] extends RecordedCall<infer R> ? PromiseSettledResult<Received<R>> : never;
};

/** How the calls of a batch are made; `timeoutMs` and `signal` are for the batch as a whole. */
export interface BatchOptions extends Omit<CallOptions, "onAnswer"> {}
