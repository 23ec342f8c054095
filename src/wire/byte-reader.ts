import { ProtocolError } from "../errors/hearthwire-error.js";
import { decodeUtf8 } from "./utf8.js";

/**
 * Reads big-endian fields one after another. Every bound is checked here, so a parser that uses nothing else can't read
 * outside its bytes.
 */
export class ByteReader {
  readonly #bytes: Uint8Array;
  readonly #what: string;
  #at = 0;

  /** @param what names the structure in errors, such as `HELLO`. */
  constructor(bytes: Uint8Array, what: string) {
    this.#bytes = bytes;
    this.#what = what;
  }

  /** The next `count` bytes as a view. @throws ProtocolError when fewer are left. */
  bytes(count: number, field: string): Uint8Array {
    const start = this.#take(count, field);
    return this.#bytes.subarray(start, start + count);
  }

  /** The next `count` bytes as strictly decoded UTF-8. */
  text(count: number, field: string): string {
    return decodeUtf8(this.bytes(count, field), `${this.#what}: ${field}`);
  }

  u8(field: string): number {
    return this.#bytes[this.#take(1, field)]!;
  }

  u16(field: string): number {
    const at = this.#take(2, field);
    return this.#bytes[at]! * 0x100 + this.#bytes[at + 1]!;
  }

  u32(field: string): number {
    const at = this.#take(4, field);
    return readUint(this.#bytes, at, 4);
  }

  /** @throws ProtocolError above 2^53-1, which a number can't hold. */
  u64(field: string): number {
    const at = this.#take(8, field);
    const value = readUint(this.#bytes, at, 8);
    if (!Number.isSafeInteger(value)) throw new ProtocolError(`${this.#what}: ${field} must be at most 2^53-1`);
    return value;
  }

  /** @throws ProtocolError when bytes are left over. */
  end(): void {
    const left = this.#bytes.length - this.#at;
    if (left !== 0) throw new ProtocolError(`${this.#what}: ${left} bytes too many`);
  }

  #take(count: number, field: string): number {
    const start = this.#at;
    if (count > this.#bytes.length - start) {
      throw new ProtocolError(
        `${this.#what}: ends inside ${field}, ${count} bytes needed, ${this.#bytes.length - start} left`,
      );
    }
    this.#at = start + count;
    return start;
  }
}

/** Arithmetic instead of shifts, which would cut at 32 bits. Exact up to 2^53-1. */
function readUint(bytes: Uint8Array, at: number, size: number): number {
  let value = 0;
  for (let index = at; index < at + size; index++) value = value * 0x100 + bytes[index]!;
  return value;
}
