import { describe, expect, test } from "vitest";
import { toReadableStream } from "../../src/client/to-readable-stream.js";
import { collectGarbageUntil } from "./support/collect-garbage.js";
import { deferred, link } from "./support/linked-conversations.js";

type Ends = ReturnType<typeof link>;

const SOURCES: readonly (readonly [string, () => object])[] = [
  ["an iterable", endless],
  ["a ReadableStream", () => toReadableStream(endless())],
];

async function* endless(): AsyncGenerator<number> {
  for (let item = 0; ; item++) yield item;
}

function serving(source: () => object): Ends {
  const ends = link();
  ends.server.handler.objects["source"] = { open: source };
  return ends;
}

/** Opens one, uses it, and keeps nothing of it. */
async function openAndDrop(ends: Ends, use: (stream: unknown) => unknown = () => undefined): Promise<void> {
  await use(await ends.client.ask("source", "open").result);
}

const streamsOf = (ends: Ends): readonly number[] =>
  [ends.client, ends.server].map(({ conversation }) => conversation.statistics.streams);

async function collect(rounds = 5): Promise<void> {
  await collectGarbageUntil(() => --rounds < 0);
}

/** The next item, and nothing of the stream beside it. */
function nextOf(stream: unknown): Promise<unknown> {
  if (stream instanceof ReadableStream) return stream.getReader().read();
  return (stream as AsyncIterator<unknown>).next();
}

describe.each(SOURCES)("%s of the peer", (_, source) => {
  test("ends when nobody can read it any more", async () => {
    const ends = serving(source);
    for (let stream = 0; stream < 5; stream++) await openAndDrop(ends);
    expect(streamsOf(ends)).toEqual([5, 5]);
    await collectGarbageUntil(() => ends.client.saidOf("stop").length === 5);
    await ends.settle();
    expect(streamsOf(ends)).toEqual([0, 0]);
  });

  test("ends when it was read in part, and is dropped", async () => {
    const ends = serving(source);
    await openAndDrop(ends, nextOf);
    await collectGarbageUntil(() => ends.client.saidOf("stop").length > 0);
    await ends.settle();
    expect(streamsOf(ends)).toEqual([0, 0]);
  });

  test("stays while it is held", async () => {
    const ends = serving(source);
    const stream = await ends.client.ask("source", "open").result;
    await collect();
    expect(ends.client.saidOf("stop")).toEqual([]);
    await expect(nextOf(stream)).resolves.toMatchObject({ value: 0 });
  });
});

describe.each([
  ["an iterable", (items: AsyncGenerator<unknown>) => items],
  ["a ReadableStream", (items: AsyncGenerator<unknown>) => toReadableStream(items)],
])("%s that is slow", (_, wrapped) => {
  function slow(): { readonly ends: Ends; readonly item: ReturnType<typeof deferred<string>> } {
    const item = deferred<string>();
    const ends = serving(() =>
      wrapped(
        (async function* () {
          yield await item.promise;
        })(),
      ),
    );
    return { ends, item };
  }

  test("stays for a read that waits", async () => {
    const { ends, item } = slow();
    let read!: Promise<unknown>;
    await openAndDrop(ends, (stream) => void (read = nextOf(stream)));
    await collect();
    item.resolve("late");
    await expect(read).resolves.toEqual({ done: false, value: "late" });
  });

  test("stays for a loop that waits", async () => {
    const { ends, item } = slow();
    const items: unknown[] = [];
    let loop!: Promise<void>;
    await openAndDrop(ends, (stream) => {
      loop = (async () => {
        for await (const each of stream as AsyncIterable<unknown>) items.push(each);
      })();
    });
    await collect();
    item.resolve("late");
    await loop;
    expect(items).toEqual(["late"]);
  });
});
