import type { Attributes } from "@opentelemetry/api";
import { VERSION } from "../daemon/version.js";
import { HearthwireError, RemoteError } from "../errors/hearthwire-error.js";
import { isErrorCode } from "../errors/error-code.js";
import type { InterceptedCall } from "../objects/interceptor.js";
import { type MethodName, OTHER } from "./known-methods.js";

// Attribute names of the semantic conventions 1.45, RPC (stable) and general.
export const RPC_SYSTEM_NAME = "rpc.system.name";
export const RPC_METHOD = "rpc.method";
const RPC_METHOD_ORIGINAL = "rpc.method_original";
const RPC_STATUS_CODE = "rpc.status_code";
const ERROR_TYPE = "error.type";
const SERVER_ADDRESS = "server.address";
const SERVER_PORT = "server.port";
const NETWORK_PEER_ADDRESS = "network.peer.address";

/** Value of `rpc.system.name`, which has no well-known one for this protocol. */
export const SYSTEM = "hearthwire";

/** The instrumentation scope: name, version and the conventions that it goes by. */
export const SCOPE = ["hearthwire", VERSION, { schemaUrl: "https://opentelemetry.io/schemas/1.45.0" }] as const;

const DEFAULT_PORTS: Readonly<Record<string, number>> = { "ws:": 80, "wss:": 443 };

/** `shop/buy`; what is held by reference has no id, and a function itself no member. */
export function fullMethodName({ object, member }: MethodName): string {
  if (object === OTHER) return OTHER;
  if (object !== "") return member === "" ? object : `${object}/${member}`;
  return member === "" ? "(function)" : `(reference)/${member}`;
}

/** The name of a call's span and what is known of it at the start. */
export function callAttributes(call: InterceptedCall): { readonly name: string; readonly attributes: Attributes } {
  const method = fullMethodName(call);
  const attributes: Attributes = { [RPC_SYSTEM_NAME]: SYSTEM, ...addressOf(call.peer) };
  if (call.kind !== "call") attributes["hearthwire.call.kind"] = call.kind;
  if (!call.isRelayed) return { name: method, attributes: { ...attributes, [RPC_METHOD]: method } };
  // Named by peers, so that it may be anything.
  return { name: SYSTEM, attributes: { ...attributes, [RPC_METHOD]: OTHER, [RPC_METHOD_ORIGINAL]: method } };
}

/** What is known of a failure. @param typeOf says its kind, in as many words as there is room for */
export function failureAttributes(error: unknown, typeOf: (error: unknown) => string): Attributes {
  const type = typeOf(error);
  const isOurs = error instanceof HearthwireError && !(error instanceof RemoteError) && isErrorCode(error.code);
  return isOurs ? { [ERROR_TYPE]: type, [RPC_STATUS_CODE]: error.code } : { [ERROR_TYPE]: type };
}

/** Of a URL the address that was dialled; all else is where a client's line comes from. */
function addressOf(peer: string | undefined): Attributes {
  if (peer === undefined || peer === "") return {};
  if (!peer.includes("://")) return { [NETWORK_PEER_ADDRESS]: peer };
  let url: URL;
  try {
    url = new URL(peer);
  } catch {
    return {};
  }
  if (url.hostname === "") return {};
  const port = url.port === "" ? DEFAULT_PORTS[url.protocol] : Number(url.port);
  return { [SERVER_ADDRESS]: url.hostname, ...(port === undefined ? {} : { [SERVER_PORT]: port }) };
}
