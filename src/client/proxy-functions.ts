import { ConfigError } from "../errors/hearthwire-error.js";
import { isForbiddenName } from "../objects/forbidden-name.js";
import { makeSequence, resultsOf } from "./call-sequence.js";
import { checkCallOptions } from "./check-options.js";
import type { CallOptions, ViewSettings } from "./call-options.js";
import type { Connection } from "./connection.js";
import { HeldStandIn } from "./held-stand-in.js";
import { OpenConnection } from "./open-connection.js";
import type { AnyRemote, OneWay, Pipelined, RemoteBrand, Unsendable, Writable } from "./remote.js";
import { type StandIn, standInOf } from "./stand-in.js";

/**
 * The connection that a proxy, or the promise of one, belongs to. A named object's is the one that it was taken from. A
 * reference belongs to all that share the socket: closing what is returned then closes them all.
 * @throws ConfigError `HW_OPTION_INVALID` when it is no proxy, or came to a daemon from one of its clients
 */
export function connectionOf(remote: AnyRemote | Pipelined<AnyRemote>): Connection {
  const { connection } = requireStandIn(remote).owner;
  if (connection !== undefined) return connection;
  throw new ConfigError(
    "HW_OPTION_INVALID",
    '"remote" came from a client of a daemon here and belongs to no connection',
  );
}

/**
 * Says that proxies, and the references behind them, are no longer needed; using them afterwards fails with
 * `HW_RELEASED`. Views made by `withOptions` and `oneway` are released with their original and it with them. The proxy
 * that `connect` gave lets go of its connection. A result that is still to come is released when it comes.
 */
export function release(...remotes: readonly (AnyRemote | Pipelined<unknown>)[]): void {
  for (const standIn of remotes.map(requireStandIn)) standIn.lifetime.release();
}

/**
 * The same remote object with other call options; what is left out stays. It shares the original's lifetime.
 * @throws ConfigError `HW_OPTION_INVALID`
 * @example
 * const patient = withOptions(warehouse, { timeoutMs: 120_000 });
 */
export function withOptions<R extends AnyRemote>(remote: R, options: CallOptions): R {
  checkCallOptions(options);
  return withSettings(heldStandIn(remote), options).proxy as R;
}

/** A view of a proxy whose calls are sent without an answer; failures here become the event `unobserved`. */
export function onewayView<T>(remote: RemoteBrand<T>): OneWay<T> {
  return withSettings(heldStandIn(remote), { isOneway: true }).proxy as OneWay<T>;
}

/**
 * Writes exposed accessors, in order, each once the one before is written. The first failure rejects, and what comes
 * after it is not written, as with `Object.assign`.
 * @example
 * await assign(line, { quantity: 4 });
 */
export async function assign<T>(
  remote: RemoteBrand<T>,
  values: [keyof Writable<T>] extends [never]
    ? Unsendable<"hearthwire: this object has no accessor that can be written">
    : Partial<Writable<T>>,
): Promise<void> {
  const standIn = requireStandIn(remote);
  const entries = Object.entries(values);
  for (const [member] of entries) {
    if (isForbiddenName(member)) {
      throw new ConfigError("HW_OPTION_INVALID", `"${member}" can be no accessor of a remote object`);
    }
  }
  const requests = entries.map(([member, value]) => ({ kind: "set", member, args: [value] }) as const);
  const { failure } = await resultsOf(makeSequence(standIn, { requests, order: 2 }));
  if (failure !== undefined) throw failure.error;
}

/** Whether a value is a proxy of this package. The promise of one is none yet. */
export function isRemote(value: unknown): value is AnyRemote {
  return standInOf(value) instanceof HeldStandIn;
}

/** Whether two proxies stand for the same remote object: one reference, or one id over one socket. */
export function sameRemote(a: unknown, b: unknown): boolean {
  const [left, right] = [standInOf(a), standInOf(b)];
  if (!(left instanceof HeldStandIn) || !(right instanceof HeldStandIn)) return false;
  if (left.callTarget !== right.callTarget) return false;
  return typeof left.callTarget !== "string" || sharesLine(left.owner.connection, right.owner.connection);
}

function sharesLine(a: Connection | undefined, b: Connection | undefined): boolean {
  return a instanceof OpenConnection && b instanceof OpenConnection && a.sharesLineWith(b);
}

/** The same stand-in, with further settings; what is undefined stays as it was. */
export function withSettings(standIn: HeldStandIn, settings: ViewSettings): HeldStandIn {
  const given = Object.fromEntries(Object.entries(settings).filter(([, value]) => value !== undefined));
  return standIn.withView({ ...standIn.view, ...given });
}

/**
 * What stands behind a proxy.
 * @throws ConfigError `HW_OPTION_INVALID` when it is none, or the promise of one
 */
export function heldStandIn(remote: unknown): HeldStandIn {
  const standIn = requireStandIn(remote);
  if (standIn instanceof HeldStandIn) return standIn;
  throw new ConfigError("HW_OPTION_INVALID", '"remote" must be a proxy, got the promise of one: await it first');
}

/** The stand-in behind a proxy, or the promise of one. @throws ConfigError `HW_OPTION_INVALID` */
export function requireStandIn(remote: unknown): StandIn {
  const standIn = standInOf(remote);
  if (standIn !== undefined) return standIn;
  const got = remote === null ? "null" : typeof remote;
  throw new ConfigError("HW_OPTION_INVALID", `"remote" must be a proxy of this package, got ${got}`);
}
