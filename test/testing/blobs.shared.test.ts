import { assign, expose } from "hearthwire";
import { messagePackSerializer } from "hearthwire/msgpack";
import { fakeClock, linkedPeers, type LinkedOptions } from "hearthwire/testing";
import { describe, expect, test } from "vitest";

const text = "hello";
const photo = (): Blob => new Blob([text], { type: "image/png" });

/** A Blob whose bytes come when the test says so. */
class Slow {
  readonly blob: Blob;
  /** The session wants the bytes. */
  readonly asked: Promise<void>;
  #resolve!: (bytes: ArrayBuffer) => void;
  #reject!: (error: Error) => void;

  constructor() {
    const reading = new Promise<ArrayBuffer>((resolve, reject) => ([this.#resolve, this.#reject] = [resolve, reject]));
    let ask!: () => void;
    this.asked = new Promise((resolve) => (ask = resolve));
    const read = (): Promise<ArrayBuffer> => (ask(), reading);
    this.blob = Object.defineProperty(photo(), "arrayBuffer", { value: read });
  }

  arrive(): void {
    this.#resolve(new TextEncoder().encode(text).buffer as ArrayBuffer);
  }

  fail(error: Error): void {
    this.#reject(error);
  }
}

/** What a promise rejects with; undefined when it does not. */
const failureOf = (promise: PromiseLike<unknown>): Promise<unknown> =>
  Promise.resolve(promise).then(
    () => undefined,
    (error: unknown) => error,
  );

class Album {
  readonly seen: string[] = [];
  #cover = new Blob([]);
  slow: Slow | undefined;
  finished: string[] = [];
  get cover(): Blob {
    return this.#cover;
  }
  set cover(cover: Blob) {
    this.#cover = cover;
  }
  async keep(name: string, value?: Blob): Promise<string> {
    this.seen.push(name);
    return value === undefined ? name : `${name} ${value.type} ${await value.text()}`;
  }
  take(): Blob {
    return this.slow?.blob ?? photo();
  }
  async *all(): AsyncGenerator<Blob | number, Blob, void> {
    try {
      yield 1;
      yield this.take();
      yield 2;
    } finally {
      this.finished.push("all");
    }
    return photo();
  }
  async show(callback: (value: Blob) => unknown): Promise<unknown> {
    return callback(photo());
  }
}
expose(Album, { members: { keep: {}, take: {}, all: {}, show: {}, cover: { writable: true } } });

async function albums(options: LinkedOptions = {}) {
  const album = new Album();
  const other = new Album();
  const peers = await linkedPeers({ album, other }, options);
  return { album, other, peers, remote: peers.object("album"), another: peers.object("other") };
}

const viaMessagePack = (): LinkedOptions => ({
  client: { serializers: [messagePackSerializer()] },
  daemon: { serializers: [messagePackSerializer()] },
});

describe.each([
  ["superjson", (): LinkedOptions => ({})],
  ["messagepack", viaMessagePack],
])("a Blob by %s", (_name, options) => {
  test("goes as an argument and comes as a result", async () => {
    const { peers, remote } = await albums(options());
    await using _ = peers;
    expect(await remote.keep("a", photo())).toBe("a image/png hello");
    const taken = await remote.take();
    expect([taken.type, await taken.text()]).toEqual(["image/png", "hello"]);
  });

  test("goes to a callback of this side, and back as what that returns", async () => {
    const { peers, remote } = await albums(options());
    await using _ = peers;
    const result = (await remote.show(async (value) => [await value.text(), value])) as [string, Blob];
    expect([result[0], await result[1].text()]).toEqual(["hello", "hello"]);
  });

  test("is an item of a stream, in its order, and its return value", async () => {
    const { peers, remote } = await albums(options());
    await using _ = peers;
    const stream = await remote.all();
    const items: unknown[] = [];
    for (;;) {
      const { done, value } = await stream.next();
      items.push(typeof value === "number" ? value : await value.text(), done);
      if (done === true) break;
    }
    expect(items).toEqual([1, false, "hello", false, 2, false, "hello", true]);
  });

  test("goes beside the result of a call that is not answered yet", async () => {
    const { peers, remote } = await albums(options());
    await using _ = peers;
    expect(await remote.keep(remote.keep("a"), photo())).toBe("a image/png hello");
  });
});

describe("a call with a Blob", () => {
  test("waits in its place: later ones on its target do too, those on others pass", async () => {
    const { album, other, peers, remote, another } = await albums();
    await using _ = peers;
    const slow = new Slow();
    const first = remote.keep("first", slow.blob);
    const second = remote.keep("second");
    await slow.asked;
    expect(await another.keep("elsewhere")).toBe("elsewhere");
    expect([album.seen, other.seen]).toEqual([[], ["elsewhere"]]);
    slow.arrive();
    await Promise.all([first, second]);
    expect(album.seen).toEqual(["first", "second"]);
  });

  test("reads its bytes when those before it on its target have left", async () => {
    const { album, peers, remote } = await albums();
    await using _ = peers;
    const slow = [new Slow(), new Slow()] as const;
    const asked: number[] = [];
    slow.forEach(({ asked: wanted }, at) => void wanted.then(() => asked.push(at)));
    const calls = [remote.keep("0", slow[0].blob), remote.keep("1", slow[1].blob), remote.keep("2")];
    await slow[0].asked;
    slow[1].arrive();
    expect(asked).toEqual([0]);
    slow[0].arrive();
    await Promise.all(calls);
    expect([asked, album.seen]).toEqual([
      [0, 1],
      ["0", "1", "2"],
    ]);
  });

  test("takes the result that it names when that has come while its bytes were read", async () => {
    const { album, peers, remote } = await albums();
    await using _ = peers;
    const slow = new Slow();
    const first = remote.keep("first");
    const second = remote.keep(first, slow.blob);
    await slow.asked;
    await first;
    slow.arrive();
    expect(await second).toBe("first image/png hello");
    expect(album.seen).toEqual(["first", "first"]);
  });

  test("meets its deadline while its bytes are read, and lets the next one go", async () => {
    const clock = fakeClock();
    const { album, peers, remote } = await albums({ clock, client: { timeoutMs: 1000 } });
    await using _ = peers;
    const slow = new Slow();
    const first = remote.keep("first", slow.blob);
    await slow.asked;
    const failed = failureOf(first);
    await clock.advance(600);
    const second = remote.keep("second");
    await clock.advance(400);
    expect(await failed).toMatchObject({ code: "HW_DEADLINE", delivery: "not-sent" });
    expect(await second).toBe("second");
    slow.arrive();
    await remote.keep("third");
    expect(album.seen).toEqual(["second", "third"]);
  });

  test("fails with its path when its bytes can't be read, and lets the next one go", async () => {
    const { album, peers, remote } = await albums();
    await using _ = peers;
    const slow = new Slow();
    const first = remote.keep("first", slow.blob);
    const second = remote.keep("second");
    slow.fail(new Error("the file was changed"));
    await expect(first).rejects.toMatchObject({ code: "HW_CANNOT_SEND", path: "args[1]", delivery: "not-sent" });
    expect(await second).toBe("second");
    expect(album.seen).toEqual(["second"]);
  });

  test("is not sent when the session ends meanwhile", async () => {
    const { peers, remote } = await albums();
    const slow = new Slow();
    const first = remote.keep("first", slow.blob);
    const failed = failureOf(first);
    await slow.asked;
    await peers[Symbol.asyncDispose]();
    expect(await failed).toMatchObject({ delivery: "not-sent" });
    slow.arrive();
  });
});

describe("an accessor", () => {
  test("is written with a Blob, and read", async () => {
    const { album, peers, remote } = await albums();
    await using _ = peers;
    await assign(remote, { cover: photo() });
    expect(await album.cover.text()).toBe("hello");
    expect(await (await remote.cover).text()).toBe("hello");
  });
});

describe("an answer with a Blob", () => {
  test("waits for its bytes alone; other answers pass", async () => {
    const { album, peers, remote } = await albums();
    await using _ = peers;
    const slow = (album.slow = new Slow());
    const taken = remote.take();
    await slow.asked;
    expect(await remote.keep("meanwhile")).toBe("meanwhile");
    expect([...peers.daemon.sessions.values()]).toHaveLength(1);
    slow.arrive();
    expect(await (await taken).text()).toBe("hello");
  });

  test("can be cancelled while its bytes are read", async () => {
    const clock = fakeClock();
    const { album, peers, remote } = await albums({ clock, client: { timeoutMs: 1000 } });
    await using _ = peers;
    const slow = (album.slow = new Slow());
    const failed = failureOf(remote.take());
    await slow.asked;
    await clock.advance(1000);
    expect(await failed).toMatchObject({ code: "HW_DEADLINE" });
    slow.arrive();
    expect(await remote.keep("after")).toBe("after");
  });

  test("is an error when they can't be read", async () => {
    const { album, peers, remote } = await albums();
    await using _ = peers;
    const slow = (album.slow = new Slow());
    const failed = failureOf(remote.take());
    await slow.asked;
    slow.fail(new Error("gone"));
    expect(await failed).toMatchObject({ code: "HW_CANNOT_SEND", delivery: "ran", path: "result" });
    expect(await remote.keep("after")).toBe("after");
  });
});

describe("a stream with a Blob", () => {
  test("fails when it can't be read, and its source ends", async () => {
    const { album, peers, remote } = await albums();
    await using _ = peers;
    const slow = (album.slow = new Slow());
    const items: unknown[] = [];
    const failed = failureOf(
      (async () => {
        for await (const item of remote.all()) items.push(item);
      })(),
    );
    await slow.asked;
    slow.fail(new Error("gone"));
    expect(await failed).toMatchObject({ code: "HW_CANNOT_SEND", path: "item" });
    expect([items, album.finished]).toEqual([[1], ["all"]]);
  });

  test("is left while the bytes are read, and its source ends", async () => {
    const { album, peers, remote } = await albums();
    await using _ = peers;
    const slow = (album.slow = new Slow());
    const stream = await remote.all();
    expect(await stream.next()).toEqual({ done: false, value: 1 });
    await slow.asked;
    const left = stream.return();
    slow.arrive();
    await left;
    await expect.poll(() => album.finished).toEqual(["all"]);
  });
});

test("handshake data take no Blob", async () => {
  await using peers = await linkedPeers({ album: new Album() });
  const other = peers.another({ client: { handshake: { photo: photo() } } });
  await expect(other.ready).rejects.toMatchObject({
    message: expect.stringContaining("Blobs can't be handshake data"),
  });
});
