import type { Command } from "commander";
import { describe, expect, test } from "vitest";
import { flagsOf, inFlags } from "../../src/cli/in-flags.js";
import { createProgram } from "../../src/cli/program.js";
import { FakeIo } from "./support/fake-io.js";

const program = createProgram(new FakeIo(), { use: () => undefined });

/** The flags of a command, by its name. */
function flags(...names: readonly string[]): ReadonlySet<string> {
  const find = (command: Command, name: string): Command => command.commands.find((one) => one.name() === name)!;
  return flagsOf(names.reduce(find, program));
}

describe("inFlags", () => {
  test.each([
    [
      ["call"],
      '"connectTimeoutMs": x was not connected to within 9 ms',
      '"--timeout": x was not connected to within 9 ms',
    ],
    [["call"], 'raise "timeoutMs", 0 = none', 'raise "--timeout", 0 = none'],
    [["call"], 'give that certificate as "tls.ca", or', 'give that certificate as "--ca", or'],
    [
      ["call"],
      'the daemon asks: give "tls.cert" and "tls.key"',
      "the daemon asks, which a program has, and this command has not",
    ],
    [["call"], '"host" is a word of somebody', '"host" is a word of somebody'],
    [["serve"], '"host" must be an address', '"--host" must be an address'],
    [["serve"], 'could read it; give "tls", listen on', 'could read it; give "--tls-cert" and "--tls-key", listen on'],
    [["serve"], 'beside it by "replica: true", or in its place by "replace: true"', 'beside it by "--replica"'],
    [
      ["names", "register"],
      'by "replica: true", or in its place by "replace: true"',
      'by "--replica", or in its place by "--replace"',
    ],
    [["names", "lookup"], "can wait for it: { waitMs: 5_000 }", "can wait for it: --wait 5s"],
    [["names", "list"], "is started by: npx hearthwire names serve", "is started by: hearthwire names serve"],
    [["keys", "new"], '"notAfter" of a key', '"--not-after" of a key'],
    [["call"], '"toString" and "constructor"', '"toString" and "constructor"'],
  ])("says for %j: %s", (names, sentence, said) => {
    expect(inFlags(sentence, flags(...names))).toBe(said);
  });

  test("takes the flags of the program for those of each command", () => {
    expect([...flags("names", "list")]).toEqual(expect.arrayContaining(["--glob", "--key-file", "--timeout"]));
    expect(flags("names", "list").has("--storage")).toBe(false);
  });
});
