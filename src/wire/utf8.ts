import { ProtocolError } from "../errors/hearthwire-error.js";

const encoder = new TextEncoder();
const decoder = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

/** The UTF-8 bytes of a text. A lone surrogate, which UTF-8 can't hold, becomes U+FFFD: refuse it where names must differ. */
export function encodeUtf8(text: string): Uint8Array {
  return encoder.encode(text);
}

/** Encodes into existing bytes; `read` below `text.length` says that they were too few. */
export function encodeUtf8Into(text: string, bytes: Uint8Array): { read: number; written: number } {
  return encoder.encodeInto(text, bytes);
}

/**
 * Decodes UTF-8 strictly. A byte order mark is kept as U+FEFF, which JSON and all names of this protocol refuse.
 * @param what the field, for the error.
 * @throws ProtocolError on malformed UTF-8.
 */
export function decodeUtf8(bytes: Uint8Array, what: string): string {
  try {
    return decoder.decode(bytes);
  } catch {
    throw new ProtocolError(`${what} must be well-formed UTF-8`);
  }
}
