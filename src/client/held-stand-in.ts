import type { CallMaker, ImportedReference } from "../session/outbound-call.js";
import type { ViewSettings } from "./call-options.js";
import { INSPECT } from "./closed-traps.js";
import { describeStandIn, type Lifetime, type ProxyOwner, type StandIn } from "./stand-in.js";

/** What a stand-in for an object or function is made of. */
export interface Held {
  readonly owner: ProxyOwner;
  readonly maker: CallMaker;
  /** A named object's id, or a reference. */
  readonly callTarget: string | ImportedReference;
  readonly view: ViewSettings;
  /** Shared by all views. */
  readonly lifetime: Lifetime;
}

/** Behind the proxies of objects and functions, which are held until they are released. */
export abstract class HeldStandIn implements StandIn, Held {
  readonly owner: ProxyOwner;
  readonly maker: CallMaker;
  readonly callTarget: string | ImportedReference;
  readonly view: ViewSettings;
  readonly lifetime: Lifetime;
  abstract readonly proxy: object;

  constructor({ owner, maker, callTarget, view, lifetime }: Held) {
    this.owner = owner;
    this.maker = maker;
    this.callTarget = callTarget;
    this.view = view;
    this.lifetime = lifetime;
  }

  get meaning(): StandIn["meaning"] {
    return typeof this.callTarget === "string" ? { objectId: this.callTarget } : this.callTarget;
  }

  /** The same, its calls made in another way. */
  abstract withView(view: ViewSettings): HeldStandIn;

  [INSPECT](): string {
    return describeStandIn(this);
  }
}
