import { neverMade } from "../errors/of-call.js";
import { rejectWhereAwaited } from "../errors/reject-where-awaited.js";
import { asyncDisposeSymbol } from "../session/dispose-symbols.js";
import { CALLED_ON, notRemote, sessionOver } from "../session/call-errors.js";
import type { Annotations } from "../session/call-handler.js";
import {
  type CallKind,
  type CallMaker,
  type CallPredecessor,
  type CallTarget,
  OutboundCall,
} from "../session/outbound-call.js";
import type { ViewSettings } from "./call-options.js";
import { INSPECT } from "./closed-traps.js";
import { inheritedSettings } from "./inherited-settings.js";
import type { Shape } from "./shape.js";
import {
  describeStandIn,
  type Lifetime,
  objectName,
  type ProxyOwner,
  releasedError,
  type StandIn,
  standInOf,
} from "./stand-in.js";

const NO_ARGUMENTS: readonly unknown[] = Object.freeze([]);

/** One call as its stand-in is asked for it. */
export interface CallRequest {
  readonly kind: CallKind;
  readonly member: string;
  readonly args?: readonly unknown[] | undefined;
  /** Starts after another one. */
  readonly after?: CallPredecessor | undefined;
}

/** What a call is made on. */
export type CalledOn = Pick<StandIn, "owner" | "maker" | "callTarget" | "view" | "lifetime" | "shape">;

/** What stands between a call and the session, when interceptors do. */
export interface Interception {
  /** The call that was made last in the place of the program's own. */
  readonly inner: OutboundCall | undefined;
}

/**
 * A call and what becomes of it; with a proxy around it, it is the promise that users get. A native promise is made only
 * when somebody asks for it.
 *
 * A failure that nobody has observed two microtasks later (by `then`, `catch`, `finally`, or by using the result in
 * another call) is told to the owner and never becomes an unhandled rejection. Two, because `await` calls `then` one
 * microtask late. A promise that the program derives by `then` is the program's own.
 */
