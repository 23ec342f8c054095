/** The closed list of hearthwire's own error codes; `docs/errors.md` has a paragraph on each. */
export const ERROR_CODES = [
  "HW_OPTION_INVALID",
  "HW_ADDRESS_INVALID",
  "HW_CREDENTIALS_MISSING",
  "HW_CREDENTIALS_EXPIRED",
  "HW_KEY_INVALID",
  "HW_KEY_FILE_UNSAFE",
  "HW_CRYPTO_UNAVAILABLE",
  "HW_INSECURE_BIND",
  "HW_PORT_IN_USE",
  "HW_CONNECT_FAILED",
  "HW_CONNECT_TIMEOUT",
  "HW_TLS_FAILED",
  "HW_REFUSED",
  "HW_CONNECTION_CLOSED",
  "HW_SESSION_LOST",
  "HW_PROTOCOL",
  "HW_FRAME_TOO_LARGE",
  "HW_LIMIT",
  "HW_DEADLINE",
  "HW_NO_SUCH_OBJECT",
  "HW_NO_SUCH_MEMBER",
  "HW_ARGUMENTS_INVALID",
  "HW_CANNOT_SEND",
  "HW_CANNOT_EXPOSE",
  "HW_RELEASED",
  "HW_REFERENCE_GONE",
  "HW_NO_CALL_CONTEXT",
  "HW_BATCH_STOPPED",
  "HW_NAME_UNKNOWN",
  "HW_NAME_TAKEN",
  "HW_STORAGE_FAILED",
  "HW_CANCELLED",
  "HW_BAD_PAYLOAD",
  "HW_NOT_REMOTE",
] as const;

/** A code of hearthwire's own; a foreign error never carries one. */
export type ErrorCode = (typeof ERROR_CODES)[number];

const known: ReadonlySet<string> = new Set(ERROR_CODES);

/** Whether a string is one of hearthwire's own codes. */
export function isErrorCode(code: unknown): code is ErrorCode {
  return typeof code === "string" && known.has(code);
}

/**
 * How far a failed call got: `not-sent` never left this process, `ran` was executed by the peer,
 * `unknown` may or may not have been.
 */
export type Delivery = "not-sent" | "unknown" | "ran";
