import { notRemote } from "./call-errors.js";
import type { InboundCallRecord } from "./inbound-call.js";
import { placeResults } from "./place-results.js";
import { type ResultContext, resultAsTarget } from "./result-as-target.js";
import { discardStream, isStreamable } from "./stream-source.js";

/** What becomes of the results of the peer's calls besides being answered: later calls use them, or nobody does. */
export class CallResults {
  readonly #options: ResultContext;

  constructor(options: ResultContext) {
    this.#options = options;
  }

  /** Puts the results that a call waited for in their places. @throws CallError `HW_NOT_REMOTE` */
  putInto(call: InboundCallRecord): void {
    const { targetCall, argumentCalls, pendingResults: count } = call;
    if (targetCall !== undefined) {
      const target = resultAsTarget(targetCall.value, this.#options);
      if (target === undefined) throw notRemote(targetCall);
      call.target = target;
    }
    const isByReference = this.#isByReference;
    if (argumentCalls !== undefined) call.args = placeResults(call.args, { count, isByReference });
    call.readStreams();
    call.targetCall = call.argumentCalls = call.previousCall = call.brought = undefined;
  }

  /** A generator or stream that nobody will read ends. */
  discard(value: unknown): void {
    const { handler, proxies } = this.#options;
    if (!isObject(value) || typeof value === "function" || proxies.read(value) !== undefined) return;
    if (isStreamable(value) && !handler.isExposed(value)) discardStream(value);
  }

  readonly #isByReference = (value: object): boolean =>
    this.#options.proxies.read(value) !== undefined || this.#options.handler.isExposed(value);
}

function isObject(value: unknown): value is object {
  return (typeof value === "object" && value !== null) || typeof value === "function";
}