export class PendingCall extends OutboundCall implements StandIn, Lifetime {
  /** Whose promise is being made: one executor serves all calls, so that none costs a closure. */
  static #making: PendingCall | undefined;
  static readonly #takeResolve = (resolve: (value: unknown) => void): void => {
    const call = PendingCall.#making!;
    // Kept, it would hold its result, and a proxy that nobody uses would not be collected.
    PendingCall.#making = undefined;
    call.#resolve = resolve;
  };

  readonly owner: ProxyOwner;
  readonly maker: CallMaker;
  readonly #view: ViewSettings;
  /** Until its outcome is known. */
  #on: CalledOn | undefined;
  /** `prepared` until somebody wants the result. */
  #state: "prepared" | "pending" | "succeeded" | "failed" = "prepared";
  #outcome: unknown;
  #isObserved = false;
  #isReleased = false;
  #promise: Promise<unknown> | undefined;
  #resolve: ((value: unknown) => void) | undefined;
  /** The call itself until a proxy is put around it; one-way calls need none. */
  proxy: object = this;
  /** Members of the result that were asked for. */
  members: Map<string, unknown> | undefined;
  /** Set by interceptors, which make another call in its place. */
  interception: Interception | undefined;

  /** @param on whose call it is: owner, maker and settings are its own */
  constructor(on: CalledOn, target: CallTarget, request: CallRequest) {
    super(request.kind, target, request.member, request.args, inheritedSettings(on.view, request));
    this.owner = on.owner;
    this.maker = on.maker;
    this.#view = on.view;
    this.#on = on;
  }

  override get isIdempotent(): boolean {
    return super.isIdempotent || this.#on?.shape?.get(this.member)?.[2] === 1;
  }

  /** Of the result, once it is there. */
  get shape(): Shape | undefined {
    return this.#state === "succeeded" ? standInOf(this.#outcome)?.shape : undefined;
  }

  /** Members of the result are called as the call itself was. */
  get view(): ViewSettings {
    return this.#view;
  }

  get lifetime(): Lifetime {
    return this;
  }

  get meaning(): StandIn["meaning"] {
    return this.interception?.inner ?? this;
  }

  /** The call itself while it is pending, afterwards what it resulted in. @throws what it failed with */
  get callTarget(): CallTarget {
    if (!this.#hasSucceeded()) return this;
    const result = standInOf(this.#outcome);
    if (result !== undefined) return result.callTarget;
    throw notRemote({ member: this.member, value: this.#outcome }, { delivery: "not-sent" });
  }

  asArgument(): unknown {
    return this.#hasSucceeded() ? this.#outcome : this.proxy;
  }

  /** Makes the call, once. What the session refuses at once fails it like everything else. */
  begin(): this {
    if (this.#state !== "prepared") return this;
    this.#state = "pending";
    try {
      const { target } = this;
      if (this.#on?.lifetime.isReleased === true) throw releasedError(this);
      // The connection may have gone on to another session.
      if (typeof target !== "string" && !(target instanceof OutboundCall) && target.isGone)
        throw sessionOver(CALLED_ON);
      this.maker.call(this);
    } catch (error) {
      this.#refuse(error);
    }
    return this;
  }

  /** Fails it before it was begun. */
  preclude(error: unknown): this {
    this.#state = "pending";
    this.#refuse(error);
    return this;
  }

  /** The native promise of the result. */
  promise(): Promise<unknown> {
    this.observe();
    return (this.#promise ??= this.#makePromise());
  }

  succeed(value: unknown, annotations: Annotations | undefined): void {
    if (this.#state !== "pending") return;
    this.#state = "succeeded";
    this.#letGo();
    this.#outcome = value;
    this.#tellAnswer(annotations);
    if (this.#isReleased) releaseResult(value);
    this.#resolve?.(value);
  }

  fail(error: unknown, annotations: Annotations | undefined): void {
    if (this.#state !== "pending") return;
    this.#state = "failed";
    this.#letGo();
    this.#outcome = error;
    this.#tellAnswer(annotations);
    if (this.#resolve !== undefined) this.#resolve(rejectWhereAwaited(error));
    else if (!this.#isObserved) queueMicrotask(() => queueMicrotask(() => this.#tellIfUnobserved()));
  }

  get isReleased(): boolean {
    return this.#isReleased;
  }

  /** Gives the result back, now or when it comes. */
  release(): void {
    if (this.#isReleased) return;
    this.#isReleased = true;
    if (this.#state === "succeeded") releaseResult(this.#outcome);
  }

  [INSPECT](): string {
    return describeStandIn(this);
  }

  override observe(): void {
    this.begin();
    this.#isObserved = true;
  }

  /** A program that walks from result to result, or passes each on to the next call, holds the last alone. */
  #letGo(): void {
    if (typeof this.target !== "string") this.target = "";
    this.args = NO_ARGUMENTS;
    this.#on = undefined;
  }

  /** It never was a call of the session. */
  #refuse(error: unknown): void {
    const { target, member, maker } = this;
    this.fail(neverMade(error, { object: objectName(target), member, peer: maker.peer, elapsedMs: 0 }), undefined);
  }

  /** Another call is about to use the result. @throws what this call failed with */
  #hasSucceeded(): boolean {
    this.observe();
    if (this.#state === "failed") throw this.#outcome;
    return this.#state === "succeeded";
  }

  #makePromise(): Promise<unknown> {
    if (this.#state === "succeeded") return Promise.resolve(this.#outcome);
    if (this.#state === "failed") return rejectWhereAwaited(this.#outcome);
    PendingCall.#making = this;
    return new Promise(PendingCall.#takeResolve);
  }

  #tellIfUnobserved(): void {
    if (this.#isObserved) return;
    const error = this.#outcome;
    const where = { object: objectName(this.target), member: this.member };
    this.owner.unobserved(
      error instanceof Error ? error : new Error("the call failed with a value that is no error", { cause: error }),
      where,
    );
  }

  #tellAnswer(annotations: Annotations | undefined): void {
    const { onAnswer } = this.#view;
    if (onAnswer === undefined) return;
    try {
      onAnswer({ annotations: annotations ?? {}, correlationId: this.settings.correlationId ?? "" });
    } catch (error) {
      console.error('hearthwire: "onAnswer" threw', error);
    }
  }
}

/** Makes a call on what a stand-in stands for. Whatever is wrong fails the call; nothing is thrown. */
export function makeCall(on: CalledOn, request: CallRequest): PendingCall {
  return prepareCall(on, request).begin();
}

/** The same, begun when somebody wants its result. */
export function prepareCall(on: CalledOn, request: CallRequest): PendingCall {
  try {
    const isPlain = request.args?.some(isStandingIn) !== true;
    return new PendingCall(on, on.callTarget, isPlain ? request : { ...request, args: request.args?.map(asArgument) });
  } catch (error) {
    return new PendingCall(on, "", request).preclude(error);
  }
}

function isStandingIn(value: unknown): boolean {
  return standInOf(value)?.asArgument !== undefined;
}

function asArgument(value: unknown): unknown {
  const standIn = standInOf(value);
  return standIn?.asArgument === undefined ? value : standIn.asArgument();
}

/** Gives back a result that nobody wants: a reference, or a stream. */
function releaseResult(result: unknown): void {
  const standIn = standInOf(result);
  if (standIn !== undefined) standIn.lifetime.release();
  else if (typeof result === "object" && result !== null && asyncDisposeSymbol in result) {
    (result as AsyncDisposable)[asyncDisposeSymbol]().then(undefined, () => undefined);
  }
}
