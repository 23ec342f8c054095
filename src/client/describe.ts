import { ProtocolError } from "../errors/hearthwire-error.js";
import { isForbiddenName } from "../objects/forbidden-name.js";
import { DESCRIPTION_BOUNDS } from "../wire/description-bounds.js";
import { isJsonDeeper } from "../wire/json-depth.js";
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

/** Members that are called, of which alone there is more to tell. */
const CALLED: ReadonlySet<unknown> = new Set(["method", "stream", "oneway"]);
const KINDS: ReadonlySet<unknown> = new Set([...CALLED, "get", "get set"]);

function isDetailedList(value: unknown): value is readonly DetailedMember[] {
  if (!isListOf(value, isDetailedMember)) return false;
  const isSorted = value.every(([name], index) => index === 0 || value[index - 1]![0] < name);
  // The empty name sorts first; whatever has it is a function and nothing else.
  const isWhole = value[0]?.[0] !== "" || (value.length === 1 && CALLED.has(value[0][1]));
  return isSorted && isWhole && lengthOfSchemas(value) <= DESCRIPTION_BOUNDS.schemasLength;
}

function lengthOfSchemas(members: readonly DetailedMember[]): number {
  let length = 0;
  for (const [, , details] of members) {
    for (const [, schema] of details?.input ?? []) if (typeof schema === "string") length += schema.length;
  }
  return length;
}

function isDetailedMember(value: unknown): value is DetailedMember {
  if (!Array.isArray(value) || value.length < 2 || value.length > 3) return false;
  const [name, kind, details] = value as readonly unknown[];
  if (typeof name !== "string" || name.length > MAX_MEMBER_LENGTH || (name !== "" && isForbiddenName(name)))
    return false;
  return KINDS.has(kind) && (value.length === 2 || (CALLED.has(kind) && areDetails(details)));
}

function areDetails(value: unknown): boolean {
  if (typeof value !== "object" || value === null || Object.getPrototypeOf(value) !== Object.prototype) return false;
  const details = Object.entries(value);
  if (details.length === 0) return false;
  return details.every(
    ([key, detail]) => (key === "idempotent" && detail === 1) || (key === "input" && isListOf(detail, isParameter)),
  );
}

function isParameter(value: unknown): value is ParameterLeaf {
  if (!Array.isArray(value) || value.length < 1 || value.length > 2) return false;
  const [vendor, schema] = value as readonly unknown[];
  if (typeof vendor !== "string" || vendor.length > DESCRIPTION_BOUNDS.vendorLength) return false;
  return value.length === 1 || schema === 1 || isSchemaText(schema);
}

/** Whether it may be parsed; whether it is a JSON object at all shows then. An array or a number is no schema here. */
function isSchemaText(schema: unknown): boolean {
  if (typeof schema !== "string" || !schema.startsWith("{")) return false;
  const { schemaLength, schemaDepth } = DESCRIPTION_BOUNDS;
  return schema.length <= schemaLength && !isJsonDeeper(new TextEncoder().encode(schema), schemaDepth);
}

function isListOf<T>(value: unknown, isOne: (item: unknown) => item is T): value is readonly T[] {
  return Array.isArray(value) && value.every(isOne);
}
