import { describe, expect, test } from "vitest";
import { ProgressBar } from "../../node-demo/progress-bar.js";

function bar(total: number, isTTY: boolean) {
  const written: string[] = [];
  const terminal = { isTTY, write: (text: string) => written.push(text) };
  return { bar: new ProgressBar("Sending", { total, terminal }), written };
}

describe("on a terminal", () => {
  test("draws each step over the one before, and ends the line", () => {
    const { bar: shown, written } = bar(2, true);
    shown.advance();
    shown.advance();
    shown.finish();
    expect(written).toEqual([
      `\rSending [${"#".repeat(15)}${"-".repeat(15)}] 1/2`,
      `\rSending [${"#".repeat(30)}] 2/2`,
      "\n",
    ]);
  });
});

describe("where the output is no terminal", () => {
  test("prints a line for each quarter", () => {
    const { bar: shown, written } = bar(100, false);
    for (let done = 0; done < 100; done++) shown.advance();
    shown.finish();
    expect(written.map((line) => line.slice(line.indexOf("]") + 2))).toEqual([
      "25/100\n",
      "50/100\n",
      "75/100\n",
      "100/100\n",
    ]);
  });

  test("prints no step twice when there are fewer than four", () => {
    const { bar: shown, written } = bar(1, false);
    shown.advance();
    shown.finish();
    expect(written).toEqual([`Sending [${"#".repeat(30)}] 1/1\n`]);
  });
});
