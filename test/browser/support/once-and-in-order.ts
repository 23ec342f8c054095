import { expect } from "vitest";
import type { Seen } from "./situations.js";

export const countTo = (end: number): number[] => Array.from({ length: end }, (_, index) => index + 1);

/** Whatever came, came once and in order; and what was answered had been asked. */
export function expectOnceAndInOrder({ points, heard, answers, feeds }: Omit<Seen, "backAfterMs">): void {
  for (const run of [...points, ...heard]) expect(run).toEqual(countTo(run.length));
  for (const { heardBack } of feeds) expect(heardBack).toEqual(countTo(heardBack.length));
  const questions = feeds.flatMap((feed) => feed.questions);
  expect(new Set(questions).size).toBe(questions.length);
  expect(new Set(answers).size).toBe(answers.length);
  expect(answers.filter((answer) => !questions.includes(-answer))).toEqual([]);
}
