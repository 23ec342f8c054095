import { CallError } from "../errors/hearthwire-error.js";
import { type CallMaker, type CallTarget, OutboundCall, type ProxyFactory } from "../session/outbound-call.js";
import type { ViewSettings } from "./call-options.js";
import type { Connection } from "./connection.js";
import type { Shape } from "./shape.js";

/** Whose proxies they are. */
export interface ProxyOwner {
  /** Undefined on a daemon, whose sessions are no connections of the program. */
  readonly connection: Connection | undefined;
  /** A call failed and nobody observed it. */
  unobserved(error: Error, call: { readonly object: string; readonly member: string }): void;
}

/** How long something of the peer's is held; an imported reference is one. */
export interface Lifetime {
  readonly isReleased: boolean;
  release(): void;
}

/**
 * What stands behind a proxy: on what, through whom and how its calls are made. The proxy itself shows nothing of it;
 * `standInOf` leads back.
 */
export interface StandIn {
  readonly owner: ProxyOwner;
  readonly maker: CallMaker;
  /**
   * What calls on it are made on.
   * @throws what the call failed with, when it stands for the result of a failed call
   */
  readonly callTarget: CallTarget;
  readonly view: ViewSettings;
  readonly lifetime: Lifetime;
  /** What users hold. */
  readonly proxy: object;
  /** The members of an object, as far as they are known. */
  readonly shape?: Shape | undefined;
  /** What it stands for as an argument of another call. */
  readonly meaning: NonNullable<ReturnType<ProxyFactory["read"]>>;
  /** How it is shown, where its meaning does not say. */
  readonly title?: string;
  /**
   * What stands for it among the arguments of another call, which is about to be made; without this the proxy itself.
   * @throws what the call failed with, when it stands for the result of a failed call
   */
  asArgument?(): unknown;
}

/**
 * The key under which proxies give their stand-in. It never leaves this room, so that neither a peer's names nor a
 * program's can meet it.
 */
export const STAND_IN: unique symbol = Symbol("hearthwire.standIn");

/** The stand-in behind a proxy; undefined for everything else, what inherits from a proxy included. */
export function standInOf(value: unknown): StandIn | undefined {
  if ((typeof value !== "object" && typeof value !== "function") || value === null) return undefined;
  const standIn = (value as { readonly [STAND_IN]?: StandIn })[STAND_IN];
  return standIn?.proxy === value ? standIn : undefined;
}

/** How a target is named in errors and events: an object by its id, what is held by reference only by `""`. */
export function objectName(target: CallTarget): string {
  return typeof target === "string" ? target : "";
}

/** What the console and `String` show of a proxy, or of the stand-in behind it. */
export function describeStandIn(self: unknown): string {
  const standIn = standInOf(self) ?? (self as StandIn);
  return `[${standIn.title ?? describeMeaning(standIn.meaning)} of ${standIn.maker.peer ?? "a peer"}]`;
}

function describeMeaning(meaning: StandIn["meaning"]): string {
  if ("objectId" in meaning) return `remote object "${meaning.objectId}"`;
  return meaning instanceof OutboundCall ? `result of "${meaning.member}"` : `remote ${meaning.kind} ${meaning.id}`;
}

/** What a call on something given back fails with. */
export function releasedError(call: OutboundCall): CallError {
  const what = typeof call.target === "string" ? `the proxy of "${call.target}"` : "this remote reference";
  return new CallError("HW_RELEASED", `${what} was released; take a new one, or release it later`, {
    delivery: "not-sent",
    object: objectName(call.target),
    member: call.member,
  });
}
