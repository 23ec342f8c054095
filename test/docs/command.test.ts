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

describe("what has to be installed", () => {
  const peers = (
    JSON.parse(readFileSync(new URL("../../package.json", import.meta.url), "utf8")) as {
      readonly peerDependencies: Readonly<Record<string, string>>;
    }
  ).peerDependencies;
  const names = readFileSync(new URL("../../docs/names.md", import.meta.url), "utf8");
  const helps = [program, ...commands.map(([, command]) => command)].map((command) => {
    let text = "";
    command.configureOutput({ writeOut: (written) => (text += written) }).outputHelp();
    return text.replace(/\s+/g, " ");
  });

  test.each([
    ["npm install libsql", [page, names]],
    ["npm install --save-dev @peculiar/x509 reflect-metadata", [page, names]],
    ["npm install --save-dev tsx", [page]],
  ])("%s stands in the helps and the pages that speak of it", (line, pages) => {
    expect(helps.filter((help) => help.includes(line)).length).toBeGreaterThan(0);
    expect(pages.map((text) => text.includes(`\`${line}\``))).toEqual(pages.map(() => true));
  });

  test("is what the package takes, but for tsx, which is the project's own", () => {
    const lines = [page, names, ...helps].flatMap((text) => [
      ...text.matchAll(/npm install ((?:--save-dev )?[@a-z][^`)"'\n]*?)(?=[`)]| Examples:|$)/g),
    ]);
    const packages = new Set(
      lines.flatMap(([, words = ""]) => words.split(" ").filter((word) => !word.startsWith("--"))),
    );
    expect([...packages].toSorted()).toEqual(["@peculiar/x509", "libsql", "multicast-dns", "reflect-metadata", "tsx"]);
    expect([...packages].filter((name) => name !== "tsx" && !Object.hasOwn(peers, name))).toEqual([]);
  });
});
