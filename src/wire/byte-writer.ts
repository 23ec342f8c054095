/** Writes big-endian fields one after another into bytes of a known size: the inverse of `ByteReader`. */
export class ByteWriter {
  readonly #bytes: Uint8Array;
  #at: number;

  /** @param at where the first field goes. */
  constructor(bytes: Uint8Array, at = 0) {
    this.#bytes = bytes;
    this.#at = at;
  }

  bytes(value: Uint8Array): this {
    this.#bytes.set(value, this.#at);
    this.#at += value.length;
    return this;
  }

  u8(value: number): this {
    return this.#uint(value, 1);
  }

  u16(value: number): this {
    return this.#uint(value, 2);
  }

  u32(value: number): this {
    return this.#uint(value, 4);
  }

  /** Up to 2^53-1. */
  u64(value: number): this {
    return this.#uint(value, 8);
  }

  /** @throws RangeError when the value doesn't fit: a field that wrapped round would be signed and believed. */
  #uint(value: number, size: number): this {
    if (!Number.isSafeInteger(value) || value < 0 || value >= 0x100 ** size) {
      throw new RangeError(`an unsigned integer of ${size} bytes was expected, got ${value}`);
    }
    let rest = value;
    for (let at = this.#at + size - 1; at >= this.#at; at--) {
      this.#bytes[at] = rest % 0x100;
      rest = Math.floor(rest / 0x100);
    }
    this.#at += size;
    return this;
  }
}
