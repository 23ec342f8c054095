import { expect, it } from "vitest";
import { transportPair } from "../../src/transport/transport-pair.js";
import { Recorder } from "./recorder.js";
import { describeTransport } from "./transport-contract.js";

describeTransport("a pair in memory", async () => {
  const [near, far] = transportPair();
  return { near, far, [Symbol.asyncDispose]: async () => near.destroy() };
});

it("copies a frame when it is sent, so that later changes don't reach the peer", async () => {
  const [near, far] = transportPair();
  const received = new Recorder();
  far.start(received);
  const frame = Uint8Array.of(1, 2, 3);
  near.send(frame);
  frame.fill(0);
  await received.count(1);
  expect([...received.frames[0]!]).toEqual([1, 2, 3]);
});

it("counts as buffered what has not arrived yet", async () => {
  const [near, far] = transportPair();
  const received = new Recorder();
  far.start(received);
  near.send(new Uint8Array(10));
  near.send(new Uint8Array(5));
  expect(near.bufferedBytes).toBe(15);
  await received.count(2);
  expect(near.bufferedBytes).toBe(0);
});

it("buffers nothing that is sent after close", async () => {
  const [near] = transportPair();
  near.close();
  near.send(new Uint8Array(10));
  expect(near.bufferedBytes).toBe(0);
});

it("loses what is under way when one end is destroyed", async () => {
  const [near, far] = transportPair();
  const received = new Recorder();
  far.start(received);
  near.send(Uint8Array.of(1));
  near.destroy();
  expect((await received.closed_).code).toBe(1006);
  expect(received.frames).toEqual([]);
});
