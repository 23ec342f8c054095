import type { Annotations } from "../../src/session/call-handler.js";
import type { CallMaker, ImportedReference, OutboundCall } from "../../src/session/outbound-call.js";
import type { MemberShape, ReferenceKind } from "../../src/wire/message.js";
import { NamedLifetime } from "../../src/client/named-lifetime.js";
import { ObjectStandIn } from "../../src/client/object-stand-in.js";
import { proxyFactory } from "../../src/client/proxy.js";
import { shapeOf } from "../../src/client/shape.js";
import type { ProxyOwner } from "../../src/client/stand-in.js";

/** A session in name only: it notes calls, and the test answers them. */
export class StubPeer implements CallMaker, ProxyOwner {
  readonly peer = "ws://stub.test/";
  readonly connection = undefined;
  readonly ended = new Promise<undefined>(() => undefined);
  readonly calls: OutboundCall[] = [];
  readonly unobservedFailures: { readonly error: Error; readonly where: object }[] = [];
  /** Thrown by the next calls. */
  refusal: unknown;

  call(call: OutboundCall): void {
    if (this.refusal !== undefined) throw this.refusal;
    this.calls.push(call);
  }

  unobserved(error: Error, where: { readonly object: string; readonly member: string }): void {
    this.unobservedFailures.push({ error, where });
  }

  /** What was asked for so far: `call store`, `get quantity`. */
  get asked(): readonly string[] {
    return this.calls.map(({ kind, member }) => `${kind} ${member}`);
  }

  get lastCall(): OutboundCall {
    const call = this.calls.at(-1);
    if (call === undefined) throw new Error("no call was made");
    return call;
  }

  answer(value?: unknown, annotations?: Annotations): void {
    this.lastCall.succeed(value, annotations);
  }

  refuse(error: unknown): void {
    this.lastCall.fail(error, undefined);
  }

  /** The proxy of the named object `warehouse`. */
  named<T>(members?: readonly MemberShape[]): T {
    const held = { owner: this, maker: this, callTarget: "warehouse", view: {}, lifetime: new NamedLifetime() };
    return new ObjectStandIn(held, members && shapeOf(members)).proxy as T;
  }

  /** The proxy of something that the peer gave by reference. */
  given<T>(id: number, options: { kind?: ReferenceKind; members?: readonly MemberShape[] } = {}): T {
    return this.create(this.reference(id, options)) as T;
  }

  readonly create = (reference: ImportedReference): object => proxyFactory(this).create(reference);
  readonly read = (value: object): unknown => proxyFactory(this).read(value);

  reference(
    id: number,
    { kind = "object", members = [] }: { kind?: ReferenceKind; members?: readonly MemberShape[] } = {},
  ): ImportedReference {
    let isReleased = false;
    return {
      id,
      kind,
      members: kind === "object" ? members : undefined,
      session: this,
      get isReleased() {
        return isReleased;
      },
      isGone: false,
      release: () => void (isReleased = true),
    };
  }
}

/** Lets everything run that no timer holds up. */
export function settle(): Promise<void> {
  return new Promise((resolve) => void setImmediate(resolve));
}
