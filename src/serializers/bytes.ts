import { PayloadError } from "./payload.js";

type BytesClass = new (buffer: ArrayBuffer) => ArrayBufferView;

/** The byte types that travel, and the bytes of one element. Numbers are little-endian, as every host of ours has them. */
const BYTES_CLASSES: ReadonlyMap<string, { readonly Class: BytesClass; readonly elementBytes: number }> = new Map(
  (
    [
      Uint8Array,
      Int8Array,
      Uint8ClampedArray,
      Uint16Array,
      Int16Array,
      Uint32Array,
      Int32Array,
      Float32Array,
      Float64Array,
      BigUint64Array,
      BigInt64Array,
    ] as const
  ).map((Class) => [Class.name, { Class, elementBytes: Class.BYTES_PER_ELEMENT }]),
);

/** Bytes taken out of a value, and what to call them. */
export interface TakenBytes {
  readonly bytes: Uint8Array;
  readonly type: string;
}

/**
 * Copies the bytes of a typed array, DataView or ArrayBuffer: the program may write into them while they wait to be sent.
 * A Node Buffer is a `Uint8Array` here. Undefined when the value is none of them.
 * @throws TypeError when the buffer was detached.
 */
export function takeBytes(value: object): TakenBytes | undefined {
  // Not `instanceof`: buffers of other realms, such as those of Node's own modules under Jest, are as good.
  if (Object.prototype.toString.call(value) === "[object ArrayBuffer]") {
    return { bytes: new Uint8Array(value as ArrayBuffer).slice(), type: "ArrayBuffer" };
  }
  if (!ArrayBuffer.isView(value)) return undefined;
  // The tag's getter stands on the prototype shared by all realms and subclasses: "Uint8Array" for a Buffer too.
  const type = (value as unknown as { readonly [Symbol.toStringTag]: string })[Symbol.toStringTag];
  if (type !== "DataView" && !BYTES_CLASSES.has(type)) return undefined;
  return { bytes: new Uint8Array(value.buffer, value.byteOffset, value.byteLength).slice(), type };
}

/**
 * Revives bytes from a segment. They are always copied: a view would keep the whole frame in memory, show its other bytes
 * by `.buffer`, and start where wider elements can't.
 */
export function reviveBytes(segment: Uint8Array, type: string): ArrayBuffer | ArrayBufferView {
  // `new Uint8Array(segment)` and not `segment.slice()`, which is a view when the segment is a Node Buffer.
  const { buffer } = new Uint8Array(segment);
  if (type === "ArrayBuffer") return buffer;
  if (type === "DataView") return new DataView(buffer);
  const { Class, elementBytes } = BYTES_CLASSES.get(type)!;
  if (buffer.byteLength % elementBytes !== 0) {
    throw new PayloadError(`the bytes of a ${type} must be a multiple of ${elementBytes}, got ${buffer.byteLength}`);
  }
  return new Class(buffer);
}

/** Whether bytes may be called so on the wire. */
export function isBytesType(type: unknown): type is string {
  return typeof type === "string" && (BYTES_CLASSES.has(type) || type === "ArrayBuffer" || type === "DataView");
}
