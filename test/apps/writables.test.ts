import { expose } from "hearthwire";
import { linkedPeers } from "hearthwire/testing";
import { expect, test, vi } from "vitest";
import { expectNoUnhandledRejection } from "../client/unhandled.js";
import { NOTHING_HELD, observeSessions } from "../support/observed-sessions.js";

expectNoUnhandledRejection();

class Printer {
  readonly written: number[] = [];

  /** Writes pages one after another, each once the one before was taken, and closes. */
  async print(pages: number, paper: WritableStream<string>): Promise<number> {
    const writer = paper.getWriter();
    for (let page = 1; page <= pages; page++) {
      await writer.write(`page ${page}`);
      this.written.push(page);
    }
    await writer.close();
    return pages;
  }

  async jam(paper: WritableStream<string>): Promise<void> {
    const writer = paper.getWriter();
    await writer.write("half a page");
    await writer.abort(Object.assign(new Error("paper jam"), { code: "E_JAM" }));
  }
}
expose(Printer, ["print", "jam"]);

async function setUp() {
  const observed = observeSessions();
  const printer = new Printer();
  const peers = await linkedPeers({ printer });
  return {
    printer,
    remote: peers.object("printer"),
    connection: peers.connection,
    nothingIsLeft: () => expect.poll(() => observed.held).toEqual([NOTHING_HELD, NOTHING_HELD]),
    async [Symbol.asyncDispose]() {
      await peers[Symbol.asyncDispose]();
      observed[Symbol.dispose]();
    },
  };
}

test("a WritableStream among the arguments takes what is written, and is closed", async () => {
  await using setting = await setUp();
  const pages: string[] = [];
  const close = vi.fn<() => void>();
  expect(await setting.remote.print(3, new WritableStream({ write: (page) => void pages.push(page), close }))).toBe(3);
  expect(pages).toEqual(["page 1", "page 2", "page 3"]);
  expect(close).toHaveBeenCalledOnce();
  await setting.nothingIsLeft();
});

test("a WritableStream that takes its time holds its writer up", async () => {
  await using setting = await setUp();
  const takings: (() => void)[] = [];
  const write = (): Promise<void> => new Promise((resolve) => takings.push(resolve));
  const printed = setting.remote.print(3, new WritableStream<string>({ write }));
  for (let page = 1; page <= 3; page++) {
    await expect.poll(() => takings.length).toBe(page);
    expect(setting.printer.written).toHaveLength(page - 1);
    takings.at(-1)?.();
  }
  expect(await printed).toBe(3);
  await setting.nothingIsLeft();
});

test("an error of a WritableStream's sink reaches its writer, and nothing is left", async () => {
  await using setting = await setUp();
  const full = Object.assign(new RangeError("no paper"), { code: "E_PAPER" });
  const paper = new WritableStream<string>({
    write: (page) => {
      if (page === "page 2") throw full;
    },
  });
  await expect(setting.remote.print(3, paper)).rejects.toMatchObject({ name: "RangeError", code: "E_PAPER" });
  expect(setting.printer.written).toEqual([1]);
  await setting.nothingIsLeft();
});

test("a writer that aborts a WritableStream tells its sink why, and nothing is left", async () => {
  await using setting = await setUp();
  const abort = vi.fn<(reason: unknown) => void>();
  await setting.remote.jam(new WritableStream({ abort }));
  expect(abort.mock.calls[0]?.[0]).toMatchObject({ message: "paper jam", code: "E_JAM" });
  await setting.nothingIsLeft();
});

test("a WritableStream is aborted when the session ends in the middle of the writing", async () => {
  await using setting = await setUp();
  const abort = vi.fn<(reason: unknown) => void>();
  const written = vi.fn<() => void>();
  let take!: () => void;
  const write = (): Promise<void> => new Promise((resolve) => ((take = resolve), written()));
  const printed = setting.remote.print(3, new WritableStream<string>({ write, abort }));
  printed.catch(() => undefined);
  await expect.poll(() => written).toHaveBeenCalledOnce();
  await setting.connection.close();
  take();
  await expect.poll(() => abort).toHaveBeenCalledOnce();
});
