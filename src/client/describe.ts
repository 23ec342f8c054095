import { ProtocolError } from "../errors/hearthwire-error.js";
import { isForbiddenName } from "../objects/forbidden-name.js";
import type { DetailedMember, ParameterLeaf } from "../wire/message.js";
import { MAX_MEMBER_LENGTH } from "../wire/object-id.js";
import { describeMember, type ObjectDescription } from "./object-description.js";
import { makeCall } from "./pending-call.js";
import { requireStandIn } from "./proxy-functions.js";
import type { AnyRemote, Pipelined } from "./remote.js";

/**
 * Asks what this side may use of a remote object: its members with their kinds and, where they are checked, the schemas
 * of their parameters. It takes every proxy, and a promise of one: that which `connect` gave, or the result of a call.
 * What its peer denies looks as if it were not there.
 *
 * @throws ConfigError `HW_OPTION_INVALID` when it is no proxy
 * @throws CallError `HW_NO_SUCH_OBJECT`, `HW_NOT_REMOTE`, `HW_RELEASED`, `HW_REFERENCE_GONE`
 * @throws ProtocolError when the peer answers with something else
 * @example
 * const { members } = await describe(warehouse);
 * console.log(members.map(({ name, kind }) => `${kind} ${name}`)); // [ "method list", "method store" ]
 */
export async function describe(remote: AnyRemote | Pipelined<AnyRemote>): Promise<ObjectDescription> {
  const call = makeCall(requireStandIn(remote), { kind: "look", member: "", args: [1] });
  const told = await call.promise();
  const { target } = call;
  if (!isDetailedList(told)) throw lyingPeer(call.maker.peer);
  try {
    return { object: typeof target === "string" ? target : "", members: told.map(describeMember) };
  } catch (cause) {
    throw lyingPeer(call.maker.peer, cause);
  }
}

function lyingPeer(peer: string | undefined, cause?: unknown): ProtocolError {
  const facts = { peer, ...(cause === undefined ? {} : { cause }) };
  return new ProtocolError(`${peer ?? "the peer"} gave no description of the object`, facts);
}

const KINDS: ReadonlySet<unknown> = new Set(["method", "stream", "oneway", "get", "get set"]);

function isDetailedList(value: unknown): value is readonly DetailedMember[] {
  if (!isListOf(value, isDetailedMember)) return false;
  return new Set(value.map(([name]) => name)).size === value.length;
}

function isDetailedMember(value: unknown): value is DetailedMember {
  if (!Array.isArray(value) || value.length < 2 || value.length > 3) return false;
  const [name, kind, details] = value as readonly unknown[];
  if (typeof name !== "string" || name.length > MAX_MEMBER_LENGTH || (name !== "" && isForbiddenName(name)))
    return false;
  return KINDS.has(kind) && (value.length === 2 || areDetails(details));
}

function areDetails(value: unknown): boolean {
  if (typeof value !== "object" || value === null || Object.getPrototypeOf(value) !== Object.prototype) return false;
  return Object.entries(value).every(
    ([key, detail]) => (key === "idempotent" && detail === 1) || (key === "input" && isListOf(detail, isParameter)),
  );
}

function isParameter(value: unknown): value is ParameterLeaf {
  if (!Array.isArray(value) || value.length < 1 || value.length > 2) return false;
  const [vendor, schema] = value as readonly unknown[];
  // Whether the text is a JSON object shows when it is parsed; an array or a number is no schema here.
  const isSchema = schema === 1 || (typeof schema === "string" && schema.startsWith("{"));
  return typeof vendor === "string" && (value.length === 1 || isSchema);
}

function isListOf<T>(value: unknown, isOne: (item: unknown) => item is T): value is readonly T[] {
  return Array.isArray(value) && value.every(isOne);
}
