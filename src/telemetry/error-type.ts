import { isErrorCode } from "../errors/error-code.js";
import { HearthwireError, RemoteError } from "../errors/hearthwire-error.js";
import { OTHER } from "./known-methods.js";

/** A class may have any name, and be made at run time. */
const MAX_NAME_LENGTH = 64;

/**
 * What kind of error it is, in few words: a code of hearthwire's own, else `RemoteError` for whatever the other side's
 * code threw (its name and code are the peer's to choose), else the name of the program's class.
 */
export function errorType(error: unknown): string {
  if (!(error instanceof Error)) return OTHER;
  if (error instanceof RemoteError) return "RemoteError";
  if (error instanceof HearthwireError && isErrorCode(error.code)) return error.code;
  if (typeof DOMException === "function" && error instanceof DOMException) return error.name.slice(0, MAX_NAME_LENGTH);
  const { constructor } = Object.getPrototypeOf(error) as { readonly constructor?: { readonly name?: unknown } };
  const name = constructor?.name;
  return typeof name === "string" && name !== "" ? name.slice(0, MAX_NAME_LENGTH) : "Error";
}
