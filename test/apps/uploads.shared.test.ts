import { toReadableStream, withOptions } from "hearthwire";
import { describe, expect, test } from "vitest";
import { clientOf, reachApps } from "./support/reach-apps.js";

const CHUNK_BYTES = 32 * 1024;

/** A file of so many chunks, and how much of it was read. */
class LocalFile {
  readonly #chunks: number;
  chunksRead = 0;
  isClosed = false;

  constructor(chunks: number) {
    this.#chunks = chunks;
  }

  async *read(): AsyncGenerator<Uint8Array, void, void> {
    try {
      while (this.chunksRead < this.#chunks) yield new Uint8Array(CHUNK_BYTES).fill(++this.chunksRead);
    } finally {
      this.isClosed = true;
    }
  }
}

const forms = [
  ["an async generator", (file: LocalFile) => file.read()],
  ["a ReadableStream", (file: LocalFile) => toReadableStream(file.read())],
] as const;

describe.each(forms)("an upload from %s", (form, open) => {
  test("arrives whole, and its progress is told", async () => {
    await using daemon = await reachApps();
    await using connection = await clientOf(daemon);
    const uploads = connection.object("uploads");
    const told: number[] = [];
    const name = `whole from ${form}`;
    const receipt = await uploads.receive(name, open(new LocalFile(40)), (bytes) => void told.push(bytes));
    const checksum = (CHUNK_BYTES * ((40 * 41) / 2)) % 65_536;
    expect(receipt).toEqual({ name, bytes: 40 * CHUNK_BYTES, checksum });
    expect(told).toEqual(Array.from({ length: 40 }, (_, index) => (index + 1) * CHUNK_BYTES));
    expect(await uploads.find(name)).toEqual(receipt);
  });

  test("is read no further than its taker has come, within the window", async () => {
    await using daemon = await reachApps();
    await using connection = await clientOf(daemon);
    const file = new LocalFile(10_000);
    const patience = new AbortController();
    let askOn!: () => void;
    const asked = new Promise<void>((resolve) => (askOn = resolve));
    const uploads = withOptions(connection.object("uploads"), { signal: patience.signal });
    const upload = uploads.receive(`held from ${form}`, open(file), () => {
      askOn();
      return new Promise(() => undefined);
    });
    upload.catch(() => undefined);
    await asked;
    // Answered after all that was sent before: what the window allows is under way by then.
    await connection.object("uploads").find("nothing");
    expect(file.chunksRead).toBeLessThan(20);
    patience.abort();
    await expect(upload).rejects.toMatchObject({ name: "AbortError" });
  });

  test("is cancelled in mid-transfer: both ends close, and no part is left", async () => {
    await using daemon = await reachApps();
    await using connection = await clientOf(daemon);
    const uploads = connection.object("uploads");
    const name = `cancelled from ${form}`;
    const file = new LocalFile(10_000);
    const patience = new AbortController();
    const upload = withOptions(uploads, { signal: patience.signal }).receive(name, open(file), (bytes) => {
      if (bytes === 5 * CHUNK_BYTES) patience.abort(new Error("changed my mind"));
    });
    await expect(upload).rejects.toThrow("changed my mind");
    await expect.poll(async () => (await uploads.running).has(name)).toBe(false);
    await expect.poll(() => file.isClosed).toBe(true);
    expect(file.chunksRead).toBeLessThan(100);
    expect(await uploads.find(name)).toBeUndefined();
  });

  test("ends when its client goes away", async () => {
    await using daemon = await reachApps();
    await using watcher = await clientOf(daemon);
    const leaving = await clientOf(daemon);
    const name = `left from ${form}`;
    const file = new LocalFile(10_000);
    let begin!: () => void;
    const begun = new Promise<void>((resolve) => (begin = resolve));
    const upload = leaving.object("uploads").receive(name, open(file), () => begin());
    upload.catch(() => undefined);
    await begun;
    await leaving.close();
    await expect(upload).rejects.toMatchObject({ code: "HW_CONNECTION_CLOSED" });
    await expect.poll(async () => (await watcher.object("uploads").running).has(name)).toBe(false);
    await expect.poll(() => file.isClosed).toBe(true);
  });
});

describe("an upload whose file can't be read on", () => {
  test("fails there and here as the file did, and no part is left", async () => {
    await using daemon = await reachApps();
    await using connection = await clientOf(daemon);
    const uploads = connection.object("uploads");
    const broken = (async function* () {
      yield new Uint8Array(10);
      throw Object.assign(new Error("bad sector"), { code: "E_SECTOR" });
    })();
    await expect(uploads.receive("broken", broken, () => {})).rejects.toMatchObject({
      message: "bad sector",
      code: "E_SECTOR",
    });
    expect([(await uploads.running).has("broken"), await uploads.find("broken")]).toEqual([false, undefined]);
  });
});
