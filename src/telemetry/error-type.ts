import { isErrorCode } from "../errors/error-code.js";
import { HearthwireError, RemoteError } from "../errors/hearthwire-error.js";
import { OTHER } from "./known-methods.js";

/** A class may have any name, and be made at run time. */
const MAX_NAME_LENGTH = 64;

/** What peers may call their errors for it to be believed: as classes are named, and like no code of hearthwire's own. */
const PLAIN_NAME = /^(?!HW_)[A-Za-z_$][\w$]{0,63}$/;

/** The errors of the language itself, which every peer may throw. */
const LANGUAGE_ERRORS: ReadonlySet<string> = new Set([
  "Error",
  "AggregateError",
  "EvalError",
  "RangeError",
  "ReferenceError",
  "SyntaxError",
  "TypeError",
  "URIError",
]);

/** `errorType` for metrics, where each value costs memory: of the names that peers choose only those of the language. */
export function boundedErrorType(error: unknown): string {
  if (!(error instanceof RemoteError)) return errorType(error);
  return LANGUAGE_ERRORS.has(error.name) ? error.name : "RemoteError";
}

/**
 * What kind of error it is, in few words: a code of hearthwire's own, else the name that the other side's code gave it, as
 * the other side tells it too, or `RemoteError` if that is no plain name, else the name of the program's class.
 */
export function errorType(error: unknown): string {
  if (!(error instanceof Error)) return OTHER;
  if (error instanceof RemoteError) return PLAIN_NAME.test(error.name) ? error.name : "RemoteError";
  if (error instanceof HearthwireError && isErrorCode(error.code)) return error.code;
  if (typeof DOMException === "function" && error instanceof DOMException) return error.name.slice(0, MAX_NAME_LENGTH);
  const { constructor } = Object.getPrototypeOf(error) as { readonly constructor?: { readonly name?: unknown } };
  const name = constructor?.name;
  return typeof name === "string" && name !== "" ? name.slice(0, MAX_NAME_LENGTH) : "Error";
}
