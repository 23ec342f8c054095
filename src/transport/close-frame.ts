import { CloseCode } from "../wire/constants.js";

/** RFC 6455 section 5.5: a control frame holds 125 bytes, two of them the code. */
export const MAX_REASON_BYTES = 123;

/** A line that broke without a close frame (RFC 6455 section 7.1.5). */
export const ABNORMAL_CLOSE = 1006;

/** What a browser lets a program send (WebSockets Standard, `close`): 1000 and 3000..4999; all else becomes 1000. */
export function sendableCloseCode(code: number | undefined): number {
  return code !== undefined && Number.isInteger(code) && code >= 3000 && code <= 4999 ? code : CloseCode.DONE;
}

/** Cuts a close reason to 123 bytes of UTF-8 without splitting a character. */
export function sendableCloseReason(reason: string | undefined): string {
  if (reason === undefined) return "";
  const { read } = new TextEncoder().encodeInto(reason, new Uint8Array(MAX_REASON_BYTES));
  return reason.slice(0, read);
}
