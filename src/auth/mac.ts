import { type _HMAC, hmac } from "@noble/hashes/hmac.js";
import { sha256 } from "@noble/hashes/sha2.js";
import { MIN_FRAME_BYTES, TAG_BYTES } from "../wire/constants.js";
import { equalBytes } from "./equal-bytes.js";

/** Makes tags with one key: HMAC-SHA-256 as the platform has it. */
export type PlatformHmac = (key: Uint8Array) => (message: Uint8Array) => Uint8Array;

/**
 * From this size on a frame is signed by the platform, where it has been asked to: the same bytes, 4 times faster at 1 KiB
 * and 10 times at 64 KiB (measured). Below it noble is as fast.
 */
const PLATFORM_FROM_BYTES = 256;

let platformHmac: PlatformHmac | undefined;

/** The same of a host that works beside this thread and answers later: WebCrypto. Never rejects. */
export type LateHmac = (key: Uint8Array) => (message: Uint8Array) => Promise<Uint8Array | undefined>;

/**
 * From this size on a frame may be signed and verified later. In Chromium WebCrypto takes 13 us for 16 KiB and 1.1 ms for
 * 1 MiB, noble 220 us and 14 ms (measured); below it what waits behind the frame would cost more than is gained.
 */
const LATE_FROM_BYTES = 16 * 1024;

/** Lets the platform sign and verify large frames; undefined: `@noble/hashes` does all. */
export function usePlatformHmac(hmacOf: PlatformHmac | undefined): void {
  platformHmac = hmacOf;
}

/**
 * Where a hash of noble keeps part of a block. A keyed state has taken one whole block and is only cloned, so that it never
 * has any, and all share one: each of their own would be 0.3 KiB, four times in each session (measured).
 */
const NO_BLOCK = { buffer: new Uint8Array(0), view: new DataView(new ArrayBuffer(0)) };

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
  /** For the platform, which is given it with the first large frame. */
  readonly #key: Uint8Array;
  #platform: ReturnType<PlatformHmac> | undefined;
  #late: ReturnType<LateHmac> | undefined;

  /** The key is copied; its bytes may be wiped afterwards. */
  constructor(key: Uint8Array) {
    this.#keyed = hmac.create(sha256, key);
    Object.assign(this.#keyed.iHash, NO_BLOCK);
    Object.assign(this.#keyed.oHash, NO_BLOCK);
    this.#key = Uint8Array.from(key);
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

  /** As `sign`, beside this thread; undefined when that is not worth it: nothing has happened then. */
  signLate(frame: Uint8Array, hmacOf: LateHmac | undefined): Promise<void> | undefined {
    return this.#lateTag(frame, hmacOf)?.then((tag) => frame.set(tag, frame.length - TAG_BYTES));
  }

  /** As `verify`, in the same way. */
  verifyLate(frame: Uint8Array, hmacOf: LateHmac | undefined): Promise<boolean> | undefined {
    return this.#lateTag(frame, hmacOf)?.then((tag) => equalBytes(tag, frame.subarray(frame.length - TAG_BYTES)));
  }

  #lateTag(frame: Uint8Array, hmacOf: LateHmac | undefined): Promise<Uint8Array> | undefined {
    if (hmacOf === undefined || frame.length < LATE_FROM_BYTES) return undefined;
    const made = (this.#late ??= hmacOf(this.#key))(frame.subarray(0, frame.length - TAG_BYTES));
    return made.then((tag) => tag ?? this.#tagOf(frame));
  }

  #tagOf(frame: Uint8Array): Uint8Array {
    const tag = new Uint8Array(TAG_BYTES);
    this.#tagInto(frame, tag);
    return tag;
  }

  #tagInto(frame: Uint8Array, tag: Uint8Array): void {
    const message = frame.subarray(0, frame.length - TAG_BYTES);
    if (platformHmac !== undefined && frame.length >= PLATFORM_FROM_BYTES) {
      tag.set((this.#platform ??= platformHmac(this.#key))(message));
      return;
    }
    // _cloneInto is noble's way to reuse a state; digestInto wipes the scratch when it is done.
    const scratch: KeyedState = (Mac.#scratch = this.#keyed._cloneInto(Mac.#scratch));
    scratch.update(message).digestInto(tag);
  }
}
