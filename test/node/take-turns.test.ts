import { expect, test } from "vitest";
import { takeTurns } from "../../src/node/take-turns.js";
import type { Transport } from "../../src/transport/transport.js";
import { transportPair } from "../../src/transport/transport-pair.js";

/** Longer than a turn. */
const WORK_MS = 3;

/** A transport that takes turns, what it was told in order, and how its WebSocket was paused and resumed. */
function taking(workMs: number): { near: Transport; turns: Transport; log: string[] } {
  const [near, far] = transportPair();
  const log: string[] = [];
  const turns = takeTurns(far, { pause: () => log.push("pause"), resume: () => log.push("resume") });
  turns.start({
    opened: () => log.push("opened"),
    frame: ([number]) => {
      log.push(`frame ${number}`);
      for (const untilMs = performance.now() + workMs; performance.now() < untilMs;);
    },
    closed: ({ code }) => log.push(`closed ${code}`),
  });
  near.start({ opened: () => {}, frame: () => {}, closed: () => {} });
  return { near, turns, log };
}

const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));
const settled = async (): Promise<void> => {
  for (let count = 0; count < 10; count++) await turn();
};

test("frames that are quickly taken come at once", async () => {
  const { near, log } = taking(0);
  for (let number = 1; number <= 3; number++) near.send(Uint8Array.of(number));
  await Promise.resolve();
  expect(log).toEqual(["opened", "frame 1", "frame 2", "frame 3"]);
});

test("after 2 ms of work the rest waits for a turn of the event loop, in order, and the WebSocket is not read", async () => {
  const { near, log } = taking(WORK_MS);
  for (let number = 1; number <= 3; number++) near.send(Uint8Array.of(number));
  await Promise.resolve();
  expect(log).toEqual(["opened", "frame 1", "pause"]);
  await turn();
  expect(log.slice(3)).toEqual(["frame 2", "pause"]);
  await settled();
  expect(log.slice(5)).toEqual(["frame 3", "pause", "resume"]);
});

test("the peer's close comes after the frames that wait", async () => {
  const { near, log } = taking(WORK_MS);
  near.send(Uint8Array.of(1));
  near.send(Uint8Array.of(2));
  near.close(4001);
  await settled();
  expect(log).toEqual(["opened", "frame 1", "pause", "frame 2", "pause", "closed 4001"]);
});

test.each(["close", "destroy"] as const)("%s drops the frames that wait", async (end) => {
  const { near, turns, log } = taking(WORK_MS);
  near.send(Uint8Array.of(1));
  near.send(Uint8Array.of(2));
  await Promise.resolve();
  turns[end]();
  await settled();
  expect(log.filter((line) => line.startsWith("frame"))).toEqual(["frame 1"]);
  expect(log.filter((line) => line.startsWith("closed"))).toHaveLength(1);
});
