import { discardStream, isStreamable } from "../session/stream-source.js";
import type { Clock } from "../session/clock.js";
import { runInContext } from "./call-context.js";
import { exposureOf } from "./exposure.js";
import { type InterceptedCall, type Interceptor, type Passage } from "./interceptor.js";
import { bindGenerator, invoke, type Invocation } from "./invoke.js";
import { interceptedCall, passThrough } from "./pass-through.js";

export interface InterceptionOptions {
  readonly interceptors: readonly Interceptor[];
  readonly clock: Clock;
}

/** Runs a call through interceptors, inside its context. The innermost `next` is `invoke`, each time that it is called. */
export function invokeIntercepted(invocation: Invocation, options: InterceptionOptions): Promise<unknown> {
  return new InvocationPassage(invocation, options).run();
}

class InvocationPassage implements Passage {
  readonly interceptors: readonly Interceptor[];
  readonly #invocation: Invocation;
  readonly #seen: InterceptedCall;
  /** A call that has just started was not given up yet; asking would cost it an AbortController. */
  #isStarting = true;
  #isSettled = false;
  #produced: unknown;

  constructor(invocation: Invocation, { interceptors, clock }: InterceptionOptions) {
    const { call, args, context, relay, member } = invocation;
    const { kind, deadlineAtMs = Infinity } = call;
    const { object, annotations, traceparent, remoteAddress: peer } = context;
    const isRelayed = relay !== undefined;
    const isIdempotent = kind === "get" || (kind === "call" && member.isIdempotent);
    const facts = { kind, object, member: member.name, args, annotations, traceparent, peer, isRelayed };
    this.#invocation = invocation;
    this.interceptors = interceptors;
    this.#seen = interceptedCall({ side: "server", ...facts, isIdempotent, clock, deadlineAtMs }, call);
  }

  get isOver(): boolean {
    return this.#isSettled || (!this.#isStarting && this.#invocation.call.signal.aborted);
  }

  async run(): Promise<unknown> {
    const { context } = this.#invocation;
    try {
      const passed = runInContext(context, () => passThrough(this, this.#seen));
      this.#isStarting = false;
      const result = await passed;
      // What `invoke` gave is bound already.
      return result === this.#produced ? result : bindGenerator(result, context);
    } catch (error) {
      this.#discardProduced();
      throw error;
    } finally {
      this.#isSettled = true;
    }
  }

  /** A stream whose interceptor failed is read by nobody. */
  #discardProduced(): void {
    const produced = this.#produced;
    if (typeof produced !== "object" || produced === null || exposureOf(produced) !== undefined) return;
    if (isStreamable(produced)) discardStream(produced);
  }

  async proceed({ args, annotations, traceparent }: InterceptedCall): Promise<unknown> {
    const { context } = this.#invocation;
    const isSame = annotations === this.#seen.annotations && traceparent === this.#seen.traceparent;
    this.#produced = await invoke({
      ...this.#invocation,
      args,
      context: isSame ? context : context.with({ annotations, traceparent }),
    });
    return this.#produced;
  }
}
