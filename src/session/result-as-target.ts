import type { CallHandler } from "./call-handler.js";
import type { CallMaker, ProxyFactory } from "./outbound-call.js";

/** What tells objects from data, and the caller's own from others. */
export interface ResultContext {
  readonly proxies: ProxyFactory;
  readonly handler: CallHandler;
  /** The session of the caller. */
  readonly maker: CallMaker;
}

/**
 * What a call on the result of an earlier call is made on: the object that the caller gets a reference to; undefined for
 * data and for the caller's own objects. One that came from another peer is called by the stand-in that all share.
 */
export function resultAsTarget(value: unknown, { proxies, handler, maker }: ResultContext): object | undefined {
  if ((typeof value !== "object" && typeof value !== "function") || value === null) return undefined;
  const stand = proxies.read(value);
  if (stand !== undefined) return "session" in stand && stand.session !== maker ? stand.proxy : undefined;
  const isTarget = typeof value === "function" || value instanceof WritableStream || handler.isExposed(value);
  return isTarget ? value : undefined;
}
