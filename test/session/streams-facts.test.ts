import { describe, expect, test } from "vitest";
import { ConnectionError } from "../../src/errors/hearthwire-error.js";
import { deferred, link, rejectionOf } from "./support/linked-conversations.js";

type Ends = ReturnType<typeof link>;

const CALL = { object: "source", member: "open", peer: "ws://peer.test/" };

async function* failing(): AsyncGenerator<number> {
  yield 1;
  throw new RangeError("enough");
}

async function opened(source: () => object): Promise<{ readonly ends: Ends; readonly stream: AsyncIterator<unknown> }> {
  const ends = link();
  ends.server.handler.objects["source"] = { open: source };
  return { ends, stream: (await ends.client.ask("source", "open").result) as AsyncIterator<unknown> };
}

describe("an error inside a stream says which call returned it", () => {
  test("when its source throws", async () => {
    const { stream } = await opened(failing);
    await stream.next();
    expect(await rejectionOf(stream.next())).toMatchObject({ ...CALL, message: "enough" });
  });

  test("when an item is refused", async () => {
    const { ends, stream } = await opened(waiting);
    ends.client.take([["item", 1, { json: "x", meta: { values: ["Date"], v: 1 } }]]);
    expect(await rejectionOf(stream.next())).toMatchObject({ ...CALL, code: "HW_BAD_PAYLOAD", delivery: "ran" });
  });

  test("when the value that it ends with is refused", async () => {
    const { ends, stream } = await opened(waiting);
    ends.client.take([["end", 1, { json: "x", meta: { values: ["Date"], v: 1 } }]]);
    expect(await rejectionOf(stream.next())).toMatchObject({ ...CALL, code: "HW_BAD_PAYLOAD", delivery: "ran" });
  });

  test("when the session ends", async () => {
    const { ends, stream } = await opened(waiting);
    ends.client.conversation.end({
      error: new ConnectionError("HW_SESSION_LOST", "the peer is gone"),
      takenSeq: Infinity,
    });
    expect(await rejectionOf(stream.next())).toMatchObject({ ...CALL, code: "HW_SESSION_LOST", delivery: "ran" });
  });

  test("and one that came as an argument says no call", async () => {
    const ends = link();
    const read = deferred<unknown>();
    ends.server.handler.objects["sink"] = {
      take: async (items: AsyncIterator<unknown>) => {
        await items.next();
        read.resolve(await rejectionOf(items.next()));
      },
    };
    await ends.client.ask("sink", "take", [failing()]).result;
    const error = await read.promise;
    expect(error).toMatchObject({ message: "enough" });
    expect(error).not.toHaveProperty("member");
  });
});

async function* waiting(): AsyncGenerator<never> {
  yield await new Promise<never>(() => undefined);
}
