import type { CallMaker, ImportedReference, ProxyFactory } from "../session/outbound-call.js";
import { FunctionStandIn } from "./function-stand-in.js";
import type { Held } from "./held-stand-in.js";
import { intercepting, type InterceptingOptions } from "./intercepting-maker.js";
import { ObjectStandIn } from "./object-stand-in.js";
import { shapeOf } from "./shape.js";
import { type ProxyOwner, standInOf } from "./stand-in.js";

/**
 * Makes the stand-ins of what one session's peer exports, and recognises those of all sessions.
 * @param owner whose they are; on a daemon, whoever hears of failures that nobody observed
 * @param interception how calls on them are intercepted, if they are
 */
export function proxyFactory(owner: ProxyOwner, interception?: InterceptingOptions): ProxyFactory {
  return new StandIns(owner, interception);
}

class StandIns implements ProxyFactory {
  readonly #owner: ProxyOwner;
  readonly #interception: InterceptingOptions | undefined;
  #intercepted: CallMaker | undefined;

  constructor(owner: ProxyOwner, interception: InterceptingOptions | undefined) {
    this.#owner = owner;
    this.#interception = interception;
  }

  create(reference: ImportedReference): object {
    const held: Held = {
      owner: this.#owner,
      maker: this.#makerOf(reference.session),
      callTarget: reference,
      view: {},
      lifetime: reference,
    };
    if (reference.kind === "function") return new FunctionStandIn(held).proxy;
    return new ObjectStandIn(held, shapeOf(reference.members ?? [])).proxy;
  }

  read(value: object): ReturnType<ProxyFactory["read"]> {
    return standInOf(value)?.meaning;
  }

  #makerOf(session: CallMaker): CallMaker {
    if (this.#interception === undefined) return session;
    return (this.#intercepted ??= intercepting(session, this.#interception));
  }
}
