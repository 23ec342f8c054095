import { CallError } from "../errors/hearthwire-error.js";
import type { InboundCall, InboundTarget } from "../session/call-handler.js";
import { isPromiseLike } from "../wire/after.js";

/**
 * Lets the calls to one target start in the order made (protocol.md section 6), however long each waits for an
 * authorizer, a schema or its instance. Nobody waits for another call's result.
 */
export class StartOrder {
  /** Made on first use: most calls never wait. */
  #turns: Map<InboundTarget, Promise<unknown>> | undefined;

  /** Runs a prepared call in its turn: at once when neither it nor an earlier one has to wait. */
  start<P>(call: InboundCall, prepared: P | Promise<P>, run: (prepared: P) => unknown): unknown {
    const earlier = this.#turns?.get(call.target);
    if (earlier === undefined && !isPromiseLike(prepared)) return run(prepared);

    const turns = (this.#turns ??= new Map());
    const started = Promise.all([prepared, earlier]).then(([ready]) => {
      if (call.signal.aborted) throw new CallError("HW_CANCELLED", "The call was given up before it could start");
      // Boxed, so that what waits for the start doesn't wait for the result.
      return [run(ready)] as const;
    });
    const turn = Promise.allSettled([started, earlier]).then(() => {
      if (turns.get(call.target) === turn) turns.delete(call.target);
    });
    turns.set(call.target, turn);
    return started.then(([result]) => result);
  }
}
