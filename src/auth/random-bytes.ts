import { ConfigError } from "../errors/hearthwire-error.js";

/** Where nonces, session ids and ticket ids come from. */
export type RandomBytes = (count: number) => Uint8Array;

/**
 * The host's cryptographic randomness; there is nothing to fall back to.
 * @throws ConfigError `HW_CRYPTO_UNAVAILABLE` when the host has none, or gives only zeros.
 */
export const randomBytes: RandomBytes = (count) => {
  const bytes = new Uint8Array(count);
  try {
    crypto.getRandomValues(bytes);
  } catch (cause) {
    throw noRandomness("it is missing or failed", cause);
  }
  // What a stub that does nothing leaves behind; of 16 random bytes or more it never comes.
  if (count >= 16 && bytes.every((byte) => byte === 0)) throw noRandomness("it gave zeros");
  return bytes;
};

function noRandomness(fault: string, cause?: unknown): ConfigError {
  return new ConfigError(
    "HW_CRYPTO_UNAVAILABLE",
    `"crypto.getRandomValues" of this host gives no random bytes: ${fault}; hearthwire needs Node 20.19 or a current browser, and nothing that replaces "crypto"`,
    { cause },
  );
}
