import { asyncDisposeSymbol, disposeSymbol } from "../session/dispose-symbols.js";
import type { ViewSettings } from "./call-options.js";
import { INSPECT, toPrimitive } from "./closed-traps.js";
import { HeldStandIn } from "./held-stand-in.js";
import { callMember } from "./pending-proxy.js";
import { describeStandIn, STAND_IN } from "./stand-in.js";

/** Behind the proxy of a function, which is a frozen function: `call`, `apply` and `bind` work as on any other. */
export class FunctionStandIn extends HeldStandIn {
  readonly proxy: object = frozenFunction(this);

  withView(view: ViewSettings): FunctionStandIn {
    const { owner, maker, callTarget, lifetime } = this;
    return new FunctionStandIn({ owner, maker, callTarget, lifetime, view });
  }
}

function frozenFunction(standIn: FunctionStandIn): object {
  const release = (): void => standIn.lifetime.release();
  const call = (...args: readonly unknown[]): unknown => callMember(standIn, "", args);
  // Not enumerable: a function's proxy has no keys either.
  Object.defineProperties(call, {
    [STAND_IN]: { value: standIn },
    [disposeSymbol]: { value: release },
    [asyncDisposeSymbol]: { value: async () => release() },
    [Symbol.toPrimitive]: { value: toPrimitive },
    [INSPECT]: { value: () => describeStandIn(standIn) },
    name: { value: "" },
  });
  return Object.freeze(call);
}
