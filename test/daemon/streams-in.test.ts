import { expect, it } from "vitest";
import { streamsIn } from "../../src/daemon/streams-in.js";
import { incomingStreamOf } from "../../src/session/incoming-stream.js";
import { link } from "../session/support/linked-conversations.js";

it("finds the streams of a peer wherever they stand in plain data, each once", async () => {
  const { client, server } = link();
  server.handler.objects["shop"] = {
    async *iterable() {
      yield 1;
    },
    readable: () => new ReadableStream(),
  };
  const iterable = (await client.ask("shop", "iterable").result) as object;
  const readable = (await client.ask("shop", "readable").result) as object;
  const round: unknown[] = [[{ iterable }, new Map([["key", new Set([readable])]])], iterable, "text", null];
  round.push(round);
  const found = streamsIn(round);
  expect(found).toHaveLength(2);
  expect(new Set(found)).toEqual(new Set([incomingStreamOf(iterable), incomingStreamOf(readable)]));
  expect(streamsIn([new ReadableStream(), 1, {}])).toEqual([]);
});

// All parts of an array at once were arguments of one call, and more than the engine's stack holds.
it("looks into arrays of any length", () => {
  expect(streamsIn([Array.from({ length: 500_000 }, () => 1)])).toEqual([]);
});
