import { describe, expect, test } from "vitest";
import { warningText } from "../../src/cli/warning-text.js";

const warning = (name: string, message: string, detail?: string): Error =>
  Object.assign(new Error(message), { name, detail });

describe("warningText", () => {
  test.each([
    [warning("SecurityWarning", "hearthwire: runs as root", '{"uid":0}'), "runs as root (uid 0)"],
    [
      warning("SecurityWarning", "hearthwire: listens", '{"host":"10.0.0.7","auth":["key","ticket"]}'),
      "listens (host 10.0.0.7, auth key,ticket)",
    ],
    [warning("HearthwireWarning", "no variable of this package: X"), "no variable of this package: X"],
    [
      warning("ExperimentalWarning", "Type Stripping is\nan experiment"),
      "ExperimentalWarning: Type Stripping is an experiment",
    ],
    [warning("SecurityWarning", "no facts", "in words"), "no facts (in words)"],
    [warning("SecurityWarning", "a number", "7"), "a number (7)"],
  ])("%o is one line", (given, text) => {
    expect(warningText(given)).toBe(text);
  });
});
