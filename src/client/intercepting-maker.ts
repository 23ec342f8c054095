import { ConnectionError } from "../errors/hearthwire-error.js";
import type { Interceptor } from "../objects/interceptor.js";
import type { Clock } from "../session/clock.js";
import { Deadlines } from "../session/deadlines.js";
import type { CallMaker, OutboundCall } from "../session/outbound-call.js";
import { WorkList } from "../session/work-list.js";
import { type Attempt, CallPassage, type PassageHost } from "./call-passage.js";
import { PendingCall } from "./pending-call.js";

/** How calls are intercepted. */
export interface InterceptingOptions {
  readonly interceptors: readonly Interceptor[] | undefined;
  readonly clock: Clock;
  /** Deadline of calls that say nothing of theirs, in ms; 0 = none. */
  readonly defaultTimeoutMs: number;
}

/** Lets the calls that a maker is given pass through interceptors; without any it is the maker itself. */
export function intercepting(maker: CallMaker, options: InterceptingOptions): CallMaker {
  const { interceptors = [], clock, defaultTimeoutMs } = options;
  if (interceptors.length === 0) return maker;
  return new InterceptingMaker({ maker, interceptors, clock, defaultTimeoutMs });
}

class InterceptingMaker implements CallMaker {
  readonly #host: PassageHost;

  constructor(facts: Pick<PassageHost, "maker" | "interceptors" | "clock" | "defaultTimeoutMs">) {
    this.#host = {
      ...facts,
      deadlines: new Deadlines(facts.clock),
      unblocked: new WorkList<Attempt>((attempt) => attempt.run()),
      open: new Set(),
      closed: undefined,
    };
    void facts.maker.ended.then((reason) => this.#end(reason));
  }

  get ended(): Promise<Error | undefined> {
    return this.#host.maker.ended;
  }

  get peer(): string | undefined {
    return this.#host.maker.peer;
  }

  call(call: OutboundCall): void {
    // What `connect` asks is no call of the program.
    if (call.kind === "look" || !(call instanceof PendingCall)) this.#host.maker.call(call);
    else new CallPassage(this.#host, { outer: call, kind: call.kind }).begin();
  }

  #end(reason: Error | undefined): void {
    const { open, maker, deadlines } = this.#host;
    const message = `the connection to ${maker.peer ?? "the peer"} is closed`;
    const closed = reason ?? new ConnectionError("HW_CONNECTION_CLOSED", message);
    this.#host.closed = closed;
    if (open.size === 0) deadlines.clear();
    for (const passage of open) passage.lineEnded(closed);
  }
}
