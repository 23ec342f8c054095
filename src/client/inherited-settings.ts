import { currentContext } from "../objects/call-context.js";
import { RunningCall } from "../objects/running-call.js";
import type { CallKind, CallPredecessor } from "../session/outbound-call.js";
import type { ViewSettings } from "./call-options.js";
import { correlated } from "./correlation-id.js";

/**
 * How a call is made by a view: as the view says, and within what is left of the call of a peer that is running here.
 * That one passes on its deadline, its cancellation, its correlation id and its traceparent; never its annotations,
 * which were meant for this side and may be secrets. Once it was answered, the ids alone. A connection that is opened
 * meanwhile is the program's, and inherits nothing.
 */
export function inheritedSettings(
  view: ViewSettings,
  { after, kind }: { readonly after?: CallPredecessor | undefined; readonly kind: CallKind },
): ViewSettings {
  const outer = currentContext();
  if (outer === undefined && after === undefined) return correlated(view);
  if (!(outer instanceof RunningCall) || kind === "look") return { ...correlated(view), after };
  return {
    ...view,
    correlationId: view.correlationId ?? outer.correlationId,
    traceparent: view.traceparent ?? outer.traceparent,
    atMostMs: outer.remainingMs,
    scope: outer.scope,
    after,
  };
}
