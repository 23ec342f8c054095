import type { BytesLeaf, BytesLeafFacts } from "../wire/message.js";
import { CannotSendError } from "../errors/hearthwire-error.js";
import { MAX_JOINED_BODY_BYTES } from "../wire/constants.js";
import { PayloadError, type BlobReading } from "./payload.js";

/** Longest type of a Blob and name of a File that travel, in UTF-16 units. */
const MAX_BLOB_TYPE = 256;
const MAX_FILE_NAME = 1024;
/** What the constructor of Blob leaves as it is; of any other text it makes another type. */
const BLOB_TYPE = /^[ -@[-~]*$/;

/** "Blob" or "File" for instances of exactly these classes; a host may have no File. */
export function blobClassOf(prototype: object | null): "Blob" | "File" | undefined {
  if (typeof Blob === "function" && prototype === Blob.prototype) return "Blob";
  return typeof File === "function" && prototype === File.prototype ? "File" : undefined;
}

/** Why a Blob or File can't be sent; undefined when it can. */
export function whyNotBlob(blob: Blob, bytesBefore: number): string | undefined {
  if (bytesBefore + blob.size > MAX_JOINED_BODY_BYTES) {
    return `its ${blob.size} bytes are more than one message holds (${MAX_JOINED_BODY_BYTES} in all); send blob.stream()`;
  }
  if (blob.type.length > MAX_BLOB_TYPE) return `the type of a Blob has at most ${MAX_BLOB_TYPE} characters`;
  if (isFile(blob) && blob.name.length > MAX_FILE_NAME)
    return `the name of a File has at most ${MAX_FILE_NAME} characters`;
  return undefined;
}

/** What a leaf says of a Blob after its segment. */
export function factsOfBlob(blob: Blob): BytesLeafFacts {
  return isFile(blob) ? ["File", blob.type, blob.name, blob.lastModified] : ["Blob", blob.type];
}

function isFile(blob: Blob): blob is File {
  return typeof File === "function" && blob instanceof File;
}

/** Whether a leaf is one of a Blob or File, right in every element. */
export function isBlobLeaf(leaf: readonly unknown[]): leaf is BytesLeaf {
  const [, kind, type, name, lastModified] = leaf;
  if (kind !== "Blob" && kind !== "File") return false;
  if (leaf.length !== (kind === "Blob" ? 3 : 5)) return false;
  if (typeof type !== "string" || type.length > MAX_BLOB_TYPE || !BLOB_TYPE.test(type)) return false;
  if (kind === "Blob") return true;
  return typeof name === "string" && name.length <= MAX_FILE_NAME && Number.isSafeInteger(lastModified);
}

/** Revives a Blob or File; where the host has no File it is a Blob. The bytes are copied. */
export function reviveBlob(segment: Uint8Array, leaf: BytesLeaf): Blob {
  const [, kind, type, name, lastModified] = leaf;
  // A copy of its own, as for all bytes: the segment is a view of the frame.
  const bytes = new Uint8Array(segment);
  if (kind === "Blob" || typeof File !== "function") return new Blob([bytes], { type: type ?? "" });
  if (name === undefined || lastModified === undefined) throw new PayloadError("a File has a name and a date");
  return new File([bytes], name, { type: type ?? "", lastModified });
}

/** The Blobs of one payload, whose bytes can only be read in time. Read once, when the payload's turn has come. */
export class BlobsToRead implements BlobReading {
  readonly #blobs: readonly ReadableBlob[];
  #reading: Promise<void> | undefined;
  areRead = false;

  constructor(blobs: readonly ReadableBlob[]) {
    this.#blobs = blobs;
  }

  get isReading(): boolean {
    return this.#reading !== undefined;
  }

  read(): Promise<void> {
    return (this.#reading ??= this.#read());
  }

  async #read(): Promise<void> {
    await Promise.all(this.#blobs.map((each) => each.read()));
    this.areRead = true;
  }
}

/** One Blob of a payload, and where it stands in the value. */
export class ReadableBlob {
  readonly #blob: Blob;
  readonly #path: string;
  #bytes: Uint8Array | undefined;

  constructor(blob: Blob, path: string) {
    this.#blob = blob;
    this.#path = path;
  }

  /** The bytes, once they were read. */
  get bytes(): Uint8Array {
    if (this.#bytes === undefined) throw new TypeError("the bytes of a Blob were not read yet");
    return this.#bytes;
  }

  /** @throws CannotSendError when the host can't read it, or not all of it: a file that was changed or deleted */
  async read(): Promise<void> {
    const path = this.#path;
    let bytes: Uint8Array;
    try {
      bytes = new Uint8Array(await this.#blob.arrayBuffer());
    } catch (cause) {
      throw new CannotSendError(`${path}: the bytes of a Blob could not be read`, { path, cause });
    }
    // Room for the message was reckoned by its size.
    if (bytes.length !== this.#blob.size) {
      const sentence = `a Blob of ${this.#blob.size} bytes gave ${bytes.length}; its file was changed`;
      throw new CannotSendError(`${path}: ${sentence}`, { path });
    }
    this.#bytes = bytes;
  }
}
