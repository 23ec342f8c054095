import { readFileSync } from "node:fs";
import type { Command } from "commander";
import { describe, expect, test } from "vitest";
import { hiddenCommands } from "../../src/cli/commands.js";
import { ExitCode } from "../../src/cli/exit-code.js";
import { createProgram } from "../../src/cli/program.js";
import { FakeIo } from "../cli/support/fake-io.js";

const page = readFileSync(new URL("../../docs/command.md", import.meta.url), "utf8");
const io = new FakeIo();
const hidden = hiddenCommands.map((make) => make(io).name());
const program = createProgram(io, { use: () => undefined });

/** A command and all below it, by what is typed. */
function commandsOf(command: Command, typed: string): readonly (readonly [typed: string, command: Command])[] {
  return command.commands
    .filter((inner) => !hidden.includes(inner.name()))
    .flatMap(
      (inner) => [[`${typed} ${inner.name()}`, inner], ...commandsOf(inner, `${typed} ${inner.name()}`)] as const,
    );
}

const commands = commandsOf(program, "hearthwire");

/** The rows of the section of that title, by their first cell, without marks. */
function rowsOf(title: string): ReadonlyMap<string, string> {
  const section = page.split(`\n## ${title}\n`)[1]?.split("\n## ")[0] ?? "";
  const rows = [...section.matchAll(/^\| `?([^`|]+?)`? \|(.*)\|$/gm)];
  return new Map(rows.slice(1).map(([, first = "", rest = ""]) => [first, rest]));
}

describe("docs/command.md", () => {
  test("has a row with an example for each command, and for no other", () => {
    const rows = rowsOf("Commands");
    const typed = commands.filter(([, { commands: inner }]) => inner.length === 0).map(([name]) => name);
    expect([...rows.keys()]).toEqual(typed);
    expect([...rows].filter(([name, rest]) => !rest.includes(`${name} `) && !rest.includes(`${name}\``))).toEqual([]);
  });

  test("has each option of each command, and no other", () => {
    const named = [...rowsOf("Options of each")].map(([name, rest]) => [
      name,
      [...rest.matchAll(/`(-[^`]+)`/g)].map(([, flags]) => flags),
    ]);
    const there = commands.filter(([, { options }]) => options.length > 0);
    expect(named).toEqual(there.map(([name, { options }]) => [name, options.map(({ flags }) => flags)]));
  });

  test("has each option of the program, and no other", () => {
    expect([...rowsOf("Options of every command").keys()]).toEqual(program.options.map(({ flags }) => flags));
  });

  test("has each exit code, and no other", () => {
    expect([...rowsOf("Exit codes").keys()]).toEqual(Object.values(ExitCode).map(String));
  });
});
