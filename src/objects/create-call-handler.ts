import { CallError } from "../errors/hearthwire-error.js";
import type { CallHandler, InboundCall, InboundTarget } from "../session/call-handler.js";
import { systemClock } from "../session/clock.js";
import type { ToldMember } from "../wire/message.js";
import { Access } from "./access.js";
import { after, isPromiseLike } from "../wire/after.js";
import type { CallHandlerOptions } from "./call-handler-options.js";
import type { Member } from "./member.js";
import { checkUse } from "./check-use.js";
import { InstanceScope, makeInstance } from "./instance-scope.js";
import { InstancesOfClass } from "./instances-of.js";
import { type InterceptionOptions, invokeIntercepted } from "./intercept-invocation.js";
import { invoke, type Invocation } from "./invoke.js";
import { ObjectRegistry } from "./object-registry.js";
import { noSuchMember, noSuchObject } from "./refusal.js";
import { RunningCall } from "./running-call.js";
import { referencedObject, type ServedObject } from "./served-object.js";
import { SessionResources } from "./session-resources.js";
import { StartOrder } from "./start-order.js";
import { validateArguments } from "./validate-arguments.js";

export interface ServingCallHandler extends CallHandler {
  /** Ends what was tracked until the session's end, and its instances. Never rejects. */
  dispose(): Promise<void>;
}

/** Serves one session's calls: finds the object and the member, asks who may, makes instances, runs the call. */
export function createCallHandler(options: CallHandlerOptions): ServingCallHandler {
  return new ObjectCallHandler(options);
}

/** A call, and what it asks for as far as that is there. */
interface Sought {
  readonly call: InboundCall;
  readonly served: ServedObject | undefined;
  readonly member: Member | undefined;
}

class ObjectCallHandler implements ServingCallHandler {
  readonly #options: CallHandlerOptions;
  /** A client's, which serves nothing by name, is made on first use. */
  #ownRegistry: ObjectRegistry | undefined;
  readonly #access: Access;
  readonly #order = new StartOrder();
  /** Undefined when there are none, so that calls pay nothing for them. */
  readonly #interception: InterceptionOptions | undefined;
  readonly #instances = new InstanceScope();
  readonly #resources: SessionResources;
  /** The principal whose shared instances this session uses. */
  #entered: { readonly principalId: string; readonly scope: InstanceScope } | undefined;
  #isDisposed = false;

  constructor(options: CallHandlerOptions) {
    this.#options = options;
    this.#access = new Access(options);
    this.#resources = new SessionResources(options.unobserved);
    const { interceptors = [], clock = systemClock } = options;
    this.#interception = interceptors.length === 0 ? undefined : { interceptors, clock };
  }

