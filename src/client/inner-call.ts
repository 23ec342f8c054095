import type { Delivery } from "../errors/error-code.js";
import { HearthwireError } from "../errors/hearthwire-error.js";
import type { Annotations } from "../session/call-handler.js";
import { type CallMaker, type CallSettings, type CallTarget, OutboundCall } from "../session/outbound-call.js";
import { wasSent } from "../session/pending-call.js";
import type { ViewSettings } from "./call-options.js";
import type { PendingCall } from "./pending-call.js";
import { type Lifetime, type ProxyOwner, STAND_IN, type StandIn } from "./stand-in.js";

/** How an inner call differs from the call that the program made. */
export interface InnerCallFacts {
  readonly target: CallTarget;
  readonly args: readonly unknown[];
  readonly settings: CallSettings;
  /** Told the outcome. */
  readonly settled: (outcome: InnerOutcome) => void;
}

/** What became of an inner call. */
export interface InnerOutcome {
  readonly hasSucceeded: boolean;
  /** The result or the error. */
  readonly value: unknown;
  readonly annotations: Annotations | undefined;
}

/**
 * The call that interceptors let through in the place of one that the program made. It stands for its result in the
 * arguments of other inner calls, and is seen by nobody else.
 */
export class InnerCall extends OutboundCall implements StandIn {
  readonly #outer: PendingCall;
  readonly #settled: InnerCallFacts["settled"];
  /** How far it got, once it has settled. */
  #settledAs: Delivery | undefined;

  constructor(outer: PendingCall, { target, args, settings, settled }: InnerCallFacts) {
    super(outer.kind, target, outer.member, args, settings);
    this.#outer = outer;
    this.#settled = settled;
  }

  override get isIdempotent(): boolean {
    return this.#outer.isIdempotent;
  }

  get isSettled(): boolean {
    return this.#settledAs !== undefined;
  }

  /** How far it has got by now. */
  get delivery(): Delivery {
    return this.#settledAs ?? (wasSent(this) ? "unknown" : "not-sent");
  }

  get owner(): ProxyOwner {
    return this.#outer.owner;
  }

  get maker(): CallMaker {
    return this.#outer.maker;
  }

  get view(): ViewSettings {
    return this.#outer.view;
  }

  get lifetime(): Lifetime {
    return this.#outer.lifetime;
  }

  get callTarget(): CallTarget {
    return this;
  }

  get meaning(): OutboundCall {
    return this;
  }

  get proxy(): object {
    return this;
  }

  get [STAND_IN](): StandIn {
    return this;
  }

  succeed(value: unknown, annotations: Annotations | undefined): void {
    this.#settledAs = "ran";
    this.#settled({ hasSucceeded: true, value, annotations });
  }

  fail(error: unknown, annotations: Annotations | undefined): void {
    this.#settledAs = (error instanceof HearthwireError && error.delivery) || this.delivery;
    this.#settled({ hasSucceeded: false, value: error, annotations });
  }
}
