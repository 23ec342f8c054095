import { type _HMAC, hmac } from "@noble/hashes/hmac.js";
import { sha256 } from "@noble/hashes/sha2.js";
import { MIN_FRAME_BYTES, TAG_BYTES } from "../wire/constants.js";
import { equalBytes } from "./equal-bytes.js";

type KeyedState = _HMAC<ReturnType<typeof sha256.create>>;

/**
 * HMAC-SHA-256 (RFC 2104) under one key, over everything before the last 32 bytes of what it is given. The one place
 * that signs and verifies.
 *
 * The key is absorbed once; each frame clones that state into a scratch one instead of hashing the key's two blocks
 * again. All instances share the scratch, because signing never yields: an idle session keeps only its keyed states.
 */
export class Mac {
  static #scratch: KeyedState | undefined;
  static readonly #expected = new Uint8Array(TAG_BYTES);
  readonly #keyed: KeyedState;

  /** The key is copied into hash states; its bytes may be wiped afterwards. */
  constructor(key: Uint8Array) {
    this.#keyed = hmac.create(sha256, key);
  }

  /** Writes the tag into the last 32 bytes. */
  sign(frame: Uint8Array): void {
    this.#tagInto(frame, frame.subarray(frame.length - TAG_BYTES));
  }

  /** Whether the last 32 bytes are the tag, compared in constant time; false for what is shorter than a frame. */
  verify(frame: Uint8Array): boolean {
    if (frame.length < MIN_FRAME_BYTES) return false;
    this.#tagInto(frame, Mac.#expected);
    return equalBytes(Mac.#expected, frame.subarray(frame.length - TAG_BYTES));
  }

  #tagInto(frame: Uint8Array, tag: Uint8Array): void {
    // _cloneInto is noble's way to reuse a state; digestInto wipes the scratch when it is done.
    const scratch: KeyedState = (Mac.#scratch = this.#keyed._cloneInto(Mac.#scratch));
    scratch.update(frame.subarray(0, frame.length - TAG_BYTES)).digestInto(tag);
  }
}
