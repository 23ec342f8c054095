import type { Random } from "./random.js";

/** Changes bytes in one way: cut, flipped, lengthened, doubled, overwritten, a length that lies. Never the same bytes. */
export function mutateBytes(bytes: Uint8Array, random: Random): Uint8Array {
  if (bytes.length === 0) return random.bytes(random.between(1, 64));
  const at = random.below(bytes.length);
  return random.weighted<Uint8Array>([
    [6, () => withByte(bytes, at, bytes[at]! ^ (1 << random.below(8)))],
    [3, () => withByte(bytes, at, (bytes[at]! + random.between(1, 255)) % 256)],
    [3, () => bytes.slice(0, at)],
    [2, () => joined(bytes, random.bytes(random.between(1, 64)))],
    [2, () => joined(bytes.slice(0, at), random.bytes(random.between(1, 8)), bytes.slice(at))],
    [2, () => joined(bytes.slice(0, at), bytes.slice(Math.min(bytes.length, at + random.between(1, 16))))],
    [1, () => joined(bytes, bytes)],
    [3, () => withLength(bytes, at, random)],
  ]);
}

/** Bytes of several arrays in one. */
export function joined(...parts: readonly Uint8Array[]): Uint8Array {
  const whole = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}

/** Shorter and simpler bytes, for finding the least that still fails. */
export function* smallerBytes(bytes: Uint8Array): Iterable<Uint8Array> {
  for (let size = bytes.length >> 1; size >= 1; size >>= 1) {
    for (let at = 0; at < bytes.length; at += size) yield joined(bytes.slice(0, at), bytes.slice(at + size));
  }
}

function withByte(bytes: Uint8Array, at: number, byte: number): Uint8Array {
  const changed = bytes.slice();
  changed[at] = byte;
  return changed;
}

/** Lengths are big-endian of 1, 2 or 4 bytes: one that is nearly right, or as large as it can be. */
function withLength(bytes: Uint8Array, at: number, random: Random): Uint8Array {
  const changed = bytes.slice();
  const size = random.pick([1, 2, 4]);
  const value = random.pick([0, 1, 0x7f, 0xff, 0xffff, 0x7fff_ffff, 0xffff_ffff, bytes.length, bytes.length - at]);
  for (let index = 0; index < size && at + index < changed.length; index++) {
    changed[at + index] = Math.floor(value / 256 ** (size - 1 - index)) % 256;
  }
  // Where the length was right already, it is made wrong.
  return changed.every((byte, index) => byte === bytes[index]) ? withByte(bytes, at, bytes[at]! ^ 1) : changed;
}
