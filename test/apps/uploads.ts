import { expose, type Remote } from "hearthwire";

export type Progress = (receivedBytes: number) => void;

/** What became of an upload. */
export interface Receipt {
  readonly name: string;
  readonly bytes: number;
  /** Of all bytes, modulo 65536. */
  readonly checksum: number;
}

/** Takes files in chunks, and forgets the parts of those that never came to their end. */
export class Uploads {
  readonly #files = new Map<string, Receipt>();
  readonly #running = new Map<string, number>();

  async receive(name: string, chunks: AsyncIterable<Uint8Array>, progress: Remote<Progress>): Promise<Receipt> {
    let bytes = 0;
    let checksum = 0;
    try {
      this.#running.set(name, 0);
      for await (const chunk of chunks) {
        bytes += chunk.length;
        for (const byte of chunk) checksum = (checksum + byte) % 65_536;
        this.#running.set(name, bytes);
        await progress(bytes); // a client that shows its progress slowly is not sent ahead of
      }
      const receipt = { name, bytes, checksum };
      this.#files.set(name, receipt);
      return receipt;
    } finally {
      this.#running.delete(name);
    }
  }

  /** Bytes that have come of each upload that is not over. */
  get running(): ReadonlyMap<string, number> {
    return this.#running;
  }

  find(name: string): Receipt | undefined {
    return this.#files.get(name);
  }
}
expose(Uploads, ["receive", "running", "find"]);
