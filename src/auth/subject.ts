import { ConfigError } from "../errors/hearthwire-error.js";
import { encodeUtf8 } from "../wire/utf8.js";

/** Longest subject in UTF-8 bytes: what a ticket's length byte can say. */
export const MAX_SUBJECT_BYTES = 255;

/**
 * Whether a text can be a subject: 1..255 bytes of UTF-8, no control characters, no half of a surrogate pair (two such
 * texts would be the same bytes).
 */
export function isSubject(text: string): boolean {
  return text !== "" && !/[\p{Cc}\p{Surrogate}]/u.test(text) && encodeUtf8(text).length <= MAX_SUBJECT_BYTES;
}

/** @throws ConfigError `HW_OPTION_INVALID` unless {@link isSubject}. */
export function checkSubject(subject: unknown): string {
  if (typeof subject !== "string" || !isSubject(subject)) {
    throw new ConfigError(
      "HW_OPTION_INVALID",
      `"subject" must be a string of 1..${MAX_SUBJECT_BYTES} bytes of UTF-8 without control characters, got ${describe(subject)}`,
    );
  }
  return subject;
}

function describe(subject: unknown): string {
  return typeof subject === "string" ? `${encodeUtf8(subject).length} bytes` : `a value of type ${typeof subject}`;
}
