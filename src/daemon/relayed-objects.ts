import type { ViewSettings } from "../client/call-options.js";
import { HeldStandIn } from "../client/held-stand-in.js";
import { makeCall } from "../client/pending-call.js";
import { type Shape, shapeOf } from "../client/shape.js";
import { standInOf } from "../client/stand-in.js";
import { isErrorCode } from "../errors/error-code.js";
import { deliveryOf } from "../errors/error-record.js";
import { CallError, ConnectionError, HearthwireError } from "../errors/hearthwire-error.js";
import type { ExposureTable, Member } from "../objects/member.js";
import type { RelayedCall } from "../objects/relay.js";
import type { ServedObject } from "../objects/served-object.js";
import type { CallMaker } from "../session/outbound-call.js";
import { refusal } from "../session/refusal.js";
import type { MemberDetails, MemberShape } from "../wire/message.js";
import { RelayShare } from "./relay-share.js";
import { streamsIn } from "./streams-in.js";

const FUNCTION_SHAPE: Shape = new Map([["", ["", "method"]]]);

const RELAYED_ONEWAY: ViewSettings = { isRelayed: true, isOneway: true };

/** Objects of one class share one shape per session, so each shape becomes a table once. */
const tables = new WeakMap<Shape, ExposureTable>();

/** The objects and functions of a daemon's other clients, as one of its clients uses them. */
export class RelayedObjects {
  /** By the session of the owner. */
  #shares: WeakMap<CallMaker, RelayShare> | undefined;

  /**
   * What the client can use of an object or function that another client of the daemon gave: the members that the other
   * one announced, as what it announced them. Calls on them are calls of the daemon on its proxy.
   * @param target whatever a client holds a reference to
   * @returns undefined unless it is such a proxy
   */
  find(target: object): ServedObject | undefined {
    const standIn = standInOf(target);
    if (!(standIn instanceof HeldStandIn) || typeof standIn.callTarget === "string") return undefined;
    const { kind, members = [] } = standIn.callTarget;
    const shape = kind === "function" ? FUNCTION_SHAPE : shapeOf(members);
    return { id: undefined, table: tableOf(shape), source: target, relay: (relayed) => this.#relay(relayed) };
  }

  async #relay({ call, object, member: { name, kind }, args }: RelayedCall): Promise<unknown> {
    const held = standInOf(object) as HeldStandIn;
    const { owner, maker, callTarget, lifetime } = held;
    const view = kind === "oneway" ? RELAYED_ONEWAY : { ...held.view, isRelayed: true };
    const on = { owner, maker, callTarget, lifetime, view };
    const share = this.#shareOf(held.maker);
    const returnsStream = kind === "stream";
    share.enter(streamsIn(args), returnsStream);
    const made = makeCall(on, { kind: call.kind, member: name, args });
    let result: unknown;
    try {
      result = await made.promise();
    } catch (error) {
      throw relayedError(error, held);
    } finally {
      // What interceptors put in its place is what the owner answers.
      share.leave(made.interception?.inner ?? made, returnsStream);
    }
    share.take(streamsIn(result));
    return result;
  }

  #shareOf(owner: CallMaker): RelayShare {
    const shares = (this.#shares ??= new WeakMap());
    let share = shares.get(owner);
    if (share === undefined) shares.set(owner, (share = new RelayShare()));
    return share;
  }
}

function tableOf(shape: Shape): ExposureTable {
  let table = tables.get(shape);
  if (table === undefined) tables.set(shape, (table = new Map([...shape].map(([name, told]) => [name, member(told)]))));
  return table;
}

function member([name, kind, isIdempotent]: MemberShape): Member {
  return { name, kind, isIdempotent: isIdempotent === 1, input: undefined, details: isIdempotent && idempotent };
}

function idempotent(): MemberDetails {
  return { idempotent: 1 };
}

/**
 * What the caller is told of a call that could not be passed on, or that the owner refused: a refusal like any other,
 * where that says truly how far the call got. What the owner's code threw stays what it is.
 */
function relayedError(error: unknown, { callTarget }: HeldStandIn): unknown {
  if (!(error instanceof HearthwireError) || !isErrorCode(error.code)) return error;
  const { code, delivery } = error;
  const isGone = code === "HW_REFERENCE_GONE" && typeof callTarget !== "string" && callTarget.isGone;
  // The reason names the other client's address, which is nothing for this one.
  if (error instanceof ConnectionError || code === "HW_RELEASED" || isGone)
    return refusal(ownerGone(delivery === "not-sent"));
  return delivery === deliveryOf(code) ? refusal(error) : error;
}

function ownerGone(wasBefore: boolean): CallError {
  return wasBefore
    ? new CallError(
        "HW_REFERENCE_GONE",
        "the peer that owns this object has left the daemon, or the daemon has released it",
      )
    : new CallError("HW_CANCELLED", "the peer that owns this object left the daemon while the call was under way");
}
