import { expect, test } from "vitest";
import { type BlobAnswer, BlobAnswers } from "../../src/session/blob-answers.js";
import { settle } from "../client/stub-peer.js";

interface Asked extends BlobAnswer {
  readonly answer: () => void;
  readonly fail: (error: Error) => void;
  readonly told: unknown[];
}

/** An answer whose bytes are read when the test says so. */
function asked(log: string[], name: string, isWanted = true): Asked {
  const told: unknown[] = [];
  let answer!: () => void;
  let fail!: (error: Error) => void;
  const read = new Promise<void>((resolve, reject) => ([answer, fail] = [resolve, reject]));
  return {
    told,
    answer,
    fail,
    blobs: {
      isReading: false,
      areRead: false,
      read: () => {
        log.push(`read ${name}`);
        return read;
      },
    },
    isWanted: () => isWanted,
    say: () => log.push(`say ${name}`),
    unreadable: (error) => told.push(error),
  };
}

test("reads the Blobs of one answer after another, in the order of the calls", async () => {
  const log: string[] = [];
  const answers = new BlobAnswers(() => false);
  const [first, second] = [asked(log, "a"), asked(log, "b")];
  answers.add(first);
  answers.add(second);
  await settle();
  expect(log).toEqual(["read a"]);
  first.answer();
  await settle();
  expect(log).toEqual(["read a", "say a", "read b"]);
  second.answer();
  await settle();
  expect(log).toEqual(["read a", "say a", "read b", "say b"]);
});

test("reads none while the line is congested, and goes on when there is room", async () => {
  const log: string[] = [];
  let isCongested = true;
  const answers = new BlobAnswers(() => isCongested);
  answers.add(asked(log, "a"));
  await settle();
  expect(log).toEqual([]);
  isCongested = false;
  await Promise.race([answers.pump(), settle()]);
  expect(log).toEqual(["read a"]);
});

test("goes on after one that can't be read, and says without reading what nobody wants", async () => {
  const log: string[] = [];
  const answers = new BlobAnswers(() => false);
  const [first, second] = [asked(log, "a"), asked(log, "b", false)];
  answers.add(first);
  answers.add(second);
  const error = new Error("the file is gone");
  first.fail(error);
  await settle();
  expect(first.told).toEqual([error]);
  expect(log).toEqual(["read a", "say b"]);
});

test("says all that waits at the end, so that none is held for ever", async () => {
  const log: string[] = [];
  const answers = new BlobAnswers(() => true);
  answers.add(asked(log, "a"));
  answers.add(asked(log, "b"));
  answers.end();
  expect(log).toEqual(["say a", "say b"]);
});
