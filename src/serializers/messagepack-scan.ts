import { PayloadError } from "./payload.js";

/** A payload of 100 000 nodes with all its annotations and the members of new shapes has fewer elements. */
const MAX_ELEMENTS = 1_000_000;
/** Of these, arrays and maps, which take the most memory: a node is one, and an annotation at most two more. */
const MAX_CONTAINERS = 300_000;
/** A payload 64 deep, errors with payloads of their own inside, and its annotations stay below it. */
const MAX_DEPTH = 256;
/** The upper halves of 2^53-1 and of -(2^53). */
const MAX_SAFE_HIGH = 0x1f_ffff;
const MIN_SAFE_HIGH = -0x20_0000;

const strictUtf8 = /* @__PURE__ */ new TextDecoder("utf-8", { fatal: true });

/**
 * Checks the bytes of one MessagePack value before any decoder sees them: its headers name sizes up to 2^32-1, for which
 * decoders allocate at once. Afterwards every size is covered by bytes that are there, texts are UTF-8, keys are texts,
 * and nothing but what JSON has is in it.
 * @throws PayloadError
 */
export function scanMessagePack(bytes: Uint8Array): void {
  const scan = new Scan(bytes);
  scan.value(0);
  if (scan.left > 0) throw new PayloadError("a payload is one MessagePack value and nothing after it");
}

class Scan {
  readonly #bytes: Uint8Array;
  readonly #view: DataView;
  #at = 0;
  #elements = 0;
  #containers = 0;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }

  get left(): number {
    return this.#bytes.length - this.#at;
  }

  value(depth: number): void {
    if (++this.#elements > MAX_ELEMENTS) throw new PayloadError(`MessagePack holds at most ${MAX_ELEMENTS} elements`);
    const head = this.#unsigned(1);
    if (head <= 0x7f || head >= 0xe0) return;
    if (head <= 0x8f) return this.#map(head & 0x0f, depth);
    if (head <= 0x9f) return this.#array(head & 0x0f, depth);
    if (head <= 0xbf) return this.#text(head & 0x1f);
    switch (head) {
      case 0xc0: // nil
      case 0xc2: // false
      case 0xc3: // true
        return;
      case 0xcc: // uint 8
      case 0xd0: // int 8
        return this.#skip(1);
      case 0xcd: // uint 16
      case 0xd1: // int 16
        return this.#skip(2);
      case 0xca: // float 32
      case 0xce: // uint 32
      case 0xd2: // int 32
        return this.#skip(4);
      case 0xcb: // float 64
        return this.#skip(8);
      case 0xcf: // uint 64
        return this.#integer(this.#unsigned(4));
      case 0xd3: // int 64
        return this.#integer(this.#unsigned(4) | 0);
      case 0xd9: // str 8
        return this.#text(this.#unsigned(1));
      case 0xda: // str 16
        return this.#text(this.#unsigned(2));
      case 0xdb: // str 32
        return this.#text(this.#unsigned(4));
      case 0xdc: // array 16
        return this.#array(this.#unsigned(2), depth);
      case 0xdd: // array 32
        return this.#array(this.#unsigned(4), depth);
      case 0xde: // map 16
        return this.#map(this.#unsigned(2), depth);
      case 0xdf: // map 32
        return this.#map(this.#unsigned(4), depth);
      default:
        throw new PayloadError("MessagePack of a payload has neither bin nor ext, and not the byte c1");
    }
  }

  #array(size: number, depth: number): void {
    this.#enter(size, depth);
    for (let index = 0; index < size; index++) this.value(depth + 1);
  }

  #map(size: number, depth: number): void {
    this.#enter(2 * size, depth);
    for (let index = 0; index < size; index++) {
      this.#key(depth + 1);
      this.value(depth + 1);
    }
  }

  #key(depth: number): void {
    const head = this.#bytes[this.#at] ?? 0;
    const isText = (head >= 0xa0 && head <= 0xbf) || (head >= 0xd9 && head <= 0xdb);
    if (!isText) throw new PayloadError("a key in MessagePack is a text");
    this.value(depth);
  }

  /** @param least elements that must follow, each of a byte or more */
  #enter(least: number, depth: number): void {
    if (depth >= MAX_DEPTH) throw new PayloadError(`MessagePack nests at most ${MAX_DEPTH} deep`);
    if (++this.#containers > MAX_CONTAINERS) {
      throw new PayloadError(`MessagePack holds at most ${MAX_CONTAINERS} arrays and maps`);
    }
    this.#require(least);
  }

  #text(length: number): void {
    const start = this.#at;
    this.#skip(length);
    for (let at = start; at < this.#at; at++) {
      if (this.#bytes[at]! < 0x80) continue;
      try {
        strictUtf8.decode(this.#bytes.subarray(at, this.#at));
        return;
      } catch {
        throw new PayloadError("a text in MessagePack is UTF-8");
      }
    }
  }

  /** The lower half of an integer of 64 bits, which must be one that a JavaScript number holds. */
  #integer(high: number): void {
    const low = this.#unsigned(4);
    if (high > MAX_SAFE_HIGH || high < MIN_SAFE_HIGH || (high === MIN_SAFE_HIGH && low === 0)) {
      throw new PayloadError("an integer in MessagePack is within 2^53-1; a larger one is a bigint");
    }
  }

  #unsigned(size: 1 | 2 | 4): number {
    const at = this.#at;
    this.#skip(size);
    if (size === 1) return this.#view.getUint8(at);
    return size === 2 ? this.#view.getUint16(at) : this.#view.getUint32(at);
  }

  #skip(size: number): void {
    this.#require(size);
    this.#at += size;
  }

  #require(size: number): void {
    if (size > this.left) throw new PayloadError("MessagePack ends before its value does");
  }
}