  get #registry(): ObjectRegistry {
    return this.#options.registry ?? (this.#ownRegistry ??= new ObjectRegistry());
  }

  run(call: InboundCall): unknown {
    const served = this.#resolve(call.target);
    const member = served?.table.get(call.member);
    const sought: Sought = { call, served, member };
    const isPermitted = this.#access.permits(idOf(call.target, served), call.member);
    const prepared = isPromiseLike(isPermitted)
      ? this.#admitLater(isPermitted, sought)
      : this.#admit(isPermitted, sought);
    return this.#order.start(call, prepared, this.#invoke);
  }

  readonly #invoke = (invocation: Invocation): unknown => {
    if (invocation.member.kind === "oneway" && !invocation.call.isOneway) invocation.call.answerEarly();
    return this.#interception === undefined ? invoke(invocation) : invokeIntercepted(invocation, this.#interception);
  };

  #admit(isPermitted: boolean, { call, served, member }: Sought): Invocation | Promise<Invocation> {
    const isThere = isPermitted && served !== undefined && member !== undefined;
    return isThere ? this.#prepare(served, member, call) : this.#refuse(served, call);
  }

  /** Apart, so that calls which wait for nothing cost no closure. */
  #admitLater(isPermitted: Promise<boolean>, sought: Sought): Promise<Invocation> {
    return isPermitted.then((answer) => this.#admit(answer, sought));
  }

  members(target: InboundTarget, isDetailed?: boolean): readonly ToldMember[] | Promise<readonly ToldMember[]> {
    const served = this.#resolve(target);
    if (typeof target !== "string") {
      if (served === undefined) throw noSuchObject(target);
      return this.#access.permitted(served.id, served.table, isDetailed);
    }
    const asked = this.#access.permittedByName(target, served?.table, isDetailed);
    return after<boolean | readonly ToldMember[], readonly ToldMember[]>(asked, (members) => {
      if (typeof members === "object" && members.length > 0) return members;
      this.#denied(served, { target, member: "", existing: served?.table.keys().next().value });
      throw noSuchObject(target);
    });
  }

  isExposed(value: object): boolean {
    return this.#registry.isExposed(value);
  }

  async dispose(): Promise<void> {
    const { unobserved } = this.#options;
    this.#isDisposed = true;
    await this.#resources.dispose();
    await this.#instances.dispose(unobserved);
    const entered = this.#entered;
    this.#entered = undefined;
    if (entered !== undefined) await this.#registry.leave(entered.principalId, unobserved);
  }

  #resolve(target: InboundTarget): ServedObject | undefined {
    if (typeof target === "string") return this.#registry.find(target);
    return this.#registry.resolve(target) ?? this.#options.relayed?.(target) ?? referencedObject(target);
  }

  /**
   * Throws the answer for what isn't there or not for this peer: of an object, only if the peer may use nothing of it. The
   * steps are the same for both.
   */
  #refuse(served: ServedObject | undefined, call: InboundCall): Promise<never> {
    const { target, member } = call;
    this.#denied(served, { target, member, existing: served?.table.get(member)?.name });
    if (typeof target !== "string") throw noSuchMember(call);
    return after(this.#access.permitsAny(target, served?.table), (isVisible): Promise<never> => {
      throw isVisible && served !== undefined ? noSuchMember(call) : noSuchObject(target);
    });
  }

  #denied(
    served: ServedObject | undefined,
    { target, member, existing }: { target: InboundTarget; member: string; existing: string | undefined },
  ): void {
    this.#options.denied?.({ object: idOf(target, served) ?? "", member, existing });
  }

  /** Checks the call and makes what it needs; nothing of the called object runs yet. */
  #prepare(served: ServedObject, member: Member, call: InboundCall): Invocation | Promise<Invocation> {
    checkUse(member, call);
    const { session, unobserved } = this.#options;
    const place = { object: served.id ?? "", session, unobserved, resources: this.#resources };
    const context = new RunningCall(call, place);
    const args = validateArguments(member, call.args);
    if (!isPromiseLike(args) && !(served.source instanceof InstancesOfClass)) {
      return { call, object: served.source, member, args, context, relay: served.relay };
    }
    return after(args, (checked) => this.#instantiate(served, { call, member, args: checked, context }));
  }

  #instantiate(served: ServedObject, facts: Omit<Invocation, "object" | "relay">): Invocation | Promise<Invocation> {
    const { source, relay } = served;
    // A served object with a method `then` is no promise, and nobody calls what it does not expose.
    if (!(source instanceof InstancesOfClass)) return { ...facts, object: source, relay };
    return after(this.#instanceOf(source, facts.context), (object) => {
      this.#registry.remember(object, served);
      return { ...facts, object, relay };
    });
  }

  #instanceOf(source: InstancesOfClass<object>, context: RunningCall): object | Promise<object> {
    if (this.#isDisposed) throw new CallError("HW_CANCELLED", "The session ended before the call could start");
    switch (source.mode) {
      case "single":
        return this.#registry.singles.get(source, context);
      case "principal":
        return this.#principalScope().get(source, context);
      case "session":
        return this.#instances.get(source, context);
      case "call":
        return after(makeInstance(source, context), (instance) => {
          context.own(instance);
          return instance;
        });
    }
  }

  /** Stays the same when the session's credential is renewed. */
  #principalScope(): InstanceScope {
    if (this.#entered === undefined) {
      const principalId = this.#options.session.principal.id;
      this.#entered = { principalId, scope: this.#registry.enter(principalId) };
    }
    return this.#entered.scope;
  }
}

/** The id that rules of an object are stated by; undefined for what is reached by reference only. */
function idOf(target: InboundTarget, served: ServedObject | undefined): string | undefined {
  return served === undefined ? (typeof target === "string" ? target : undefined) : served.id;
}
